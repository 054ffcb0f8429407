import { outcomeError } from '@yba/fhir';
import { collectLarge } from '@yba/http';
import { arrayText } from '@yba/postgres';
import { CopyRows } from '../rows/copy-rows.ts';
import { packFrames } from '../rows/frame.ts';
import type { Frame, Placed } from '../rows/frame.ts';
import { NO_FRAME } from '../rows/row-id.ts';
import { typeNumber } from '../rows/resource-type.ts';
import type { Db, PendingQuery } from '../rows/session.ts';
import type { Line } from './compose.ts';
import { replaceRows } from './replace.ts';
import type { Prepared } from './prepare.ts';

/** A line with what its request says of it: whose row it is and when it is written. */
export type StoredLine = Line & Placed & { facility: number; writtenMs: number };

const ACTION = { create: 1, update: 2, delete: 3 } as const;

/**
 * Writes what many requests made: one statement a table, all sent together and answered together. Answers the frames that
 * hold what was written.
 */
export async function store(
  db: Db,
  writes: readonly Prepared[],
  asLoader: boolean,
): Promise<readonly Frame[]> {
  const { lines, frames } = framed(writes);
  const replaced = lines.filter(({ change }) => change.previous);
  const fresh = lines.filter(({ change, person }) => !change.previous || movesTable(change.previous, person));
  await Promise.all([
    ...insertLinks(db, writes),
    ...insertClientIds(db, writes, lines),
    ...replaceIdentifiers(db, lines, replaced),
    ...insertFrames(db, frames),
    ...replaceRows(db, replaced),
    ...insertFeed(db, lines),
    ...copyRows(db, fresh, asLoader),
  ]);
  return frames;
}

/** True when a new version lies in the other table than the one before: among patients' rows, or the shared ones. */
export function movesTable(previous: { person: string | null }, person: string | undefined): boolean {
  return (previous.person === null) !== (person === undefined);
}

type OwnedFrame = Frame & {
  person?: string;
  patient?: string;
  facility: number;
  label: number;
  /** The types in it, as an array of PostgreSQL. */
  types: string;
};

/**
 * One frame for each patient, facility and label, so that row-level security can hold for bodies as it does for rows;
 * requests of one commit about the same patient share it.
 */
function framed(writes: readonly Prepared[]): { lines: StoredLine[]; frames: OwnedFrame[] } {
  const lines = writes.flatMap(({ lines: own, facility, at }) =>
    own.map((line): StoredLine => ({ ...line, frame: NO_FRAME, at: 0, len: 0, facility, writtenMs: at })),
  );
  const groups = new Map<string, StoredLine[]>();
  for (const line of lines) {
    if (line.deleted) continue;
    const key = `${line.person}|${line.patient}|${line.facility}|${line.label}`;
    const group = groups.get(key);
    if (group) group.push(line);
    else groups.set(key, [line]);
  }
  const frames: OwnedFrame[] = [];
  for (const group of groups.values()) {
    const { person, patient, facility, label, writtenMs } = group[0]!;
    const packed = packFrames(
      group.map(({ pieces }) => pieces),
      person,
      writtenMs,
    );
    group.forEach((line, index) => {
      const { frame, at, len } = packed.places[index]!;
      line.frame = frame;
      line.at = at;
      line.len = len;
    });
    const types = `{${[...new Set(group.map(({ type }) => typeNumber(type)))].join(',')}}`;
    for (const frame of packed.frames)
      frames.push({ ...frame, facility, label, types, ...(person ? { person, patient: patient! } : {}) });
  }
  return { lines, frames };
}

/** From how many bytes on a frame is sent by itself. */
const LARGE_FRAME_BYTES = 256 * 1024;

/**
 * Frames go together as arrays, large ones one by one: a scan would be there as hexadecimal digits, as a part of an array, and
 * as the message, each twice its size; in base64 it is a third larger, and there twice.
 */
