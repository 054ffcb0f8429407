import { randomUUID } from 'node:crypto';
import type { AccessBasis, AccessEvent } from '@yba/fhir';
import { CopyRows, type Sql, type Transaction } from '@yba/postgres';
import type { Agent } from './agents.ts';
import { canonicalJson, entryText, type LogEntry } from './proof/index.ts';
import { TakenOver } from './timeline.ts';
import { saltedReason } from './tree/entry-rows.ts';
import { leafOf } from './tree/nodes.ts';

/** A row number that was set aside in a timeline. */
type RowNumber = { id: number; timeline: string };

/** Row numbers set aside at a time, beyond those needed at once. */
const NUMBERS_AHEAD = 1_000;

/** A row as it is inserted: its entry in the tree, the leaf of that, and what the entry holds only as a digest. */
type Row = { entry: LogEntry; atMs: number; agent: number; reason: string | null; reasonSalt: string | null };

/**
 * Inserts the rows of events, one for each person of an event or one for nobody, in one statement.
 * `agents` in the order of the events; `bases` of events that do not say theirs, in the order of their persons.
 * Throws TakenOver, with nothing written, when the agents or what was kept here are of another timeline of the database.
 */
export type WriteRows = (
  sql: Sql | Transaction,
  events: readonly AccessEvent[],
  agents: readonly Agent[],
  bases?: ReadonlyMap<AccessEvent, readonly (AccessBasis | undefined)[]>,
) => Promise<void>;

/**
 * How rows come into the log. The leaf of each is made here, with all that it is made of at hand. `log` is a pool of
 * connections that no transaction holds.
 */
export function rowWriter(log: Sql): WriteRows {
  const numbers = rowNumbers(log);
  return async (sql, events, agents, bases = new Map()) => {
    const count = events.reduce((sum, { persons }) => sum + Math.max(1, persons.length), 0);
    const ids = await numbers.take(count);
    const rows: Row[] = [];
    events.forEach((event, n) => {
      const persons = event.persons.length === 0 ? [undefined] : event.persons;
      persons.forEach((person, nth) =>
        rows.push(
          rowOf(ids[rows.length]!.id, event, person, agents[n]!, (event.bases ?? bases.get(event))?.[nth]),
        ),
      );
    });
    const timelines = new Set([...ids, ...agents].map(({ timeline }) => timeline));
    const [timeline] = timelines;
    if (timelines.size === 1 && (await insert(sql, rows, timeline!)) === rows.length) return;
    numbers.forget();
    throw new TakenOver();
  };
}

/**
 * Numbers of rows, set aside in advance: the number of a row is part of its leaf. Those that a process has not used
 * when it ends are never used. In a commit of their own: a sequence that was moved on in a transaction goes back when the
 * database is killed before that is on disk, and would give the same numbers to another process.
 */
function rowNumbers(sql: Sql) {
  let spare: RowNumber[] = [];
  return {
    async take(count: number): Promise<RowNumber[]> {
      const taken = spare.splice(0, count);
      if (taken.length === count) return taken;
      const more = count - taken.length;
      const fresh = await sql<RowNumber[]>`
        select nextval('access_log_id_seq') as id, yba_timeline() as timeline from generate_series(1, ${more + NUMBERS_AHEAD})`;
      spare = spare.concat(fresh.slice(more).map(({ id, timeline }) => ({ id, timeline })));
      return taken.concat(fresh.slice(0, more));
    },
    forget() {
      spare = [];
    },
  };
}

function rowOf(
  id: number,
  event: AccessEvent,
  person: string | undefined,
  agent: Agent,
  basis: AccessBasis | undefined,
): Row {
  const reason = (event.reason ?? basis?.reason)?.toWellFormed() ?? null;
  const reasonSalt = reason === null ? null : randomUUID();
  const detail = basis?.detail ? { ...basis.detail, ...event.detail } : event.detail;
  return {
    agent: agent.id,
    atMs: event.at.getTime(),
    reason,
    reasonSalt,
    entry: {
      v: 1,
      id,
      at: event.at.toISOString().replace('Z', '000Z'),
      agent: agent.digest,
      person: person ?? null,
      action: event.action,
      outcome: event.outcome,
      target: event.target?.toWellFormed() ?? null,
      count: event.count ?? null,
      purpose: purposeOf(event, basis) ?? null,
      reason: reason === null ? null : saltedReason(reason, reasonSalt),
      basis: basis?.basis ?? null,
      request: event.requestId,
      detail: detail ? canonicalJson(detail) : null,
      salt: randomUUID(),
    },
  };
}

/** Of several that a token was asked for, the one the look rests on. */
function purposeOf({ purpose, caller }: AccessEvent, basis: AccessBasis | undefined): string | undefined {
  return basis?.purpose && caller.purposes?.includes(basis.purpose)
    ? basis.purpose
    : (purpose ?? basis?.purpose);
}

const COLUMNS = `id, at, person, agent, count, action, outcome, target, purpose, reason, basis, request, detail, salt,
  reason_salt, leaf`;

/** What a row takes at most times, in bytes. */
const ROW_BYTES = 512;

/** Inserts all of them in that timeline, and none in another; answers how many. */
async function insert(db: Sql | Transaction, rows: readonly Row[], timeline: string): Promise<number> {
  const copy = new CopyRows(rows.length * ROW_BYTES);
  for (const { entry, atMs, agent, reason, reasonSalt } of rows)
    copy
      .row(16)
      .int8(entry.id)
      .time(atMs)
      .uuidOrNull(entry.person)
      .int8(agent)
      .int4OrNull(entry.count)
      .text(entry.action)
      .text(entry.outcome)
      .textOrNull(entry.target)
      .textOrNull(entry.purpose)
      .textOrNull(reason)
      .textOrNull(entry.basis)
      .text(entry.request)
      .textOrNull(entry.detail)
      .uuidOrNull(entry.salt)
      .uuidOrNull(reasonSalt)
      .bytes(leafOf(entryText(entry)));
  const [copied] = await Promise.all(copy.into(db, 'access_log', COLUMNS, `yba_timeline() = '${timeline}'`));
  return copied!.count;
}
