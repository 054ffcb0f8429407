import { clinicalInterval, isPatientCompartmentType, parseJson, resourceTypes } from '@yba/fhir';
import { storable } from './window.ts';
import { pagesOf, withinPage } from '../rows/page-bytes.ts';
import { columns, publicId, readFrames } from '../rows/row.ts';
import type { Row } from '../rows/row.ts';
import { isRegistry, typeName, typeNumber } from '../rows/resource-type.ts';
import type { Db } from '../rows/session.ts';
import { termHash } from '../rows/term-hash.ts';
import { WIDE_HASH } from '../search/plan.ts';
import type { Position } from '../search/plan.ts';
import { rowsBehind } from '../search/references.ts';

/** A row with its text. */
export type Sheet = { row: Row; text: string };

/** What is asked of a chart, and where it lies. `root` is the row it is the chart of: shown first, whatever dates of care are asked for. */
export type Chart = {
  root: Row;
  /** Patients by their row ids, and where their rows lie. */
  placements: readonly string[];
  patients: readonly string[];
  /** The ids that these Patients are served by. */
  names: readonly string[];
  types?: readonly string[] | undefined;
  /** Changed at or after. */
  since?: Date | undefined;
  /** Clinical time that meets [start, end): a stay that began before and lasts into it is care of that time. */
  start?: Date | undefined;
  end?: Date | undefined;
  /** Only what points at the root by one of these search parameters. */
  by?: readonly string[];
};

/** Before the first row of any chart. */
const START: Position = { time: storable(Infinity).getTime(), id: 'ffffffff-ffff-ffff-ffff-ffffffffffff' };

/**
 * The next rows in clinical order, newest first, the root the first of them: `count`, or fewer where these are more bytes
 * than a page holds. `next` is where to go on.
 */
export async function chartPart(
  db: Db,
  chart: Chart,
  after: Position | undefined,
  count: number,
): Promise<{ sheets: Sheet[]; next?: Position }> {
  const roots = after ? [] : rootOf(chart);
  const most = count - roots.length;
  const rows = await db<Row[]>`
    select ${columns(db, false)} from resource where ${within(db, chart)}
      and ${after ? db`(occurred, id) < (${new Date(after.time)}, ${after.id}::uuid)` : db`true`}
    order by occurred desc, id desc limit ${most + 1}`;
  const shown = rows.slice(0, Math.min(most, withinPage([...roots, ...rows]) - roots.length));
  const last = shown.at(-1);
  const next = last ? { time: last.occurred.getTime(), id: last.id } : START;
  return {
    sheets: await sheetsOf(db, chart, [...roots, ...shown]),
    ...(rows.length > shown.length ? { next } : {}),
  };
}

/** How many rows the whole chart has, its root included. */
export async function chartSize(db: Db, chart: Chart): Promise<number> {
  const { start } = chart;
  const [row] = await db<{ size: number }[]>`
    select count(*)::int as size from resource
    where ${within(db, chart)} and ${start ? db`(occurred >= ${start} or ${isPatient(db)})` : db`true`}`;
  return row!.size + (await lasting(db, chart)) + rootOf(chart).length;
}

/** How many began before the dates of care asked for and last into them. */
async function lasting(db: Db, chart: Chart): Promise<number> {
  const { start } = chart;
  if (!start) return 0;
  const rows = await db<Row[]>`
    select ${columns(db, false)} from resource
    where ${within(db, chart)} and occurred < ${start} and not ${isPatient(db)}`;
  let size = 0;
  for (const some of pagesOf(rows)) size += (await sheetsOf(db, chart, some)).length;
  return size;
}

/** The rows behind references beside the chart, in lots to be read one after the other. */
export async function besideRows(db: Db, references: readonly string[]): Promise<(readonly Row[])[]> {
  return [...pagesOf(await rowsBehind(db, references))];
}

/** The rows that were written into the chart at or after `time`, in lots to be read one after the other. */
export async function changedSince(db: Db, chart: Chart, time: Date): Promise<(readonly Row[])[]> {
  const rows = await db<Row[]>`
    select ${columns(db, false)} from resource where ${within(db, chart)} and updated >= ${time} limit 10000`;
  return [...pagesOf(rows)];
}

/** What is older than a time ended after it; who the chart is of has no time. */
function lastsUntil({ row, text }: Sheet, time: Date): boolean {
  if (row.occurred >= time || row.type === typeNumber('Patient')) return true;
  return (clinicalInterval(parseJson(text))?.to ?? -Infinity) > time.getTime();
}

