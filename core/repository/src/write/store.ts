import { outcomeError } from '@yba/fhir';
import type { Context } from '@yba/fhir';
import type { Reach } from '../ports.ts';
import { facilityNumber, PLATFORM } from '../rows/facility-number.ts';
import { packFrames } from '../rows/frame.ts';
import type { Frame, Placed } from '../rows/frame.ts';
import { NO_FRAME } from '../rows/row-id.ts';
import { typeNumber } from '../rows/resource-type.ts';
import type { Db } from '../rows/session.ts';
import type { Change } from './change.ts';
import { compose, EXTRACTOR } from './compose.ts';
import type { Composed } from './compose.ts';
import { uniqueIdentifiers } from './identifiers.ts';
import type { Placement } from './place.ts';

export type Line = Change & Composed & Placed & { row: string; deleted: boolean };

const ACTION = { create: 1, update: 2, delete: 3 } as const;

/** The rows that the changes write, with their texts and terms. */
export function composeLines(changes: readonly Change[], context: Context, now: number): Line[] {
  return changes.filter(isWrite).map((change) => line(change, context, now));
}

/** Writes the lines: bodies, current rows, history, identifiers, links and feed. Sent together, answered together. */
export async function store(
  db: Db,
  reach: Reach,
  lines: readonly Line[],
  placement: Placement,
  now: number,
): Promise<void> {
  const facility = reach.facility ? facilityNumber(reach.facility) : PLATFORM;
  const frames = assignFrames(lines, now);
  const updated = new Date(now);
  await Promise.all([
    ...insertFrames(db, frames, facility),
    ...keepHistory(db, lines),
    ...insertLinks(db, placement, facility),
    ...insertClientIds(db, lines, placement),
    ...replaceIdentifiers(db, lines, facility),
    ...writeRows(db, lines, facility, updated),
    ...insertFeed(db, lines, facility, updated),
  ]);
}

function isWrite(change: Change): change is Change & { action: 'create' | 'update' | 'delete' } {
  return change.action === 'create' || change.action === 'update' || change.action === 'delete';
}

function line(change: Change, context: Context, now: number): Line {
  const row = change.row!;
  const nowhere = { frame: NO_FRAME, at: 0, len: 0 };
  if (change.action !== 'delete')
    return { ...change, ...compose(change, context, now), ...nowhere, row, deleted: false };
  const { occurred, label } = change.previous!;
  return {
    ...change,
    text: '',
    occurred: occurred.getTime(),
    label,
    terms: '{}',
    indexed: 0,
    ...nowhere,
    row,
    deleted: true,
  };
}

type OwnedFrame = Frame & { person?: string; patient?: string; label: number };

/** One frame for each patient and label, so that row-level security can hold for bodies as it does for rows. */
function assignFrames(lines: readonly Line[], now: number): OwnedFrame[] {
  const groups = Map.groupBy(
    lines.filter((each) => !each.deleted),
    (each) => `${each.person}|${each.patient}|${each.label}`,
  );
  return [...groups.values()].flatMap((group) => {
    const { person, patient, label } = group[0]!;
    const { frames, places } = packFrames(
      group.map(({ text }) => text),
      person,
      now,
    );
    group.forEach((each, index) => Object.assign(each, places[index]));
    return frames.map((frame) => ({
      ...frame,
      label,
      ...(person ? { person } : {}),
      ...(patient ? { patient } : {}),
    }));
  });
}

function insertFrames(db: Db, frames: readonly OwnedFrame[], facility: number) {
  return frames.map(({ id, person, patient, label, body }) =>
    person
      ? db`insert into frame (person, id, patient, facility, label, body) values (${person}, ${id}, ${patient!}, ${facility}, ${label}, ${body})`
      : db`insert into shared_frame (id, facility, label, body) values (${id}, ${facility}, ${label}, ${body})`,
  );
}

/** The versions that are no longer current keep pointing at the frames they were written in. */
function keepHistory(db: Db, lines: readonly Line[]) {
  const replaced = lines.filter((each) => each.previous);
  const placed = replaced.filter((each) => each.previous!.person);
  const shared = replaced.filter((each) => !each.previous!.person);
  return [
    ...(placed.length > 0
      ? [
          db`insert into history (id, version, updated, person, patient, frame, at, len, facility, type, label, deleted, client_id)
             select id, version, updated, person, patient, frame, at, len, facility, type, label, deleted, client_id from resource
             where ${lies(db, placed)}`,
        ]
      : []),
    ...(shared.length > 0
      ? [
          db`insert into history (id, version, updated, frame, at, len, facility, type, label, deleted, client_id)
             select id, version, updated, frame, at, len, facility, type, label, deleted, client_id from shared_resource
             where id = any(${shared.map((each) => each.row)}::uuid[])`,
        ]
      : []),
  ];
}

