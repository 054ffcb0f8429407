import { columns } from './row.ts';
import type { Row } from './row.ts';
import { isSharedRowId, isUuid, placementRange } from './row-id.ts';
import { typeNumber } from './resource-type.ts';
import type { Db } from './session.ts';

/** A facility's Patient: its row, where its rows lie, and whose it is. */
export type PatientLink = {
  patient: string;
  placement: string;
  person: string;
  facility: number;
  client_id: string | null;
};

/**
 * The current row (also a deleted one) behind `type/id`, or undefined when there is none the connection may see.
 * An id of ours finds its partition by itself; any other goes through the directory of client ids.
 */
export async function currentRow(db: Db, type: string, id: string, lock = false): Promise<Row | undefined> {
  if (isUuid(id)) {
    const row = isSharedRowId(id)
      ? await sharedRow(db, type, id, lock)
      : await placedRow(db, type, id, placementRange(id), lock);
    if (row) return row;
  }
  const entry = (await takenIds(db, type, [id])).get(id);
  if (!entry) return undefined;
  return entry.person
    ? placedRow(db, type, entry.row, { from: entry.person, to: entry.person }, lock)
    : sharedRow(db, type, entry.row, lock);
}

/** A current row with its frame's body and the person it is about: all that a read needs, in one statement. */
export type WholeRow = Row & { body: Buffer | null; whose: string | null };

/** As currentRow, whole. */
export async function wholeRow(db: Db, type: string, id: string): Promise<WholeRow | undefined> {
  if (isUuid(id)) {
    const row = isSharedRowId(id)
      ? await wholeSharedRow(db, type, id)
      : await wholePlacedRow(db, type, id, placementRange(id));
    if (row) return row;
  }
  const entry = (await takenIds(db, type, [id])).get(id);
  if (!entry) return undefined;
  return entry.person
    ? wholePlacedRow(db, type, entry.row, { from: entry.person, to: entry.person })
    : wholeSharedRow(db, type, entry.row);
}

async function wholePlacedRow(
  db: Db,
  type: string,
  id: string,
  { from, to }: { from: string; to: string },
): Promise<WholeRow | undefined> {
  const [row] = await db<WholeRow[]>`
    select ${columns(db, false)},
      (select body from frame f where f.person >= ${from} and f.person <= ${to} and f.person = r.person and f.id = r.frame) as body,
      (select l.person from patient_link l where l.patient = r.patient) as whose
    from resource r
    where person >= ${from} and person <= ${to} and id = ${id} and type = ${typeNumber(type)}`;
  return row;
}

async function wholeSharedRow(db: Db, type: string, id: string): Promise<WholeRow | undefined> {
  const [row] = await db<WholeRow[]>`
    select ${columns(db, true)}, (select body from shared_frame f where f.id = r.frame) as body, null::uuid as whose
    from shared_resource r
    where id = ${id} and type = ${typeNumber(type)}`;
  return row;
}

async function placedRow(
  db: Db,
  type: string,
  id: string,
  { from, to }: { from: string; to: string },
  lock: boolean,
): Promise<Row | undefined> {
  const [row] = await db<Row[]>`
    select ${columns(db, false)} from resource
    where person >= ${from} and person <= ${to} and id = ${id} and type = ${typeNumber(type)} ${lock ? db`for update` : db``}`;
  return row;
}

async function sharedRow(db: Db, type: string, id: string, lock: boolean): Promise<Row | undefined> {
  const [row] = await db<Row[]>`
    select ${columns(db, true)} from shared_resource
    where id = ${id} and type = ${typeNumber(type)} ${lock ? db`for update` : db``}`;
  return row;
}

/** A row as it is named in a request. */
export type NamedRow = { type: string; id: string };

/** A row id with the range of placements it may lie in. */
type Whereabouts = { index: number; row: string; from: string; to: string; shared: boolean; type: number };

/**
 * The current rows behind many names, in their order: two queries for ids of ours, and two more when some are not.
 * Locked ones are locked in the order of their row ids, so that two writers wait instead of deadlocking.
 */
export async function currentRows(
  db: Db,
  named: readonly NamedRow[],
  lock = false,
): Promise<(Row | undefined)[]> {
  const found: (Row | undefined)[] = named.map(() => undefined);
  const ours = named.flatMap(({ type, id }, index) =>
    isUuid(id)
      ? [{ index, row: id, ...placementRange(id), shared: isSharedRowId(id), type: typeNumber(type) }]
      : [],
  );
  await rowsAt(db, ours, lock, found);
  const others = named.flatMap((each, index) => (found[index] ? [] : [{ ...each, index }]));
  const entries = await directoryEntries(db, others);
  const directed = others.flatMap(({ type, index }, n) => {
    const entry = entries[n];
    if (!entry) return [];
    const { row, person } = entry;
    return [
      { index, row, from: person ?? row, to: person ?? row, shared: person === null, type: typeNumber(type) },
    ];
  });
  await rowsAt(db, directed, lock, found);
  return found;
}

