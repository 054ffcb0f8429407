import { compartmentParameters, dateInterval, deleted, forbidden, outcomeError } from '@yba/fhir';
import { parseJson, resourceTypes, subsetOf, subsetText } from '@yba/fhir';
import type { Context, Page, PageEntry } from '@yba/fhir';
import { auditAbsent, auditRead, personsOf } from '../audit-read.ts';
import type { Reach } from '../ports.ts';
import { currentRow, linkedPatients, patientLinks } from '../rows/locate.ts';
import { NOBODY } from '../rows/row-id.ts';
import { publicId } from '../rows/row.ts';
import type { Row } from '../rows/row.ts';
import { typeName } from '../rows/resource-type.ts';
import { inRoomIfLarge } from '../rows/large-reads.ts';
import { withinPage } from '../rows/page-bytes.ts';
import { asReader } from '../rows/session.ts';
import type { Db } from '../rows/session.ts';
import { pageSeal } from '../search/page-token.ts';
import type { ChartPlace } from '../search/page-token.ts';
import type { Position } from '../search/plan.ts';
import { rowsBehind } from '../search/references.ts';
import type { Env } from '../write/transact.ts';
import {
  besideRows,
  changedSince,
  chartPart,
  chartSize,
  referencesBeside,
  sheetsBeside,
  sheetsOf,
} from './chart.ts';
import type { Chart, Sheet } from './chart.ts';
import { ShownBefore } from './shown-before.ts';
import { reachFor } from './read.ts';
import { instant, link, onlyKnown, pageSize, queryText, storable } from './window.ts';

const KNOWN = ['start', 'end', '_since', '_type', '_count', '_summary', '_elements', '_page'];

/** Rows fetched at a time when the whole chart is asked for. */
const BATCH = 500;

/**
 * `Patient/{id}/$everything`: the person's whole chart over all linked Patients, newest clinical time first, with what it
 * refers to beside it, practitioners, organisations and devices; `Encounter/{id}/$everything`: what belongs to that visit, with
 * what that refers to, the Patient and others of the chart among it. Without `_count` the answer is one Bundle, whose entries are fetched as they are taken, however long the chart is; with it,
 * pages. `start` and `end` are dates of care, `_since` an instant of change, `_type` lists of types: of all that is shown,
 * the directory's entries too.
 * Source: https://hl7.org/fhir/R4/operation-patient-everything.html, https://hl7.org/fhir/R4/operation-encounter-everything.html
 */
export async function everything(
  env: Env,
  context: Context,
  type: string,
  id: string,
  params: URLSearchParams,
): Promise<Page> {
  onlyKnown(params, KNOWN, '$everything', ['_type']);
  const path = `${type}/${id}/$everything`;
  const query = queryText(params);
  const self = link(path, query);
  const asked: Pick<Chart, 'types' | 'since' | 'start' | 'end'> = {
    types: typesOf(params),
    since: instant(params, '_since'),
    start: careTime(params, 'start', 'from'),
    end: careTime(params, 'end', 'to'),
  };
  const isPaged = params.has('_count') || params.has('_page');
  const count = isPaged ? pageSize(params, 200) : BATCH;
  const seal = pageSeal(env.pools);
  const from = params.has('_page') ? (seal.read(params.get('_page')!, self) as ChartPlace) : undefined;
  const after = from?.id === undefined ? undefined : (from as Position);
  const shown = new ShownBefore(from?.shown);
  const show = presenter(env, params);
  const decided = () => reachOf(env, context, type, id, asked.types);
  const reach = await decided();
  const started = env.now();

  const first = await asReader(env, reach, async (db) => {
    const root = await currentRow(db, type, id);
    if (!root) return undefined;
    if (root.deleted) return { goneOf: await personsOf(db, [root]) };
    const chart: Chart = { ...asked, root, ...(await whereabouts(db, root, type)) };
    const [part, size, persons] = [
      await chartPart(db, chart, after, count),
      isPaged ? 0 : await chartSize(db, chart),
      await personsOf(db, [root]),
    ];
    const fresh = isPaged ? shown.fresh(referred(part.sheets, chart)) : [];
    const beside = await restBeside(db, fresh, from?.left);
    const registry = await sheetsBeside(db, chart, beside.rows);
    const sheets = from?.left ? [] : part.sheets;
    const shownCount = isPaged ? sheets.length : size;
    return { chart, ...part, sheets, registry, left: beside.left, fresh, persons, count: shownCount };
  });
  const access = { action: 'export' as const, target: path };
  if (!first) throw await auditAbsent(env, context, access, `${type}/${id}`);
  if ('goneOf' in first) {
    await auditRead(env, context, { ...access, persons: first.goneOf, count: 0 });
    throw deleted(`${type}/${id}`);
  }
  await auditRead(env, context, {
    ...access,
    persons: first.persons,
    count: first.count,
  });
  const { chart, sheets, registry, fresh, left } = first;
  const next: ChartPlace | undefined = left
    ? { ...after, shown: from?.shown ?? '', left }
    : first.next && { ...first.next, shown: shown.marksWith(fresh) };
  const matches = show(sheets, 'match');
  const shape = { kind: 'searchset' as const, self };
  if (!isPaged)
    return {
      ...shape,
      entries: matches,
      more: rest(
        env,
        { reach, decided },
        chart,
        { next: first.next, references: referred(sheets, chart) },
        started,
        show,
      ),
    };
  return {
    ...shape,
    entries: [...matches, ...show(registry, 'include')],
    ...(next ? { next: link(path, query, seal.write(next, self)) } : {}),
    ...(next || from ? {} : { total: matches.length }),
  };
}