/** The rows of `resource` that hold these lines now. */
function lies(db: Db, lines: readonly Line[]) {
  return db`resource.person = any(${lines.map((each) => each.previous!.person!)}::uuid[]) and resource.id = any(${lines.map((each) => each.row)}::uuid[])`;
}

/**
 * The current rows. One that stays in its table is updated in place: a writer that waits for it then goes on with
 * the new version, where it would find nothing behind a row that was deleted.
 */
function writeRows(db: Db, lines: readonly Line[], facility: number, updated: Date) {
  const isPlaced = (each: Line) => each.person !== undefined;
  const wasPlaced = (each: Line) => each.previous?.person != null;
  const stays = (each: Line) => each.previous !== undefined && isPlaced(each) === wasPlaced(each);
  const [placed, shared] = [lines.filter(isPlaced), lines.filter((each) => !isPlaced(each))];
  return [
    ...leaveTable(
      db,
      lines.filter((each) => each.previous && !stays(each)),
    ),
    ...updateRows(db, placed.filter(stays), updated),
    ...updateSharedRows(db, shared.filter(stays), updated),
    ...insertRows(
      db,
      placed.filter((each) => !stays(each)),
      facility,
      updated,
    ),
    ...insertSharedRows(
      db,
      shared.filter((each) => !stays(each)),
      facility,
      updated,
    ),
  ];
}

/** Rows that go from a patient's chart to the shared rows, or back. */
function leaveTable(db: Db, lines: readonly Line[]) {
  const placed = lines.filter((each) => each.previous!.person);
  const shared = lines.filter((each) => !each.previous!.person);
  return [
    ...(placed.length > 0 ? [db`delete from resource where ${lies(db, placed)}`] : []),
    ...(shared.length > 0
      ? [db`delete from shared_resource where id = any(${shared.map((each) => each.row)}::uuid[])`]
      : []),
  ];
}

/** The lines as rows of a query: what both tables hold. */
function rowsOf(db: Db, lines: readonly Line[]) {
  return db`unnest(${lines.map((each) => each.row)}::uuid[], ${lines.map((each) => each.frame)}::uuid[], ${lines.map((each) => each.occurred)}::float8[],
      ${lines.map((each) => each.at)}::int[], ${lines.map((each) => each.len)}::int[], ${lines.map((each) => each.version)}::int[],
      ${lines.map((each) => typeNumber(each.type))}::smallint[], ${lines.map((each) => each.label)}::smallint[], ${lines.map((each) => Number(each.deleted))}::int[],
      ${lines.map(clientIdOf)}::text[], ${lines.map((each) => each.terms)}::text[], ${lines.map((each) => each.indexed)}::smallint[],
      ${lines.map((each) => each.person ?? null)}::uuid[], ${lines.map((each) => each.patient ?? each.row)}::uuid[], ${lines.map((each) => each.previous?.person ?? null)}::uuid[])
    as line (id, frame, occurred, at, len, version, type, label, deleted, client_id, terms, indexed, person, patient, was)`;
}

function insertRows(db: Db, lines: readonly Line[], facility: number, updated: Date) {
  if (lines.length === 0) return [];
  return [
    db`insert into resource (person, id, patient, frame, updated, occurred, at, len, version, facility, type, extractor, label, deleted, client_id, terms, indexed)
       select person, id, patient, frame, ${updated}, to_timestamp(occurred / 1000.0), at, len, version, ${facility}, type, ${EXTRACTOR}, label, deleted = 1, client_id, terms::bigint[], indexed
       from ${rowsOf(db, lines)}`,
  ];
}

function insertSharedRows(db: Db, lines: readonly Line[], facility: number, updated: Date) {
  if (lines.length === 0) return [];
  return [
    db`insert into shared_resource (id, frame, updated, occurred, at, len, version, facility, type, extractor, label, deleted, client_id, terms, indexed)
       select id, frame, ${updated}, to_timestamp(occurred / 1000.0), at, len, version, ${facility}, type, ${EXTRACTOR}, label, deleted = 1, client_id, terms::bigint[], indexed
       from ${rowsOf(db, lines)}`,
  ];
}

/** The columns that a new version changes, wherever the row lies. */
function newVersion(db: Db, updated: Date) {
  return db`frame = line.frame, updated = ${updated}, occurred = to_timestamp(line.occurred / 1000.0), at = line.at, len = line.len,
    version = line.version, extractor = ${EXTRACTOR}, label = line.label, deleted = line.deleted = 1,
    terms = line.terms::bigint[], indexed = line.indexed`;
}

function updateRows(db: Db, lines: readonly Line[], updated: Date) {
  if (lines.length === 0) return [];
  return [
    db`update resource set person = line.person, patient = line.patient, client_id = line.client_id, ${newVersion(db, updated)}
       from ${rowsOf(db, lines)}
       where ${lies(db, lines)} and resource.person = line.was and resource.id = line.id`,
  ];
}

