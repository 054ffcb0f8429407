import type { Issue, Resource, Written } from '@yba/fhir';
import { OutcomeError, references } from '@yba/fhir';
import { mrn } from '@yba/vietnam';
import { digest } from '../books.ts';
import type { MessageDesk } from '../desk.ts';
import { isWithdrawn } from '../entered-in-error.ts';
import { hashOf } from '../hash-of.ts';
import { byIdentifier } from '../token.ts';
import { digestId } from './digests.ts';
import { identifiersOf, type MessageEntry, recordNumberOf } from './message-bundle.ts';
import {
  asFacility,
  type DocumentBook,
  hold,
  holdDocument,
  readDocument,
  settle,
  settleAlone,
  type Task,
  Tried,
} from './task.ts';
import { issueOfMessage, refusal } from './vocabulary.ts';
import { headOf, keyOf } from './what-it-is-about.ts';
import { whyOf, type Withdrawal, withdrawalsOf } from './withdraw.ts';

type Entry = {
  fullUrl?: string;
  resource: Resource;
  request: { method: 'POST' | 'PUT'; url: string; ifNoneExist?: string };
};
/** What an entry of the transaction is: its place in the message, and the key its row is kept under. */
type Purpose = { index?: number; key?: string; patient?: true };

/** Directories that everybody reads: they are added to, never changed, by a message about a patient. */
const REGISTRIES: ReadonlySet<string> = new Set([
  'Organization',
  'Location',
  'HealthcareService',
  'Endpoint',
  'Practitioner',
  'PractitionerRole',
  'Medication',
]);

/** The types that a sender is led to; of the others only when there is none of these. */
const HEADS: ReadonlySet<string> = new Set([
  'Patient',
  'Encounter',
  'EpisodeOfCare',
  'Appointment',
  'ServiceRequest',
  'DiagnosticReport',
  'DocumentReference',
  'Composition',
  'ImagingStudy',
  'Immunization',
]);
const LINKS_MOST = 20;

/** Of content nobody has: a document that was withdrawn, so that the same content is filed again. */
export const NO_CONTENT = '00000000-0000-0000-0000-000000000000';

/**
 * Files a visit, or what comes outside one: its resources in one transaction, with the message's state. A document that
 * was filed before is corrected: what is found again gets its next version, what is left out is withdrawn.
 */
export async function fileRecord(desk: MessageDesk, task: Task): Promise<void> {
  const { message, facility } = task;
  const known = await readDocument(desk.owner, task.document);
  if (known?.content === task.content)
    return settleAlone(desk.writer, task, {
      state: 'filed',
      disposition: 'duplicate',
      links: known.links,
      ...patientIn(known.links),
    });
  if (known && BigInt(known.seq) > BigInt(task.seq)) throw superseded();

  checkEntries(message.entries);
  const patient = message.recordNumbers.map((value) => digest(`${facility} ${value}`)).join(' ');
  const moved = known && known.patient !== patient && Object.keys(known.rows).length > 0;
  if (moved) return moveAway(desk, task, known, patient);

  const head = headOf(message);
  const withdrawn = head !== undefined && isWithdrawn(head.resource);
  // a document whose head never should have been is withdrawn as a whole, whatever else is said of it
  const plan =
    withdrawn && known ? { entries: [], purposes: [], rows: { ...known.rows } } : planOf(task, known);
  const { entries: vanished, kept } = await withdrawalsOf(
    desk.repository,
    facility,
    withdrawn && known ? Object.values(known.rows) : vanishedRows(known, plan.rows, plan.purposes),
    withdrawn ? whyOf(message) : { code: 'correction' },
  );
  await write(desk, task, plan, vanished, known, (written) => {
    const filed = bookOf(task, patient, plan, written);
    const book = withdrawn ? { ...filed, content: NO_CONTENT, links: known?.links ?? filed.links } : filed;
    return {
      book,
      settlement: {
        state: 'filed',
        disposition: withdrawn ? 'withdrawn' : known ? 'replaced' : 'created',
        links: book.links,
        ...patientIn(book.links),
        issues: kept.map(notWithdrawn),
      },
    };
  });
}

