import type { Context, Issue } from '@yba/fhir';
import { OutcomeError, outcomeError } from '@yba/fhir';
import type { Sql, Transaction } from '@yba/postgres';
import { facilityNumber } from '@yba/repository';
import type { MessageBundle } from './message-bundle.ts';
import { type Disposition, DISPOSITIONS, type MessageState, numberOf, STATES } from './vocabulary.ts';

/** A message whose turn it is to be filed. */
export type Task = {
  id: string;
  /** When it was received, in microseconds as the database has it: with the id its key. */
  received: string;
  seq: string;
  facility: string;
  /** Who holds it; absent when its filing is only tried. */
  lease?: string;
  attempts: number;
  /** Filed again by an operator: what came after it must not be overwritten. */
  replay: boolean;
  content: string;
  document?: string;
  /** The sender, as it was. */
  context: Context;
  message: MessageBundle;
};

/** What became of a message. */
export type Settlement = {
  state: Extract<MessageState, 'filed' | 'refused'>;
  disposition?: Disposition;
  patient?: string;
  links?: readonly string[];
  issues?: readonly Issue[];
  /** Digests by which a message without a known Patient is found. */
  subjects?: readonly string[];
};

/** A document as it is filed now. */
export type DocumentBook = {
  content: string;
  patient: string | null;
  links: readonly string[];
  /** Digest of a resource's key → `Type/id`. */
  rows: Readonly<Record<string, string>>;
};

/** Somebody else has filed the message meanwhile, or has taken it over. */
export class TakenOver extends Error {}

/** Carries what a trial would have done out of the transaction that it takes back. */
export class Tried extends OutcomeError {
  readonly settlement: Settlement;

  constructor(settlement: Settlement) {
    super([{ severity: 'information', code: 'informational', diagnostics: 'tried' }]);
    this.settlement = settlement;
  }
}

/** Holds the message's place in the queue for this transaction. Throws TakenOver when it is no longer ours. */
export async function hold(db: Transaction, { seq, lease }: Task): Promise<void> {
  if (lease === undefined) return;
  const [row] = await db`select from message_queue where seq = ${seq} and lease = ${lease} for update`;
  if (!row) throw new TakenOver();
}

/** Holds the document, and makes sure that it is filed as it was read. Throws `transient` when somebody was faster. */
export async function holdDocument(
  db: Transaction,
  { document }: Task,
  known: { seq: string; content: string } | undefined,
): Promise<void> {
  if (document === undefined) return;
  const [, [row]] = await Promise.all([
    db`select pg_advisory_xact_lock(hashtextextended(${document}, 42))`,
    db<{ seq: string; content: string }[]>`
      select seq::text, content from message_document where document = ${document}`,
  ]);
  if (row?.seq !== known?.seq || row?.content !== known?.content)
    throw outcomeError('transient', 'Another message about this document was faster');
}

/**
 * Enters what became of a message and takes it out of the queue, in the transaction of what was filed. A trial ends
 * here, by an error that takes it back.
 */
export async function settle(
  db: Transaction,
  task: Task,
  settlement: Settlement,
  book?: DocumentBook,
): Promise<void> {
  if (task.lease === undefined) throw new Tried(settlement);
  const { id, received, seq } = task;
  const { state, disposition, patient = null, links = [], issues = [], subjects } = settlement;
  await Promise.all([
    db`update message set state = ${numberOf(STATES, state)}, settled = now(), settled_xid = pg_current_xact_id(),
        disposition = ${disposition ? numberOf(DISPOSITIONS, disposition) : null}, patient = ${patient},
        subjects = ${subjects ? [...subjects] : null}::bigint[], links = ${links.length > 0 ? [...links] : null}::text[],
        outcome = ${issues.length > 0 ? JSON.stringify(issues) : null}::text::jsonb
      where id = ${id} and received = ${received}::text::timestamptz`,
    db`delete from message_lane where seq = ${seq}`,
    db`delete from message_queue where seq = ${seq}`,
    ...(book && task.document ? [enterDocument(db, task, task.document, book)] : []),
  ]);
}

/** Enters how a document is filed now. */
export async function enterDocument(
  db: Transaction,
  { facility, seq }: Pick<Task, 'facility' | 'seq'>,
  document: string,
  { content, patient, links, rows }: DocumentBook,
): Promise<void> {
  await db`
    insert into message_document (document, facility, seq, content, patient, links, rows)
    values (${document}, ${facilityNumber(facility)}, ${seq}, ${content}, ${patient}, ${[...links]}::text[],
      ${JSON.stringify(rows)}::text::jsonb)
    on conflict (document) do update set seq = excluded.seq, content = excluded.content, patient = excluded.patient,
      links = excluded.links, rows = excluded.rows`;
}

/** How a document was filed last; undefined when it never was. */
export async function readDocument(
  owner: Sql,
  document: string | undefined,
): Promise<(DocumentBook & { seq: string }) | undefined> {
  if (document === undefined) return undefined;
  const [row] = await owner<(DocumentBook & { seq: string })[]>`
    select seq::text, content, patient, links, rows from message_document where document = ${document}`;
  return row;
}

/** Runs a transaction as the role that writes, for one facility. */
export async function asFacility(
  writer: Sql,
  facility: string,
  work: (db: Transaction) => Promise<void>,
): Promise<void> {
  const number = facilityNumber(facility);
  await writer.begin(async (db) => {
    await db`select set_config('yba.facilities', ${`{${number}}`}, true), set_config('yba.facility', ${String(number)}, true)`;
    await work(db);
  });
}

/** Enters an outcome that changes nothing in the record. */
export async function settleAlone(writer: Sql, task: Task, settlement: Settlement): Promise<void> {
  if (task.lease === undefined) throw new Tried(settlement);
  await asFacility(writer, task.facility, async (db) => {
    await hold(db, task);
    await settle(db, task, settlement);
  });
}
