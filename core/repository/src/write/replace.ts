import { arrayText } from '@yba/postgres';
import type { Db } from '../rows/session.ts';
import { movesTable } from './store.ts';
import type { StoredLine } from './store.ts';

/**
 * Puts new versions in the place of those before, which go to history. A row that stays in its table is updated in
 * place: a writer that waits for it then goes on with the new version, where it would find nothing behind a row that
 * was deleted. One that goes from a patient's chart to the shared rows, or back, leaves its table here and is inserted
 * with the new rows.
 */
export function replaceRows(db: Db, lines: readonly StoredLine[]): Promise<unknown>[] {
  const placed = lines.filter(({ change }) => change.previous!.person !== null);
  const shared = lines.filter(({ change }) => change.previous!.person === null);
  const moves = ({ change, person }: StoredLine) => movesTable(change.previous!, person);
  return [
    ...(placed.length > 0 ? keepPlaced(db, placed) : []),
    ...(shared.length > 0 ? keepShared(db, shared) : []),
    ...remove(db, placed.filter(moves), shared.filter(moves)),
    ...updatePlaced(
      db,
      placed.filter((line) => !moves(line)),
    ),
    ...updateShared(
      db,
      shared.filter((line) => !moves(line)),
    ),
  ].map((query) => Promise.resolve(query));
}

/** The versions that are no longer current keep pointing at the frames they were written in. */
function keepPlaced(db: Db, lines: readonly StoredLine[]) {
  return [
    db`insert into history (id, version, updated, person, patient, frame, at, len, facility, type, label, deleted, client_id)
       select id, version, updated, person, patient, frame, at, len, facility, type, label, deleted, client_id from resource
       where ${lies(db, lines)}`,
  ];
}

function keepShared(db: Db, lines: readonly StoredLine[]) {
  return [
    db`insert into history (id, version, updated, frame, at, len, facility, type, label, deleted, client_id)
       select id, version, updated, frame, at, len, facility, type, label, deleted, client_id from shared_resource
       where id = any(${arrayText(lines, ({ row }) => row)}::uuid[])`,
  ];
}

function remove(db: Db, placed: readonly StoredLine[], shared: readonly StoredLine[]) {
  return [
    ...(placed.length > 0 ? [db`delete from resource where ${lies(db, placed)}`] : []),
    ...(shared.length > 0
      ? [db`delete from shared_resource where id = any(${arrayText(shared, ({ row }) => row)}::uuid[])`]
      : []),
  ];
}

/** The rows of `resource` that hold these lines now. */
function lies(db: Db, lines: readonly StoredLine[]) {
  return db`resource.person = any(${arrayText(lines, ({ change }) => change.previous!.person!)}::uuid[]) and resource.id = any(${arrayText(lines, ({ row }) => row)}::uuid[])`;
}

/** The lines as rows of a query: what both tables hold. */
function rowsOf(db: Db, lines: readonly StoredLine[]) {
  return db`unnest(${arrayText(lines, ({ row }) => row)}::uuid[], ${arrayText(lines, ({ frame }) => frame)}::uuid[],
      ${arrayText(lines, ({ writtenMs }) => writtenMs)}::float8[], ${arrayText(lines, ({ occurred }) => occurred)}::float8[],
      ${arrayText(lines, ({ at }) => at)}::int[], ${arrayText(lines, ({ len }) => len)}::int[], ${arrayText(lines, ({ version }) => version)}::int[],
      ${arrayText(lines, ({ label }) => label)}::smallint[], ${arrayText(lines, ({ extractor }) => extractor)}::smallint[], ${arrayText(lines, ({ deleted }) => Number(deleted))}::int[],
      ${arrayText(lines, ({ clientId }) => clientId)}::text[], ${arrayText(lines, ({ terms }) => `{${terms.join(',')}}`)}::text[],
      ${arrayText(lines, ({ indexed }) => indexed)}::int[], ${arrayText(lines, ({ person }) => person ?? null)}::uuid[],
      ${arrayText(lines, ({ patient }) => patient ?? null)}::uuid[], ${arrayText(lines, ({ change }) => change.previous!.person)}::uuid[])
    as line (id, frame, updated, occurred, at, len, version, label, extractor, deleted, client_id, terms, indexed, person, patient, was)`;
}

/** The columns that a new version changes, wherever the row lies. */
function newVersion(db: Db) {
  return db`frame = line.frame, updated = to_timestamp(line.updated / 1000.0), occurred = to_timestamp(line.occurred / 1000.0),
    at = line.at, len = line.len, version = line.version, extractor = line.extractor, label = line.label,
    deleted = line.deleted = 1, client_id = line.client_id, terms = line.terms::bigint[], indexed = line.indexed`;
}

function updatePlaced(db: Db, lines: readonly StoredLine[]) {
  if (lines.length === 0) return [];
  return [
    db`update resource set person = line.person, patient = line.patient, ${newVersion(db)}
       from ${rowsOf(db, lines)}
       where ${lies(db, lines)} and resource.person = line.was and resource.id = line.id`,
  ];
}

function updateShared(db: Db, lines: readonly StoredLine[]) {
  if (lines.length === 0) return [];
  return [
    db`update shared_resource set ${newVersion(db)}
       from ${rowsOf(db, lines)}
       where shared_resource.id = line.id`,
  ];
}
