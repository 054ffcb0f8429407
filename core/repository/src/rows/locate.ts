import { isResourceId } from '@yba/fhir';
import { arrayText } from '@yba/postgres';
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

/** A row as it is named in a request. */
export type NamedRow = { type: string; id: string };

/** A row id with the range of placements it may lie in. */
type Whereabouts = { index: number; row: string; from: string; to: string; shared: boolean; type: number };

/**
 * The current rows (also deleted ones) behind many names, in their order; undefined where the connection may see none.
 * An id of ours finds its partition by itself; any other goes through the directory of client ids: two queries for
 * ours, and two more when some are not. Each row is looked up where it lies; `offset 0` keeps that so, however small
 * the tables are. Locked ones are locked in the order of their row ids, so that two writers wait instead of
 * deadlocking.
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

/** The current row (also a deleted one) behind `type/id`, or undefined when there is none the connection may see. */
export async function currentRow(db: Db, type: string, id: string, lock = false): Promise<Row | undefined> {
  return (await currentRows(db, [{ type, id }], lock))[0];
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
            from (select * from unnest(${arrayText(placed, ({ row }) => row)}::uuid[], ${arrayText(placed, ({ from }) => from)}::uuid[],
              ${arrayText(placed, ({ to }) => to)}::uuid[]) as asked (row, low, high) order by row) as asked
            cross join lateral (
              select ${columns(db, false)} from resource
              where person >= asked.low and person <= asked.high and id = asked.row
              offset 0 ${lock ? db`for update` : db``}
            ) as found`,
        ]
      : []),
    ...(shared.length > 0
      ? [
          db<Row[]>`
            select ${columns(db, true)} from shared_resource where id = any(${arrayText(shared, ({ row }) => row)}::uuid[])
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

/** Where the directory says a row lies: its id, and its placement unless it is a shared one. */
export type DirectoryEntry = { row: string; person: string | null };

/** The directory's entries for ids chosen by clients and for rows that moved, visible or not, in the order asked. */
export async function directoryEntries(
  db: Db,
  named: readonly NamedRow[],
): Promise<(DirectoryEntry | undefined)[]> {
  const asked = named.filter(({ id }) => isResourceId(id));
  if (asked.length === 0) return [];
  const rows = await db<(DirectoryEntry & { type: number; id: string })[]>`
    select directory.type, directory.client_id as id, row_id as row, person
    from unnest(${arrayText(asked, ({ id }) => id)}::text[], ${arrayText(asked, ({ type }) => typeNumber(type))}::smallint[]) as asked (id, type)
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
    from unnest(${arrayText(asked, ({ row }) => row)}::uuid[], ${arrayText(asked, ({ from }) => from)}::uuid[], ${arrayText(asked, ({ to }) => to)}::uuid[])
      as asked (row, low, high)`;
  const known = new Map(owners.map(({ row, facility }) => [row, facility]));
  return rows.map((row) => {
    const facility = row === undefined ? undefined : known.get(row);
    return { ...(row === undefined ? {} : { row }), ...(facility == null ? {} : { facility }) };
  });
}

/** The links of Patients named by public id. */
export async function patientLinks(db: Db, ids: readonly string[]): Promise<Map<string, PatientLink>> {
  if (ids.length === 0) return new Map();
  const rows = await db<PatientLink[]>`
    select patient, placement, person, facility, client_id from patient_link where patient = any(${ids.filter(isUuid)}::uuid[])
    union all
    select l.patient, l.placement, l.person, l.facility, l.client_id
    from client_id c join patient_link l on l.patient = c.row_id
    where c.client_id = any(${ids.filter(isResourceId)}) and c.type = ${typeNumber('Patient')}`;
  return new Map(rows.map((row) => [row.client_id ?? row.patient, row]));
}

/** The persons of Patients by row id, in their order. */
export async function personsOfPatients(
  db: Db,
  patients: readonly string[],
): Promise<(string | undefined)[]> {
  const rows = await db<{ patient: string; person: string }[]>`
    select patient, person from patient_link where patient = any(${arrayText(patients, (patient) => patient)}::uuid[])`;
  const persons = new Map(rows.map(({ patient, person }) => [patient, person]));
  return patients.map((patient) => persons.get(patient));
}

/** All Patients linked to the persons of these, themselves included. */
export async function linkedPatients(db: Db, persons: readonly string[]): Promise<PatientLink[]> {
  if (persons.length === 0) return [];
  return db<PatientLink[]>`
    select patient, placement, person, facility, client_id from patient_link where person = any(${persons as string[]}::uuid[])`;
}
