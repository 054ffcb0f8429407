import { notFound, ownText, parseJson } from '@yba/fhir';
import type { Resource } from '@yba/fhir';
import { collectLarge } from '@yba/http';
import type { Sql, Transaction } from '@yba/postgres';
import { packFrames } from '../rows/frame.ts';
import { currentRow, patientLinks } from '../rows/locate.ts';
import { BATCH_BYTES, pagesOf } from '../rows/page-bytes.ts';
import { typeName, typeNumber } from '../rows/resource-type.ts';
import { NO_FRAME, NO_PLACEMENT } from '../rows/row-id.ts';
import { compress, decompress } from '../rows/zstd.ts';
import { erasedKey } from '../write/submission.ts';
import { traceable } from './traces.ts';

/** What is to be erased: one resource, or the whole record of the person a Patient belongs to. */
export type EraseWhat = { reference: string } | { personOf: string };

/** What was erased, for those who keep something of their own about it. */
export type ErasedRows = {
  /** `Type/id` as clients know them. */
  references: string[];
  /** Row ids of the Patients whose whole record was erased, and the keys of the person. */
  patients: string[];
  persons: string[];
  /** Whose record the rows were in: in their access log it stands. */
  concerned: string[];
  /** Strings that were in the erased texts and stand for one person: numbers, telephones. To look for, never to keep. */
  traces: string[];
};

export type Erased = ErasedRows & {
  resources: number;
  versions: number;
  /** Frames removed; texts of others in them were moved to new ones. */
  frames: number;
  survivors: number;
  identifiers: number;
  submissions: number;
};

export type EraseOptions = {
  by: string;
  reason: string;
  /** Only counts; nothing is changed. */
  dryRun?: boolean;
  /** Removes what other parts keep, and writes the access log, in the same commit. */
  also?(db: Transaction, erased: ErasedRows): Promise<void>;
};

/**
 * Erases by order of the law: every version's text, its search terms and identifiers, the ids clients chose, and the
 * answers kept for repeats. What remains is a tombstone: that a row of this id was there and is deleted, and its place
 * in the feed, from which every reader removes its copy. Other resources of the same frames are written to new ones.
 * All in one transaction, as the owner of the database: the roles that serve requests may change neither frames nor
 * history. Throws `not-found` when there is nothing of that name.
 */
export async function erase(owner: Sql, what: EraseWhat, options: EraseOptions): Promise<Erased> {
  const counted: { erased?: Erased } = {};
  try {
    return (await owner.begin(async (db) => {
      const erased = await eraseIn(db, what, options);
      if (options.dryRun) {
        counted.erased = erased;
        throw new DryRun();
      }
      return erased;
    })) as Erased;
  } catch (error) {
    if (error instanceof DryRun) return counted.erased!;
    throw error;
  }
}

/** Undoes the transaction of a rehearsal. */
class DryRun extends Error {}

type Target = {
  id: string;
  person: string | null;
  patient: string | null;
  type: number;
  version: number;
  facility: number;
  deleted: boolean;
  client_id: string | null;
};

type Version = {
  id: string;
  version: number;
  updated: string;
  frame: string;
  at: number;
  len: number;
  type: number;
  source: 'resource' | 'shared_resource' | 'history';
};

