import { outcomeError } from '@yba/fhir';
import { collectLarge } from '@yba/http';
import { arrayText, CopyRows } from '@yba/postgres';
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
    ...releaseIdentifiers(db, replaced),
    ...replaceRows(db, replaced),
    ...copied(db, asLoader, [
      ...copyIdentifiers(db, lines),
      ...copyFrames(db, frames),
      ...copyRows(db, fresh),
      ...copyFeed(db, lines),
    ]),
  ]);
  return frames;
}

/**
 * COPY goes round row-level security only as a role that is not held by it: taken on for these rows alone, one behind the
 * other, so that nothing else is asked as that role.
 */
function copied(db: Db, asLoader: boolean, copies: readonly PendingQuery<[]>[]): PendingQuery<[]>[] {
  if (copies.length === 0) return [];
  return [
    ...(asLoader ? [db`set local role yba_loader`] : []),
    ...copies,
    ...(asLoader ? [db`set local role yba_writer`] : []),
  ].map((query) => query.execute() as PendingQuery<[]>);
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
  /** The types in it. */
  types: readonly number[];
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
    const types = [...new Set(group.map(({ type }) => typeNumber(type)))];
    for (const frame of packed.frames)
      frames.push({ ...frame, facility, label, types, ...(person ? { person, patient: patient! } : {}) });
  }
  return { lines, frames };
}

/** From how many bytes on a frame is sent by itself: what a large one was sent from can go before the next. */
const LARGE_FRAME_BYTES = 256 * 1024;

/** What a frame takes beside its body, in bytes. */
const FRAME_HEAD_BYTES = 512;

function copyFrames(db: Db, frames: readonly OwnedFrame[]) {
  const large = frames.filter(({ body }) => body.length >= LARGE_FRAME_BYTES);
  const small = large.length === 0 ? frames : frames.filter(({ body }) => body.length < LARGE_FRAME_BYTES);
  return [
    ...copyTogether(db, small),
    ...large.flatMap((frame) => {
      collectLarge();
      return copyTogether(db, [frame]);
    }),
  ];
}

function copyTogether(db: Db, frames: readonly OwnedFrame[]) {
  const [placed, shared] = [frames.filter(({ person }) => person), frames.filter(({ person }) => !person)];
  const rowsOf = (some: readonly OwnedFrame[]) => {
    const bytes = some.reduce((sum, { body }) => sum + body.length + FRAME_HEAD_BYTES, 0);
    const rows = new CopyRows(bytes);
    for (const { person, patient, id, facility, label, types, body } of some) {
      if (person) rows.row(7).uuid(person).uuid(patient!);
      else rows.row(5);
      rows.uuid(id).int4(facility).int2(label).int2Array(types).bytes(body);
    }
    return rows;
  };
  const columns = 'id, facility, label, types, body';
  return [
    ...rowsOf(placed).into(db, 'frame', `person, patient, ${columns}`),
    ...rowsOf(shared).into(db, 'shared_frame', columns),
  ];
}

const ROW_COLUMNS =
  'id, frame, updated, occurred, at, len, version, facility, type, extractor, label, deleted, client_id, indexed, terms';

function copyRows(db: Db, lines: readonly StoredLine[]): PendingQuery<[]>[] {
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
    ...placed.into(db, 'resource', `person, patient, ${ROW_COLUMNS}`),
    ...shared.into(db, 'shared_resource', ROW_COLUMNS),
  ];
}

/** One feed row for each request and patient. */
function copyFeed(db: Db, lines: readonly StoredLine[]) {
  const groups = Map.groupBy(
    lines,
    ({ person, patient, facility, writtenMs }) => `${person}|${patient}|${facility}|${writtenMs}`,
  );
  const rows = new CopyRows(groups.size * 128 + lines.length * 48);
  for (const group of groups.values()) {
    const { person, patient, facility, writtenMs } = group[0]!;
    rows
      .row(9)
      .time(writtenMs)
      .uuidOrNull(person)
      .uuidOrNull(patient)
      .int4(facility)
      .uuidArray(group.map(({ row }) => row))
      .int2Array(group.map(({ type }) => typeNumber(type)))
      .int4Array(group.map(({ version }) => version))
      .int2Array(group.map(({ change }) => ACTION[change.action as keyof typeof ACTION]));
    if (group.every(({ clientId }) => clientId === null)) rows.null();
    else rows.textArray(group.map(({ clientId }) => clientId));
  }
  return rows.into(db, 'feed', 'at, person, patient, facility, ids, types, versions, actions, client_ids');
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

/** Sent before what is copied: a number may pass from one version to the next. */
function releaseIdentifiers(db: Db, replaced: readonly StoredLine[]) {
  if (replaced.length === 0) return [];
  const rows = arrayText(replaced, ({ row }) => row);
  return [db`delete from identifier where row_id = any(${rows}::uuid[])`.execute()];
}

function copyIdentifiers(db: Db, lines: readonly StoredLine[]) {
  const held = lines
    .flatMap((line) => line.held.map((identifier) => ({ ...identifier, line })))
    .sort((a, b) => (a.value < b.value ? -1 : 1)); // one order for all writers, so they wait instead of deadlocking
  const rows = new CopyRows(held.length * 256);
  for (const { system, value, line } of held)
    rows
      .row(7)
      .int4(line.facility)
      .int2(typeNumber(line.type))
      .text(system)
      .text(value)
      .uuid(line.row)
      .uuidOrNull(line.person)
      .textOrNull(line.clientId);
  return rows.into(db, 'identifier', 'facility, type, system, value, row_id, person, client_id');
}