function insertFrames(db: Db, frames: readonly OwnedFrame[]) {
  const large = frames.filter(({ body }) => body.length >= LARGE_FRAME_BYTES);
  const small = large.length === 0 ? frames : frames.filter(({ body }) => body.length < LARGE_FRAME_BYTES);
  const [placed, shared] = [small.filter(({ person }) => person), small.filter(({ person }) => !person)];
  const rowsOf = (some: readonly OwnedFrame[]) => db`
    unnest(${arrayText(some, ({ id }) => id)}::uuid[], ${arrayText(some, ({ facility }) => facility)}::int[], ${arrayText(some, ({ label }) => label)}::smallint[],
      ${arrayText(some, ({ body }) => body.toString('hex'))}::text[], ${arrayText(some, ({ person }) => person ?? null)}::uuid[],
      ${arrayText(some, ({ patient }) => patient ?? null)}::uuid[], ${arrayText(some, ({ types }) => types)}::text[]) as frame (id, facility, label, body, person, patient, types)`;
  return [
    ...(placed.length > 0
      ? [
          db`insert into frame (person, id, patient, facility, label, types, body)
             select person, id, patient, facility, label, types::smallint[], decode(body, 'hex') from ${rowsOf(placed)}`,
        ]
      : []),
    ...(shared.length > 0
      ? [
          db`insert into shared_frame (id, facility, label, types, body)
             select id, facility, label, types::smallint[], decode(body, 'hex') from ${rowsOf(shared)}`,
        ]
      : []),
    ...large.map((frame) => insertLarge(db, frame)),
  ];
}

function insertLarge(db: Db, { id, facility, label, types, body, person, patient }: OwnedFrame) {
  collectLarge();
  const digits = body.toString('base64');
  if (!person)
    return db`insert into shared_frame (id, facility, label, types, body)
      values (${id}, ${facility}, ${label}, ${types}::text::smallint[], decode(${digits}, 'base64'))`;
  return db`insert into frame (person, id, patient, facility, label, types, body)
    values (${person}, ${id}, ${patient!}, ${facility}, ${label}, ${types}::text::smallint[], decode(${digits}, 'base64'))`;
}

const ROW_COLUMNS =
  'id, frame, updated, occurred, at, len, version, facility, type, extractor, label, deleted, client_id, indexed, terms';

/**
 * COPY goes round row-level security only as a role that is not held by it: taken on for these rows alone, one behind the
 * other, so that nothing else is asked as that role.
 */
function copyRows(db: Db, lines: readonly StoredLine[], asLoader: boolean): PendingQuery<[]>[] {
  if (lines.length === 0) return [];
  const [placed, shared] = [new CopyRows(), new CopyRows(4096)];
  for (const line of lines) {
    const rows = line.person ? placed.row(17).uuid(line.person).uuid(line.patient!) : shared.row(15);
    rows
      .uuid(line.row)
      .uuid(line.frame)
      .time(line.writtenMs)
      .time(line.occurred)
      .int4(line.at)
      .int4(line.len)
      .int4(line.version)
      .int4(line.facility)
      .int2(typeNumber(line.type))
      .int2(line.extractor)
      .int2(line.label)
      .boolean(line.deleted)
      .textOrNull(line.clientId)
      .int4(line.indexed)
      .int8Array(line.terms);
  }
  return [
    ...(asLoader ? [db`set local role yba_loader`] : []),
    ...placed.into(db, 'resource', `person, patient, ${ROW_COLUMNS}`),
    ...shared.into(db, 'shared_resource', ROW_COLUMNS),
    ...(asLoader ? [db`set local role yba_writer`] : []),
  ].map((query) => query.execute() as PendingQuery<[]>);
}

/** One feed row for each request and patient; arrays of arrays are sent as texts, an id that is ours as an empty one. */
function insertFeed(db: Db, lines: readonly StoredLine[]) {
  if (lines.length === 0) return [];
  const groups = [
    ...Map.groupBy(
      lines,
      ({ person, patient, facility, writtenMs }) => `${person}|${patient}|${facility}|${writtenMs}`,
    ).values(),
  ];
  const first = groups.map((group) => group[0]!);
  const arrays = (value: (line: StoredLine) => string | number) =>
    arrayText(groups, (group) => arrayText(group, value));
  return [
    db`insert into feed (at, person, patient, facility, ids, types, versions, actions, client_ids)
       select to_timestamp(at / 1000.0), person, patient, facility, ids::uuid[], types::smallint[], versions::int[], actions::smallint[],
         client_ids::text[]
       from unnest(${arrayText(first, ({ writtenMs }) => writtenMs)}::float8[], ${arrayText(first, ({ person }) => person ?? null)}::uuid[],
         ${arrayText(first, ({ patient }) => patient ?? null)}::uuid[], ${arrayText(first, ({ facility }) => facility)}::int[],
         ${arrays(({ row }) => row)}::text[], ${arrays(({ type }) => typeNumber(type))}::text[], ${arrays(({ version }) => version)}::text[],
         ${arrays(({ change }) => ACTION[change.action as keyof typeof ACTION])}::text[],
         ${arrayText(groups, clientIdsText)}::text[])
         as line (at, person, patient, facility, ids, types, versions, actions, client_ids)`,
  ];
}