async function eraseIn(db: Transaction, what: EraseWhat, options: EraseOptions): Promise<Erased> {
  const { targets: found, patients, persons } = await find(db, what);
  const targets = await notErased(db, found);
  const ids = targets.map(({ id }) => id);
  const concerned = [...new Set([...persons, ...(await concernedBy(db, targets))])];
  const references = targets.map(({ type, id, client_id }) => `${typeName(type)}/${client_id ?? id}`);
  await db`delete from frame using retired_frame as retired
    where frame.person = retired.person and frame.id = retired.id and retired.person = any(${targets.flatMap(({ person }) => person ?? [])}::uuid[])`;
  const { versions, frames, survivors, traces } = await eraseTexts(db, targets, ids);
  const identifiers = await db`delete from identifier where row_id = any(${ids}::uuid[])`;
  await db`delete from client_id where row_id = any(${ids}::uuid[])`;
  await leaveTombstones(db, targets, ids);
  await forgetClientIds(db, targets, ids);
  const submissions = await eraseAnswers(db, references, traces);
  if (patients.length > 0)
    await db`update patient_link set client_id = null where patient = any(${patients}::uuid[])`;
  await options.also?.(db, { references, patients, persons, concerned, traces });
  await db`insert into erasure (by, reason, resources, versions, frames)
    values (${options.by}, ${options.reason}, ${targets.length}, ${versions}, ${frames})`;
  return {
    references,
    patients,
    persons,
    concerned,
    resources: targets.length,
    versions,
    frames,
    survivors,
    identifiers: identifiers.count,
    submissions,
    traces,
  };
}

async function concernedBy(db: Transaction, targets: readonly Target[]): Promise<string[]> {
  const rows = await db<{ person: string }[]>`
    select distinct person from patient_link where patient = any(${targets.flatMap(({ patient }) => patient ?? [])}::uuid[])`;
  return rows.map(({ person }) => person);
}

const TARGET = 'id, person, patient, type, version, facility, deleted, client_id';