async function rowsAt(
  db: Db,
  places: readonly Whereabouts[],
  lock: boolean,
  found: (Row | undefined)[],
): Promise<void> {
  const [shared, placed] = [places.filter((each) => each.shared), places.filter((each) => !each.shared)];
  const queries = [
    ...(placed.length > 0
      ? [
          db<Row[]>`
            select ${columns(db, false)}
            from (select * from unnest(${placed.map(({ row }) => row)}::uuid[], ${placed.map(({ from }) => from)}::uuid[],
              ${placed.map(({ to }) => to)}::uuid[]) as asked (row, low, high) order by row) as asked
            join resource on resource.person >= asked.low and resource.person <= asked.high and resource.id = asked.row
            ${lock ? db`for update of resource` : db``}`,
        ]
      : []),
    ...(shared.length > 0
      ? [
          db<Row[]>`
            select ${columns(db, true)} from shared_resource where id = any(${shared.map(({ row }) => row)}::uuid[])
            order by id ${lock ? db`for update` : db``}`,
        ]
      : []),
  ];
  const rows = new Map(
    (await Promise.all(queries)).flatMap((some) => some.map((row) => [row.id, row] as const)),
  );
  for (const { index, row, type } of places) {
    const hit = rows.get(row);
    if (hit?.type === type) found[index] = hit;
  }
}

type DirectoryEntry = { row: string; person: string | null };

/** The directory's entries for ids of any types, visible or not, in the order asked. */
async function directoryEntries(db: Db, named: readonly NamedRow[]): Promise<(DirectoryEntry | undefined)[]> {
  const asked = named.filter(({ id }) => wellFormedId.test(id));
  if (asked.length === 0) return [];
  const rows = await db<(DirectoryEntry & { type: number; id: string })[]>`
    select directory.type, directory.client_id as id, row_id as row, person
    from unnest(${asked.map(({ id }) => id)}::text[], ${asked.map(({ type }) => typeNumber(type))}::smallint[]) as asked (id, type)
    join client_id directory on directory.client_id = asked.id and directory.type = asked.type`;
  const entries = new Map(rows.map((row) => [`${row.type}/${row.id}`, row]));
  return named.map(({ type, id }) => entries.get(`${typeNumber(type)}/${id}`));
}

/** What is known of an id that the connection sees no row behind: its directory entry, and whose row it is. */
export async function ownersOf(
  db: Db,
  named: readonly NamedRow[],
): Promise<{ row?: string; facility?: number }[]> {
  const entries = await directoryEntries(db, named);
  const rows = named.map(({ id }, index) => entries[index]?.row ?? (isUuid(id) ? id : undefined));
  const asked = rows.flatMap((row, index) => {
    if (row === undefined) return [];
    const person = entries[index]?.person;
    return [{ row, ...(person ? { from: person, to: person } : placementRange(row)) }];
  });
  if (asked.length === 0) return named.map(() => ({}));
  const owners = await db<{ row: string; facility: number | null }[]>`
    select asked.row, yba_owner(asked.row, asked.low, asked.high) as facility
    from unnest(${asked.map(({ row }) => row)}::uuid[], ${asked.map(({ from }) => from)}::uuid[], ${asked.map(({ to }) => to)}::uuid[])
      as asked (row, low, high)`;
  const known = new Map(owners.map(({ row, facility }) => [row, facility]));
  return rows.map((row) => {
    const facility = row === undefined ? undefined : known.get(row);
    return { ...(row === undefined ? {} : { row }), ...(facility == null ? {} : { facility }) };
  });
}

/** What an id looks like; nothing else is in the directory. Source: https://hl7.org/fhir/R4/datatypes.html#id */
const wellFormedId = /^[A-Za-z0-9.-]{1,64}$/;

/** The directory's entries for ids of one type, visible or not, by id. */
export async function takenIds(
  db: Db,
  type: string,
  ids: readonly string[],
): Promise<Map<string, { row: string; person: string | null }>> {
  const asked = ids.filter((id) => wellFormedId.test(id));
  if (asked.length === 0) return new Map();
  const rows = await db<{ client_id: string; row: string; person: string | null }[]>`
    select client_id, row_id as row, person from client_id where client_id = any(${asked}) and type = ${typeNumber(type)}`;
  return new Map(rows.map((row) => [row.client_id, row]));
}

/** The links of Patients named by public id. */
export async function patientLinks(db: Db, ids: readonly string[]): Promise<Map<string, PatientLink>> {
  if (ids.length === 0) return new Map();
  const rows = await db<PatientLink[]>`
    select patient, placement, person, facility, client_id from patient_link where patient = any(${ids.filter(isUuid)}::uuid[])
    union all
    select l.patient, l.placement, l.person, l.facility, l.client_id
    from client_id c join patient_link l on l.patient = c.row_id
    where c.client_id = any(${ids.filter((id) => wellFormedId.test(id))}) and c.type = ${typeNumber('Patient')}`;
  return new Map(rows.map((row) => [row.client_id ?? row.patient, row]));
}

/** All Patients linked to the persons of these, themselves included. */
export async function linkedPatients(db: Db, persons: readonly string[]): Promise<PatientLink[]> {
  if (persons.length === 0) return [];
  return db<PatientLink[]>`
    select patient, placement, person, facility, client_id from patient_link where person = any(${persons as string[]}::uuid[])`;
}