/** Of the rows behind references those after `left`, in the order of their ids, as many as one page holds; the last of them when there are more. */
async function restBeside(
  db: Db,
  references: readonly string[],
  left: string | undefined,
): Promise<{ rows: readonly Row[]; left?: string }> {
  const all = (await rowsBehind(db, references)).filter(({ id }) => left === undefined || id > left);
  const sorted = all.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const rows = sorted.slice(0, withinPage(sorted));
  return { rows, ...(rows.length < all.length ? { left: rows.at(-1)!.id } : {}) };
}

/**
 * The chart behind its first part, a batch at a time, then what it refers to beside it. Each batch has a
 * connection of its own, so that a reader who takes his time holds none, and a decision of its own: what was closed to him
 * meanwhile (a delegation that ended, a share taken back, a refusal) comes to no end that looks whole. Throws `forbidden`.
 */
async function* rest(
  env: Env,
  { reach, decided }: { reach: Reach; decided(): Promise<Reach> },
  chart: Chart,
  first: { next: Position | undefined; references: Set<string> },
  started: Date,
  show: Show,
): AsyncGenerator<readonly PageEntry[]> {
  const read = async <T>(work: (db: Db) => Promise<T>) => {
    const now = await decided();
    if (reach.patients.some((patient) => !now.patients.includes(patient)))
      throw forbidden('This record was closed to you while it was sent: what you have of it is not whole.');
    return inRoomIfLarge({ ...env, room: false }, (inside) => asReader(inside, now, work)); // each part in a turn of its own
  };
  const registry = first.references;
  for (let next = first.next; next;) {
    const at = next;
    const part = await read((db) => chartPart(db, chart, at, BATCH));
    for (const reference of referred(part.sheets, chart)) registry.add(reference);
    yield show(part.sheets, 'match');
    next = part.next;
  }
  if (first.next) {
    // what was written meanwhile may have moved into the part that was shown already
    for (const rows of await read((db) => changedSince(db, chart, started))) {
      const late = await read((db) => sheetsOf(db, chart, rows));
      for (const reference of referred(late, chart)) registry.add(reference);
      yield show(late, 'match');
    }
  }
  const references = [...registry];
  for (let at = 0; at < references.length; at += BATCH)
    for (const rows of await read((db) => besideRows(db, references.slice(at, at + BATCH))))
      yield show(await read((db) => sheetsBeside(db, chart, rows)), 'include');
}

type Show = (sheets: readonly Sheet[], mode: 'match' | 'include') => PageEntry[];

function presenter(env: Env, params: URLSearchParams): Show {
  const subset = subsetOf(params);
  return (sheets, mode) =>
    sheets.map(({ row, text }) => ({
      fullUrl: `${env.baseUrl}/${typeName(row.type)}/${publicId(row)}`,
      text: subsetText(text, subset, parseJson),
      mode,
    }));
}

/** What some rows refer to beside the chart, of the types asked for. */
function referred(sheets: readonly Sheet[], chart: Pick<Chart, 'types' | 'by'>): Set<string> {
  const { types } = chart;
  const found = sheets.flatMap(({ text }) => referencesBeside(text, chart));
  return new Set(types ? found.filter((one) => types.includes(one.slice(0, one.indexOf('/')))) : found);
}

async function reachOf(
  env: Env,
  context: Context,
  type: string,
  id: string,
  types: readonly string[] | undefined,
): Promise<Reach> {
  // of every type that is shown the caller has to have the right: what belongs to a visit is of all types
  if (type !== 'Patient')
    return reachFor(env, context, type, id, { exports: true, types: types ? [type, ...types] : [] });
  const known = (await patientLinks(env.pools.lookup as unknown as Db, [id])).get(id);
  return env.ports.decide(context, {
    action: 'read',
    types: types ?? [],
    exports: true,
    target: `${type}/${id}`,
    patients: [known?.patient ?? NOBODY],
  });
}

/** Where the chart lies: that of a Patient with all linked to it, that of an Encounter within its Patient's. */
async function whereabouts(
  db: Db,
  root: Row,
  type: string,
): Promise<Pick<Chart, 'placements' | 'patients' | 'names' | 'by'>> {
  if (type === 'Encounter') {
    const patients = root.patient ? [root.patient] : [];
    return {
      placements: root.person ? [root.person] : [],
      patients,
      names: [...(await patientLinks(db, patients)).keys()],
      by: encounterParameters,
    };
  }
  const [own] = (await patientLinks(db, [publicId(root)])).values();
  const linked = own ? await linkedPatients(db, [own.person]) : [];
  return {
    placements: [...new Set(linked.map(({ placement }) => placement))],
    patients: linked.map(({ patient }) => patient),
    names: linked.map(({ client_id, patient }) => client_id ?? patient),
  };
}

/** The parameters by which resources of any type say that they belong to an Encounter. */
const encounterParameters = [
  ...new Set(
    [...resourceTypes].flatMap((type) => compartmentParameters('Encounter', type).map(({ code }) => code)),
  ),
];

function typesOf(params: URLSearchParams): string[] | undefined {
  const types = params.getAll('_type').flatMap((list) => list.split(',').map((type) => type.trim()));
  const unknown = types.find((type) => !resourceTypes.has(type));
  if (unknown === undefined) return types.length > 0 ? types : undefined;
  throw outcomeError('invalid', `_type names “${unknown}”, which is no FHIR R4 resource type`, '_type');
}

/** The beginning or the end of the day (month, year) that a parameter names. */
function careTime(params: URLSearchParams, name: string, edge: 'from' | 'to'): Date | undefined {
  const text = params.get(name);
  if (text === null) return undefined;
  const interval = dateInterval(text);
  if (interval) return storable(interval[edge]);
  throw outcomeError('invalid', `${name}=${text} is not a date, e.g. 2026-11-22`, name);
}