const literal =
  /"reference":"([A-Z][A-Za-z]+)\/([A-Za-z0-9\-.]{1,64})(?:\/_history\/[A-Za-z0-9\-.]{1,64})?"/g;

/** Files of any size are not read many at a time. */
const FILES: ReadonlySet<string> = new Set(['Binary', 'Bundle']);

const isBeside = (type: string) =>
  isRegistry(type) || (resourceTypes.has(type) && !isPatientCompartmentType(type) && !FILES.has(type));

/**
 * What a text refers to beside anybody's chart, the directory's entries (`Practitioner/1`), devices, substances and plans;
 * of a visit also what lies in its chart: whose it is, the order it came of. Read off the text, which nobody has to parse for it.
 */
export function referencesBeside(text: string, { by }: Pick<Chart, 'by'>): string[] {
  const isWanted = (type: string) => isBeside(type) || (by && resourceTypes.has(type) && !FILES.has(type));
  return [...text.matchAll(literal)].flatMap(([, type, id]) => (isWanted(type!) ? [`${type}/${id}`] : []));
}

const patientNamed = /"reference":"Patient\/([A-Za-z0-9\-.]{1,64})/g;

/**
 * Those of them that may be read: nothing of another's chart, and what names a Patient, as a device may, where the chart is
 * that one's. What belongs to the visit itself is shown as that.
 */
export async function sheetsBeside(db: Db, chart: Chart, rows: readonly Row[]): Promise<Sheet[]> {
  const frames = await readFrames(db, rows);
  const found = rows.map((row) => ({ row, text: frames.text(row) }));
  const placed = found.filter(({ row }) => row.patient !== null);
  const shown = await partOfVisit(db, chart, placed);
  const [names, patients] = [new Set(chart.names), new Set(chart.patients)];
  return found.filter(({ row, text }) => {
    if (row.patient !== null) return patients.has(row.patient) && !shown.has(row.id);
    return (
      isRegistry(typeName(row.type)) || [...text.matchAll(patientNamed)].every(([, id]) => names.has(id!))
    );
  });
}

/** Which of some sheets of a visit's chart are the visit or belong to it, whatever is asked for of it. */
async function partOfVisit(db: Db, chart: Chart, sheets: readonly Sheet[]): Promise<Set<string>> {
  if (sheets.length === 0) return new Set();
  const { root, placements, patients, names, by } = chart;
  const rows = await db<{ id: string }[]>`
    select id from resource where ${within(db, { root, placements, patients, names, ...(by ? { by } : {}) })}
      and id = any(${sheets.map(({ row }) => row.id)}::uuid[])`;
  return new Set([root.id, ...rows.map(({ id }) => id)]);
}

function rootOf({ root, types, since }: Chart): Row[] {
  const isWanted = types?.some((type) => typeNumber(type) === root.type) ?? true;
  return isWanted && (since === undefined || root.updated >= since) ? [root] : [];
}

function within(db: Db, { root, placements, patients, types, since, start, end, by }: Chart) {
  return db`
    person = any(${placements as string[]}::uuid[]) and patient = any(${patients as string[]}::uuid[])
    and not deleted and id <> ${root.id}
    and ${types ? db`type = any(${types.map(typeNumber)}::smallint[])` : db`true`}
    and ${since ? db`updated >= ${since}` : db`true`}
    and ${start ? db`(occurred >= ${start} or ${isPatient(db)} or terms @> ${`{${WIDE_HASH}}`}::bigint[])` : db`true`}
    and ${end ? db`(occurred < ${end} or ${isPatient(db)})` : db`true`}
    and ${by ? db`terms && ${by.map((code) => termHash(`${code}|Encounter/${publicId(root)}`))}::bigint[]` : db`true`}`;
}

const isPatient = (db: Db) => db`type = ${typeNumber('Patient')}`;

/** The rows with their texts; a hash of a term may lie, the text does not. */
export async function sheetsOf(db: Db, { root, by, start }: Chart, rows: readonly Row[]): Promise<Sheet[]> {
  const frames = await readFrames(db, rows);
  const sheets = rows
    .map((row) => ({ row, text: frames.text(row) }))
    .filter((sheet) => sheet.row.id === root.id || !start || lastsUntil(sheet, start));
  if (!by) return sheets;
  const name = `Encounter/${publicId(root)}"`;
  return sheets.filter(({ row, text }) => row.id === root.id || text.includes(name));
}