/** The ids of a group as a text[] literal; null when all are our own. */
function clientIdsText(group: readonly StoredLine[]): string | null {
  if (group.every(({ clientId }) => clientId === null)) return null;
  return arrayText(group, ({ clientId }) => clientId);
}

function insertLinks(db: Db, writes: readonly Prepared[]) {
  const all = writes.flatMap(({ links, reserved, facility }) => [
    ...links.map(({ patient, placement, answer, clientId }) => ({
      patient,
      placement,
      person: answer.person,
      facility,
      client_id: clientId ?? null,
    })),
    ...reserved,
  ]);
  if (all.length === 0) return [];
  return [
    db`insert into patient_link (patient, placement, person, facility, client_id)
       select * from unnest(${arrayText(all, (each) => each.patient)}::uuid[], ${arrayText(all, (each) => each.placement)}::uuid[],
         ${arrayText(all, (each) => each.person)}::uuid[], ${arrayText(all, (each) => each.facility)}::int[], ${arrayText(all, (each) => each.client_id)}::text[])
       on conflict (patient) do update set person = excluded.person where patient_link.person <> excluded.person`,
  ];
}

/** Ids chosen by the client, and rows that moved away from the placement their id tells. */
function insertClientIds(db: Db, writes: readonly Prepared[], lines: readonly StoredLine[]) {
  const entries = [
    ...lines.flatMap(({ change, type, row, person = null, clientId }) => {
      if (change.action === 'create' && change.clientId) return [{ type, id: change.clientId, row, person }];
      const moved = change.previous !== undefined && change.previous.person !== person;
      return moved ? [{ type, id: clientId ?? row, row, person }] : [];
    }),
    ...writes.flatMap(({ reserved }) =>
      reserved.map(({ client_id, patient, placement }) => ({
        type: 'Patient',
        id: client_id!,
        row: patient,
        person: placement as string | null,
      })),
    ),
  ];
  if (entries.length === 0) return [];
  return [
    db`insert into client_id (type, client_id, row_id, person)
       select * from unnest(${arrayText(entries, (each) => typeNumber(each.type))}::smallint[], ${arrayText(entries, (each) => each.id)}::text[],
         ${arrayText(entries, (each) => each.row)}::uuid[], ${arrayText(entries, (each) => each.person)}::uuid[]) as entry (type, id, row_id, person)
       order by id, type -- one order for all writers, so they wait instead of deadlocking
       on conflict (client_id, type) do update set person = excluded.person where client_id.row_id = excluded.row_id
       returning client_id`.then((written) => {
      if (written.length < entries.length)
        throw outcomeError('transient', 'Another request took this id at the same moment; send yours again');
    }),
  ];
}

function replaceIdentifiers(db: Db, lines: readonly StoredLine[], replaced: readonly StoredLine[]) {
  const held = lines
    .flatMap((line) => line.held.map((identifier) => ({ ...identifier, line })))
    .sort((a, b) => (a.value < b.value ? -1 : 1)); // one order for all writers, so they wait instead of deadlocking
  return [
    ...(replaced.length > 0
      ? [db`delete from identifier where row_id = any(${arrayText(replaced, ({ row }) => row)}::uuid[])`]
      : []),
    ...(held.length > 0
      ? [
          db`insert into identifier (facility, type, system, value, row_id, person, client_id)
             select * from unnest(${arrayText(held, ({ line }) => line.facility)}::int[], ${arrayText(held, ({ line }) => typeNumber(line.type))}::smallint[],
               ${arrayText(held, ({ system }) => system)}::text[], ${arrayText(held, ({ value }) => value)}::text[], ${arrayText(held, ({ line }) => line.row)}::uuid[],
               ${arrayText(held, ({ line }) => line.person ?? null)}::uuid[], ${arrayText(held, ({ line }) => line.clientId)}::text[])`,
        ]
      : []),
  ];
}