/** Throws what no filing could mend: entries that a message does not have. */
function checkEntries(entries: readonly MessageEntry[]): void {
  const issues: Issue[] = [];
  const seen = new Set<string>();
  for (const { index, fullUrl, resource } of entries) {
    if (fullUrl !== undefined && seen.has(fullUrl))
      issues.push(
        issueOfMessage(
          'invariant',
          [
            'Hai mục có cùng fullUrl; mỗi mục một fullUrl riêng.',
            'Two entries have this fullUrl; give each its own.',
          ],
          `Bundle.entry[${index}].fullUrl`,
        ),
      );
    if (fullUrl !== undefined) seen.add(fullUrl);
    if (resource.resourceType === 'Bundle' || resource.resourceType === 'MessageHeader')
      issues.push(
        issueOfMessage(
          'structure',
          [
            'Không lồng Bundle hay MessageHeader trong thông điệp.',
            'A message holds no further Bundle or MessageHeader.',
          ],
          `Bundle.entry[${index}].resource`,
        ),
      );
  }
  if (issues.length > 0) throw new OutcomeError(issues);
}

/** An older message about a document of which a later one was filed. */
export const superseded = () =>
  refusal('conflict', [
    'Một thông điệp gửi sau về cùng tài liệu đã được ghi; ghi lại bản cũ sẽ đè lên bản mới. Hãy gửi nội dung đúng thành thông điệp mới.',
    'A later message about this document was filed; filing the older one would overwrite it. Send what is right as a new message.',
  ]);

type Plan = { entries: Entry[]; purposes: Purpose[]; rows: Record<string, string> };

/** The transaction that files the message, and the rows of the document that stay as they are. */
function planOf(task: Task, known: DocumentBook | undefined): Plan {
  const { message, facility } = task;
  const keys = keysOf(message.entries);
  const plan: Plan = { entries: [], purposes: [], rows: {} };
  const stays = new Map<string, string>();
  for (const [at, { fullUrl }] of message.entries.entries()) {
    const row = known?.rows[digest(keys[at]!.key)];
    if (!row || !keys[at]!.byContent || known?.content === NO_CONTENT) continue;
    plan.rows[digest(keys[at]!.key)] = row;
    if (fullUrl) stays.set(fullUrl, row);
  }
  for (const [at, entry] of message.entries.entries()) {
    const { key } = keys[at]!;
    if (plan.rows[digest(key)]) continue;
    const { id: _id, ...said } = entry.resource;
    const resource = copyOf(said as Resource);
    for (const place of references(resource)) {
      const stored = stays.get(place.reference);
      if (stored) place.rename(stored);
    }
    const { request, purpose } = requestOf(task, resource, keys[at]!, known?.rows[digest(key)]);
    if (request.method === 'PUT' && !request.url.includes('?')) resource.id = request.url.split('/')[1]!;
    plan.entries.push({ ...(entry.fullUrl ? { fullUrl: entry.fullUrl } : {}), resource, request });
    plan.purposes.push({ ...purpose, index: entry.index });
  }
  return plan;

  function requestOf(
    { replay }: Task,
    resource: Resource,
    { key, identifier }: Key,
    row: string | undefined,
  ): { request: Entry['request']; purpose: Purpose } {
    const type = resource.resourceType;
    if (type === 'Patient') {
      const number = recordNumberOf(resource, facility);
      if (!number) throw withoutNumber(facility);
      const query = byIdentifier(mrn(facility), number);
      // outside a visit a Patient is known from less than a visit tells; and a replay is older than what is known
      return message.event === 'visit' && !replay
        ? { request: { method: 'PUT', url: `Patient?${query}` }, purpose: { patient: true } }
        : { request: { method: 'POST', url: 'Patient', ifNoneExist: query }, purpose: { patient: true } };
    }
    const query = identifier && byIdentifier(identifier.system!, identifier.value!);
    if (REGISTRIES.has(type))
      return {
        request: { method: 'POST', url: type, ...(query ? { ifNoneExist: query } : {}) },
        purpose: {},
      };
    if (row) return { request: { method: 'PUT', url: row }, purpose: { key } };
    // a document that was taken from another patient begins anew: its identifiers still find what was withdrawn
    const isFresh = known !== undefined && Object.keys(known.rows).length === 0;
    return query && !isFresh
      ? { request: { method: 'PUT', url: `${type}?${query}` }, purpose: { key } }
      : { request: { method: 'POST', url: type }, purpose: { key } };
  }
}