async function find(
  db: Transaction,
  what: EraseWhat,
): Promise<{ targets: Target[]; patients: string[]; persons: string[] }> {
  if ('reference' in what) {
    const [type = '', id = ''] = what.reference.split('/');
    const row = await currentRow(db, type, id, true);
    if (!row) throw notFound(what.reference);
    return { targets: [row], patients: row.type === typeNumber('Patient') ? [row.id] : [], persons: [] };
  }
  const id = what.personOf.replace(/^Patient\//, '');
  const link = (await patientLinks(db, [id])).get(id);
  if (!link) throw notFound(`Patient/${id}`);
  const links = await db<{ patient: string; placement: string }[]>`
    select patient, placement from patient_link where person = ${link.person}`;
  const patients = links.map(({ patient }) => patient);
  const targets = await db<Target[]>`
    select ${db.unsafe(TARGET)} from resource
    where person = any(${links.map(({ placement }) => placement)}::uuid[]) and patient = any(${patients}::uuid[]) for update`;
  return { targets, patients, persons: [link.person] };
}

/** Those of them that an erasure before has not left without a text already: run again, it changes nothing. */
async function notErased(db: Transaction, targets: readonly Target[]): Promise<Target[]> {
  const gone = targets.filter(({ deleted, client_id }) => deleted && client_id === null).map(({ id }) => id);
  const kept = await db<{ id: string }[]>`
    select id from resource where id = any(${gone}::uuid[]) and len > 0
    union select id from shared_resource where id = any(${gone}::uuid[]) and len > 0
    union select id from history where id = any(${gone}::uuid[]) and len > 0`;
  const erased = new Set(gone).difference(new Set(kept.map(({ id }) => id)));
  return targets.filter(({ id }) => !erased.has(id));
}

/** Removes the frames of these rows' versions; the texts of others in them go to new frames. */
async function eraseTexts(db: Transaction, targets: readonly Target[], ids: readonly string[]) {
  const own = await versionsOf(db, db`id = any(${ids as string[]}::uuid[])`);
  const frameIds = [...new Set(own.filter(({ len }) => len > 0).map(({ frame }) => frame))];
  const erased = new Set(ids);
  const others = (await versionsOf(db, db`frame = any(${frameIds}::uuid[])`)).filter(
    ({ id }) => !erased.has(id),
  );
  const ownIn = Map.groupBy(own, ({ frame }) => frame);
  const othersIn = Map.groupBy(others, ({ frame }) => frame);
  const traces = new Set<string>();
  let count = 0;
  for await (const { id, person, patient, facility, label, body } of framesIn(db, frameIds)) {
    count++;
    const opened = decompress(body);
    collectLarge(opened.length);
    for (const version of ownIn.get(id) ?? [])
      for (const trace of traceable(resourceIn(opened, version))) traces.add(ownText(trace));
    const left = othersIn.get(id) ?? [];
    const texts = left.map(({ at, len }) => opened.toString('utf8', at, at + len));
    const { frames, places } = packFrames(
      texts.map((text) => [text]),
      person ?? undefined,
      Date.now(),
    );
    const types = [...new Set(left.map(({ type }) => type))];
    for (const frame of frames)
      await (person
        ? db`insert into frame (person, id, patient, facility, label, types, body) values (${person}, ${frame.id}, ${patient}, ${facility}, ${label}, ${types}::smallint[], ${frame.body})`
        : db`insert into shared_frame (id, facility, label, types, body) values (${frame.id}, ${facility}, ${label}, ${types}::smallint[], ${frame.body})`);
    for (const [n, version] of left.entries()) await pointTo(db, version, places[n]!.frame, places[n]!.at);
    await (person
      ? db`delete from frame where person = ${person} and id = ${id}`
      : db`delete from shared_frame where id = ${id}`);
  }
  return { versions: own.length, frames: count, survivors: others.length, traces: [...traces] };
}

type StoredFrame = {
  id: string;
  person: string | null;
  patient: string | null;
  facility: number;
  label: number;
  body: Uint8Array;
};

/** Frames, as many bytes at a time as one page has. */
async function* framesIn(db: Transaction, ids: readonly string[]): AsyncGenerator<StoredFrame> {
  const sizes = await db<{ id: string; len: number }[]>`
    select id, octet_length(body) as len from frame where id = any(${ids as string[]}::uuid[])
    union all
    select id, octet_length(body) as len from shared_frame where id = any(${ids as string[]}::uuid[])`;
  for (const lot of pagesOf(sizes, BATCH_BYTES)) {
    const wanted = lot.map(({ id }) => id);
    yield* await db<StoredFrame[]>`
      select id, person, patient, facility, label, body from frame where id = any(${wanted}::uuid[])
      union all
      select id, null, null, facility, label, body from shared_frame where id = any(${wanted}::uuid[])`;
  }
}

/** Current and former versions, locked: a writer waits until the erasure is over. */
async function versionsOf(db: Transaction, which: ReturnType<Transaction>): Promise<Version[]> {
  const columns = db`id, version, updated::text, frame, at, len, type`;
  return [
    ...(await db<Version[]>`select ${columns}, 'resource' as source from resource where ${which} for update`),
    ...(await db<
      Version[]
    >`select ${columns}, 'shared_resource' as source from shared_resource where ${which} for update`),
    ...(await db<Version[]>`select ${columns}, 'history' as source from history where ${which}`),
  ];
}

const resourceIn = (opened: Buffer, { at, len }: Version): Resource | undefined =>
  len > 0 ? parseJson(opened.toString('utf8', at, at + len)) : undefined;

async function pointTo(
  db: Transaction,
  { id, version, updated, source }: Version,
  frame: string,
  at: number,
): Promise<void> {
  await (source === 'history'
    ? db`update history set frame = ${frame}, at = ${at} where id = ${id} and version = ${version} and updated = ${updated}::timestamptz`
    : db`update ${db(source)} set frame = ${frame}, at = ${at} where id = ${id} and version = ${version}`);
}

/** Each row becomes a deletion without text, terms or dates of care; its former versions likewise. The feed tells it. */
async function leaveTombstones(
  db: Transaction,
  targets: readonly Target[],
  ids: readonly string[],
): Promise<void> {
  const blank = db`frame = ${NO_FRAME}, at = 0, len = 0, deleted = true, client_id = null`;
  for (const table of ['resource', 'shared_resource'] as const) {
    await db`insert into history (id, version, updated, person, patient, frame, at, len, facility, type, label, deleted)
      select id, version, updated, ${table === 'resource' ? db`person, patient` : db`${NO_PLACEMENT}::uuid, null::uuid`}, ${NO_FRAME}, 0, 0, facility, type, label, true
      from ${db(table)} where id = any(${ids as string[]}::uuid[])`;
    await db`update ${db(table)} set ${blank}, version = version + 1, updated = now(), occurred = now(), terms = '{}', indexed = 0
      where id = any(${ids as string[]}::uuid[])`;
  }
  await db`update history set ${blank} where id = any(${ids as string[]}::uuid[])`;
  for (const group of Map.groupBy(
    targets,
    ({ person, patient, facility }) => `${person}|${patient}|${facility}`,
  ).values()) {
    const { person, patient, facility } = group[0]!;
    await db`insert into feed (at, person, patient, facility, ids, types, versions, actions)
      values (now(), ${person}, ${patient}, ${facility}, ${group.map(({ id }) => id)}::uuid[], ${group.map(({ type }) => type)}::smallint[],
        ${group.map(({ version }) => version + 1)}::int[], ${group.map(() => 3)}::smallint[])`;
  }
}

/** An id that a client chose may itself be a number of the person: the feed forgets it. */
async function forgetClientIds(
  db: Transaction,
  targets: readonly Target[],
  ids: readonly string[],
): Promise<void> {
  if (targets.every(({ client_id }) => client_id === null)) return;
  await db`
    update feed set client_ids = array(
      select case when element.id = any(${ids as string[]}::uuid[]) then null else element.client_id end
      from unnest(ids, client_ids) with ordinality as element (id, client_id, place) order by place)
    where ids && ${ids as string[]}::uuid[] and client_ids is not null`;
}

const ANSWERS = 500;

/**
 * Answers kept for repeats name what they wrote, and may quote it in an issue: those entries keep their status alone. Their keys,
 * and others that hold a trace, are the sender's own words: a hash stands for them.
 */
async function eraseAnswers(
  db: Transaction,
  references: readonly string[],
  traces: readonly string[],
): Promise<number> {
  const gone = new Set(references);
  const isGone = (text: string) =>
    (text.match(/[A-Za-z]+\/[A-Za-z0-9.-]{1,64}/g) ?? []).some((reference) => gone.has(reference)) ||
    traces.some((trace) => text.includes(trace));
  let count = 0;
  for (let last = { client: '', key: '' }; ;) {
    const rows = await db<{ client: string; key: string; len: number }[]>`
      select client, key, octet_length(answer) as len from submission where (client, key) > (${last.client}, ${last.key})
      order by client, key limit ${ANSWERS}`;
    for await (const { client, key, body, answer } of answersOf(db, rows)) {
      const text = decompress(answer).toString();
      if (!isGone(text) && !isGone(key)) continue;
      const left = {
        answer: compress(Buffer.from(blanked(text, isGone))),
        key: key.startsWith('erased:') ? key : erasedKey(key, body),
      };
      await db`update submission set ${db(left)} where client = ${client} and key = ${key}`;
      count++;
    }
    if (rows.length < ANSWERS) return count;
    last = rows.at(-1)!;
  }
}

type Answer = { client: string; key: string; body: string; answer: Uint8Array };

/** Kept answers, as many bytes at a time as one page has. */
async function* answersOf(
  db: Transaction,
  rows: readonly { client: string; key: string; len: number }[],
): AsyncGenerator<Answer> {
  for (const lot of pagesOf(rows, BATCH_BYTES))
    yield* await db<Answer[]>`
      select client, key, body, answer from submission join unnest(${lot.map(({ client }) => client)}::text[],
        ${lot.map(({ key }) => key)}::text[]) as asked (client, key) using (client, key)`;
}

function blanked(text: string, isGone: (text: string) => boolean): string {
  const kept = JSON.parse(text) as {
    answers: { response: { status: string; lastModified: string } }[];
    issues: unknown[];
  };
  return JSON.stringify({
    answers: kept.answers.map((answer) =>
      isGone(JSON.stringify(answer))
        ? { response: { status: answer.response.status, lastModified: answer.response.lastModified } }
        : answer,
    ),
    issues: [],
  });
}