function updateSharedRows(db: Db, lines: readonly Line[], updated: Date) {
  if (lines.length === 0) return [];
  return [
    db`update shared_resource set client_id = line.client_id, ${newVersion(db, updated)}
       from ${rowsOf(db, lines)}
       where shared_resource.id = any(${lines.map((each) => each.row)}::uuid[]) and shared_resource.id = line.id`,
  ];
}

function clientIdOf(each: Line): string | null {
  return each.clientId ?? each.previous?.client_id ?? null;
}

function insertLinks(db: Db, { links, reserved }: Placement, facility: number) {
  const all = [
    ...links.map(({ patient, placement, answer, clientId }) => ({
      patient,
      placement,
      person: answer.person,
      client_id: clientId ?? null,
    })),
    ...reserved,
  ];
  if (all.length === 0) return [];
  return [
    db`insert into patient_link (patient, placement, person, facility, client_id)
       select patient, placement, person, ${facility}, client_id
       from unnest(${all.map((each) => each.patient)}::uuid[], ${all.map((each) => each.placement)}::uuid[], ${all.map((each) => each.person)}::uuid[],
         ${all.map((each) => each.client_id)}::text[]) as line (patient, placement, person, client_id)
       on conflict (patient) do update set person = excluded.person where patient_link.person <> excluded.person`,
  ];
}

/** Ids chosen by the client, and rows that moved away from the placement their id tells. */
function insertClientIds(db: Db, lines: readonly Line[], { reserved }: Placement) {
  const entries = [
    ...lines.flatMap((each) => {
      const moved = each.previous !== undefined && each.previous.person !== (each.person ?? null);
      if (each.action === 'create' && each.clientId)
        return [{ type: each.type, id: each.clientId, row: each.row, person: each.person ?? null }];
      return moved
        ? [{ type: each.type, id: clientIdOf(each) ?? each.row, row: each.row, person: each.person ?? null }]
        : [];
    }),
    ...reserved.map((each) => ({
      type: 'Patient',
      id: each.client_id!,
      row: each.patient,
      person: each.placement as string | null,
    })),
  ];
  if (entries.length === 0) return [];
  return [
    db`insert into client_id (type, client_id, row_id, person)
       select * from unnest(${entries.map((each) => typeNumber(each.type))}::smallint[], ${entries.map((each) => each.id)}::text[],
         ${entries.map((each) => each.row)}::uuid[], ${entries.map((each) => each.person)}::uuid[])
       on conflict (client_id, type) do update set person = excluded.person where client_id.row_id = excluded.row_id
       returning client_id`.then((written) => {
      if (written.length < entries.length)
        throw outcomeError('transient', 'Another request took this id at the same moment; send yours again');
    }),
  ];
}

function replaceIdentifiers(db: Db, lines: readonly Line[], facility: number) {
  const rewritten = lines.filter((each) => each.previous).map((each) => each.row);
  const held = lines
    .filter((each) => !each.deleted)
    .flatMap((each) =>
      uniqueIdentifiers(each.resource!).map((identifier) => ({
        ...identifier,
        type: each.type,
        row: each.row,
        person: each.person ?? null,
        client_id: clientIdOf(each),
      })),
    )
    .sort((a, b) => (a.value < b.value ? -1 : 1)); // one order for all writers, so they wait instead of deadlocking
  return [
    ...(rewritten.length > 0 ? [db`delete from identifier where row_id = any(${rewritten}::uuid[])`] : []),
    ...(held.length > 0
      ? [
          db`insert into identifier (facility, type, system, value, row_id, person, client_id)
             select ${facility}, * from unnest(${held.map((each) => typeNumber(each.type))}::smallint[], ${held.map((each) => each.system)}::text[],
               ${held.map((each) => each.value)}::text[], ${held.map((each) => each.row)}::uuid[], ${held.map((each) => each.person)}::uuid[], ${held.map((each) => each.client_id)}::text[])`,
        ]
      : []),
  ];
}

/** One feed row for each patient the lines are about. */
function insertFeed(db: Db, lines: readonly Line[], facility: number, updated: Date) {
  const groups = Map.groupBy(lines, (each) => `${each.person}|${each.patient}`);
  return [...groups.values()].map((group) => {
    const [first] = group;
    const clientIds = group.map(clientIdOf);
    return db`insert into feed (at, person, patient, facility, ids, types, versions, actions, client_ids)
      values (${updated}, ${first!.person ?? null}, ${first!.patient ?? null}, ${facility},
        ${group.map((each) => each.row)}::uuid[], ${group.map((each) => typeNumber(each.type))}::smallint[],
        ${group.map((each) => each.version)}::int[], ${group.map((each) => ACTION[each.action as keyof typeof ACTION])}::smallint[],
        ${clientIds.some((id) => id !== null) ? clientIds : null}::text[])`;
  });
}