/** A copy whose decimals keep their digits: what is written is taken over by the repository. */
function copyOf<T>(value: T): T {
  if (Array.isArray(value)) return value.map(copyOf) as T;
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype)
    return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, copyOf(inner)])) as T;
}

type Key = { key: string; identifier?: { system?: string; value?: string }; byContent: boolean };

/** What each entry is found again by: its first identifier when it is the only one with it, else what it says. */
function keysOf(entries: readonly MessageEntry[]): Key[] {
  const named = entries.map(({ resource }) => {
    const identifier = identifiersOf(resource).find(({ system, value }) => system && value);
    return { identifier, key: keyOf(resource.resourceType, identifier) };
  });
  const counts = Map.groupBy(named, ({ key }) => key);
  const targets = new Map(
    entries.map(({ fullUrl, resource }, at) => [fullUrl, named[at]!.key ?? resource.resourceType]),
  );
  const repeats = new Map<string, number>();
  return entries.map(({ resource }, at) => {
    const { identifier, key } = named[at]!;
    if (key && identifier && counts.get(key)!.length === 1) return { key, identifier, byContent: false };
    const content = `${resource.resourceType}#${digestId(hashOf(pointing(resource, targets) as object))}`;
    const times = repeats.get(content) ?? 0;
    repeats.set(content, times + 1);
    return { key: `${content}#${times}`, byContent: true };
  });
}

/** The resource with the keys of what it points at, in place of the ids under which they travel. */
function pointing(value: unknown, targets: ReadonlyMap<string | undefined, string>): unknown {
  if (typeof value === 'string') return targets.get(value) ?? value;
  if (Array.isArray(value)) return value.map((one) => pointing(one, targets));
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype)
    return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, pointing(inner, targets)]));
}

const withoutNumber = (facility: string) =>
  refusal(
    'required',
    [
      `Mỗi Patient phải mang mã bệnh nhân của cơ sở (${mrn(facility)}).`,
      `Each Patient carries your own record number (${mrn(facility)}).`,
    ],
    'Bundle.entry.resource.ofType(Patient).identifier',
  );

/** What the document had and this message does not say any more. */
function vanishedRows(
  known: DocumentBook | undefined,
  stays: Readonly<Record<string, string>>,
  purposes: readonly Purpose[],
): string[] {
  const said = new Set([...Object.keys(stays), ...purposes.flatMap(({ key }) => (key ? [digest(key)] : []))]);
  return Object.entries(known?.rows ?? {})
    .filter(([key]) => !said.has(key))
    .map(([, reference]) => reference);
}

function bookOf(task: Task, patient: string, plan: Plan, written: readonly Written[]): DocumentBook {
  const rows = { ...plan.rows };
  const all: string[] = [];
  plan.purposes.forEach(({ key, patient: isPatient }, at) => {
    const reference = `${written[at]!.type}/${written[at]!.id}`;
    if (key) rows[digest(key)] = reference;
    if (key || isPatient) all.push(reference);
  });
  const linked = [...new Set([...all, ...Object.values(plan.rows)])];
  const heads = linked.filter((reference) => HEADS.has(reference.split('/')[0]!));
  const others = heads.every((reference) => reference.startsWith('Patient/')) ? linked : heads;
  const links = others.toSorted((a, b) => rank(a) - rank(b)).slice(0, LINKS_MOST);
  return { content: task.content, patient, links, rows };
}

