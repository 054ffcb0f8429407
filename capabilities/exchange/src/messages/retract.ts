import type { Resource } from '@yba/fhir';
import { OutcomeError, parseJson } from '@yba/fhir';
import type { Transaction } from '@yba/postgres';
import { facilityNumber } from '@yba/repository';
import { facilitySource, maLk } from '@yba/vietnam';
import { lockDossier } from '../books.ts';
import type { MessageDesk } from '../desk.ts';
import { token } from '../token.ts';
import { documentId } from './digests.ts';
import { NO_CONTENT, notWithdrawn, patientIn } from './file-record.ts';
import { identifiersOf, type Reference } from './message-bundle.ts';
import { asFacility, hold, readDocument, settle, type Settlement, type Task } from './task.ts';
import { refusal } from './vocabulary.ts';
import { dossierKey, namedMessage, resourceKey } from './what-it-is-about.ts';
import { whyOf, withdrawalsOf } from './withdraw.ts';

/** What a focus names: resources, and the books that say what was filed with them. */
type Named = { references: string[]; documents: string[]; visits: string[] };

/**
 * Withdraws what a retraction names: each resource, with everything that was filed with it, is entered in error; nothing
 * is deleted. What is withdrawn already stays so. Throws `not-found` for what the facility never filed.
 */
export async function fileRetraction(desk: MessageDesk, task: Task): Promise<void> {
  const { facility, message } = task;
  if (message.focus.length === 0)
    throw refusal(
      'required',
      ['focus cho biết cái gì bị thu hồi.', 'focus says what is withdrawn.'],
      'MessageHeader.focus',
    );
  const named: Named = { references: [], documents: [], visits: [] };
  for (const [at, focus] of message.focus.entries()) await addNamed(desk, task, focus, at, named);

  const dossiers = await dossiersOf(desk, facility, named.visits);
  const references = [...named.references, ...dossiers.flatMap(({ rows }) => Object.values(rows))];
  const { entries, kept } = await withdrawalsOf(desk.repository, facility, references, whyOf(message));
  const links = [...new Set(references)].filter((one) =>
    /^(Patient|Encounter|DiagnosticReport|DocumentReference)\//.test(one),
  );
  const settlement: Settlement = {
    state: 'filed',
    disposition: entries.length > 0 ? 'withdrawn' : 'duplicate',
    links: links.slice(0, 20),
    ...patientIn(links),
    issues: kept.map(notWithdrawn),
  };
  const enter = async (db: Transaction) => {
    await Promise.all([
      db`update message_document set content = ${NO_CONTENT}, seq = ${task.seq}
        where facility = ${facilityNumber(facility)} and document = any(${named.documents}::uuid[])`,
      ...dossiers.map(
        ({ maLk: visit }) => db`
          update dossier set version = version + 1, hash = '', rows = '{}', at = now()
          where ma_lk = ${visit} and facility = ${facilityNumber(facility)}`,
      ),
    ]);
    await settle(db, task, settlement);
  };
  if (entries.length === 0)
    return asFacility(desk.writer, facility, async (db) => {
      await hold(db, task);
      await enter(db);
    });
  await desk.repository.transaction(
    task.context,
    { resourceType: 'Bundle', type: 'transaction', entry: entries },
    { handling: 'strict' },
    {
      before: async (db) => {
        await hold(db, task);
        for (const { maLk: visit, version } of dossiers)
          if ((await lockDossier(db, facility, visit)) !== version) throw changedMeanwhile();
      },
      after: enter,
    },
  );
}

const changedMeanwhile = () =>
  refusal('transient', [
    'Hồ sơ vừa được thay đổi bởi một lần gửi khác.',
    'Another submission of this dossier was faster.',
  ]);

async function addNamed(
  desk: MessageDesk,
  task: Task,
  focus: Reference,
  at: number,
  named: Named,
): Promise<void> {
  const id = namedMessage(task.facility, focus);
  if (id) return addMessage(desk, id, at, named);
  const found = await resourcesOf(desk, task, focus);
  if (found.length === 0) throw neverFiled(at);
  for (const resource of found) await addResource(desk, task.facility, resource, named);
}

/** A whole message: the document it was filed as. */
async function addMessage({ owner }: MessageDesk, id: string, at: number, named: Named): Promise<void> {
  const [row] = await owner<{ document: string | null; links: string[] | null }[]>`
    select document, links from message where id = ${id} and state = 3`;
  if (!row) throw neverFiled(at);
  const book = await readDocument(owner, row.document ?? undefined);
  if (row.document) named.documents.push(row.document);
  named.references.push(
    ...Object.values(book?.rows ?? {}),
    ...(row.links ?? []).filter((one) => !one.startsWith('Patient/')),
  );
  for (const reference of row.links ?? [])
    if (reference.startsWith('Encounter/')) named.visits.push(reference);
}

async function addResource(
  { owner }: MessageDesk,
  facility: string,
  resource: Resource,
  named: Named,
): Promise<void> {
  const reference = `${resource.resourceType}/${resource.id}`;
  named.references.push(reference);
  const key = resourceKey(resource);
  const book = key && (await readDocument(owner, documentId(facility, key)));
  if (book) {
    named.documents.push(documentId(facility, key));
    named.references.push(...Object.values(book.rows));
  }
  if (resource.resourceType === 'Encounter') {
    named.visits.push(reference);
    for (const { system, value } of identifiersOf(resource))
      if (system === maLk(facility) && value) named.documents.push(documentId(facility, dossierKey(value)));
  }
  // the results of a report are withdrawn with it
  for (const result of (resource['result'] ?? []) as Reference[])
    if (resource.resourceType === 'DiagnosticReport' && result.reference)
      named.references.push(result.reference);
}

/** The facility's own resources that a focus names by reference or identifier. */
async function resourcesOf(
  { repository }: MessageDesk,
  { context, facility }: Task,
  { reference, type, identifier }: Reference,
): Promise<Resource[]> {
  const own = (resource: Resource) => resource.meta?.['source'] === facilitySource(facility);
  if (reference !== undefined)
    return [...(await repository.current([reference]).catch(unlessMalformed)).values()].filter(own);
  if (!type || !identifier?.system || !identifier.value) return [];
  const params = new URLSearchParams({ identifier: token(identifier.system, identifier.value) });
  const { entries } = await repository.search(context, type, params, { handling: 'strict' });
  return entries
    .filter(({ mode, text }) => mode === 'match' && text)
    .map(({ text }) => parseJson(text!) as Resource)
    .filter(own);
}

/** What is no reference names nothing. */
function unlessMalformed(error: unknown): Map<string, Resource> {
  if (error instanceof OutcomeError && error.code !== 'transient') return new Map();
  throw error;
}

const neverFiled = (at: number) =>
  refusal(
    'not-found',
    [
      'Cơ sở chưa từng ghi tài liệu này; hãy gửi mã định danh đúng như khi gửi tài liệu (type và identifier).',
      'Your facility never filed this; name it as it was sent, by type and identifier.',
    ],
    `MessageHeader.focus[${at}]`,
  );

type FiledDossier = { maLk: string; version: number; rows: Record<string, string> };

/** The dossiers that these Encounters came in. */
async function dossiersOf(
  { owner }: MessageDesk,
  facility: string,
  encounters: readonly string[],
): Promise<FiledDossier[]> {
  if (encounters.length === 0) return [];
  return owner<FiledDossier[]>`
    select ma_lk as "maLk", version, rows from dossier
    where facility = ${facilityNumber(facility)} and encounter = any(${[...encounters]}::text[])`;
}