const rank = (reference: string): number =>
  reference.startsWith('Patient/') ? 0 : reference.startsWith('Encounter/') ? 1 : 2;

/** The Patient among links. */
export function patientIn(links: readonly string[]): { patient?: string } {
  const patient = links.find((reference) => reference.startsWith('Patient/'))?.slice('Patient/'.length);
  return patient ? { patient } : {};
}

export const notWithdrawn = (reference: string): Issue =>
  issueOfMessage(
    'not-supported',
    [
      `${reference} không có trạng thái để thu hồi; được giữ nguyên.`,
      `${reference} has no status to be withdrawn by; it stays.`,
    ],
    undefined,
    'warning',
  );

type Done = { book: DocumentBook; settlement: Parameters<typeof settle>[2] };

/** Writes the plan and what it withdraws; issues come back with the places of the message. */
async function write(
  desk: MessageDesk,
  task: Task,
  { entries, purposes }: Plan,
  vanished: readonly Withdrawal[],
  known: Parameters<typeof holdDocument>[2],
  done: (written: readonly Written[]) => Done,
): Promise<void> {
  const all = [...entries, ...vanished];
  if (all.length === 0) {
    const { book, settlement } = done([]);
    if (task.lease === undefined) return settleAlone(desk.writer, task, settlement);
    return asFacility(desk.writer, task.facility, async (db) => {
      await hold(db, task);
      await holdDocument(db, task, known);
      await settle(db, task, settlement, book);
    });
  }
  try {
    await desk.repository.transaction(
      task.context,
      { resourceType: 'Bundle', type: 'transaction', entry: all },
      { handling: 'strict' },
      {
        before: async (db) => {
          await hold(db, task);
          await holdDocument(db, task, known);
        },
        after: async (db, written) => {
          const { book, settlement } = done(written);
          await settle(db, task, settlement, book);
        },
      },
    );
  } catch (error) {
    throw inMessage(error, purposes);
  }
}

/** The same error with the places of the message's entries in place of the transaction's. */
function inMessage(error: unknown, purposes: readonly Purpose[]): unknown {
  if (!(error instanceof OutcomeError) || error.constructor !== OutcomeError) return error;
  const place = (path: string) =>
    path.replace(/^Bundle\.entry\[(\d+)\]/, (whole, at: string) => {
      const index = purposes[Number(at)]?.index;
      return index === undefined ? whole : `Bundle.entry[${index}]`;
    });
  return new OutcomeError(
    error.issues.map((issue) => ({
      ...issue,
      ...(issue.expression ? { expression: issue.expression.map(place) } : {}),
    })),
    { cause: error.cause },
  );
}

/**
 * A correction that names another patient: first the earlier version is withdrawn from the one it was filed under, then,
 * at the next turn, the new one is filed. Each step is a transaction of its own that can be repeated.
 */
async function moveAway(desk: MessageDesk, task: Task, known: DocumentBook, patient: string): Promise<void> {
  if (task.lease === undefined) throw new Tried({ state: 'filed', disposition: 'replaced' }); // two commits: not tried
  const { entries } = await withdrawalsOf(desk.repository, task.facility, Object.values(known.rows), {
    code: 'moved',
  });
  const book: DocumentBook = { content: NO_CONTENT, patient, links: [], rows: {} };
  const enter = async (db: Parameters<typeof hold>[0]) => {
    await db`update message_document set content = ${book.content}, patient = ${patient}, links = '{}', rows = '{}'
      where document = ${task.document!}`;
  };
  if (entries.length === 0)
    await asFacility(desk.writer, task.facility, async (db) => {
      await hold(db, task);
      await enter(db);
    });
  else
    await desk.repository.transaction(
      task.context,
      { resourceType: 'Bundle', type: 'transaction', entry: entries },
      { handling: 'strict' },
      { before: (db) => hold(db, task), after: enter },
    );
  return fileRecord(desk, task);
}
