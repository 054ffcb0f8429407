import { compartmentParameters, OutcomeError, parseSearch, resourceTypes, summarise } from '@yba/fhir';
import type {
  AccessEvent,
  Context,
  Page,
  PageEntry,
  SearchFilter,
  SearchOptions,
  SearchRequest,
} from '@yba/fhir';
import { auditRead, personsByPatient } from '../audit-read.ts';
import { definitionsOf } from '../conformance/index.ts';
import type { Definitions } from '../conformance/index.ts';
import type { Reach } from '../ports.ts';
import { facilityCode, facilityNumber } from '../rows/facility-number.ts';
import type { PatientLink } from '../rows/locate.ts';
import { isUuid, NOBODY } from '../rows/row-id.ts';
import { PAGE_BYTES } from '../rows/page-bytes.ts';
import { publicId } from '../rows/row.ts';
import { typeName } from '../rows/resource-type.ts';
import { asReader, facilityOf, type Db } from '../rows/session.ts';
import type { Env } from '../write/transact.ts';
import type { Hit } from './hit.ts';
import { countMatches, hitsOf, positionOf } from './hits.ts';
import { commonTerms } from './common-terms.ts';
import { included } from './include.ts';
import { pageSeal } from './page-token.ts';
import type { PageToken } from './page-token.ts';
import { chartsNamed, isBeyond, numbersAsked, resourcesNamed } from './named-resources.ts';
import { patientId } from './patients.ts';
import { groupedLinks, People } from './people.ts';
import type { Position } from './plan.ts';
import { idsAsked, prepare } from './prepare.ts';
import type { Prepared, Scope } from './prepare.ts';
import { isWalked, sorted } from './sorted.ts';
import type { SortKey } from './sorted.ts';

/**
 * The search interaction on one type, or on all (`_type` narrows them) when `type` is undefined.
 * Source: https://hl7.org/fhir/R4/http.html#search, https://hl7.org/fhir/R4/search.html
 */
export async function search(
  env: Env,
  context: Context,
  type: string | undefined,
  params: URLSearchParams,
  options: SearchOptions,
): Promise<Page> {
  const { request, definitions } = await understand(env, context, type, params, options);
  const people = new People(groupedLinks(env.pools));
  if (type === undefined)
    request.types = await readableTypes(env, context, request.types ?? [...resourceTypes]);
  const [decision, common] = await Promise.all([
    decided(env, context, request, people),
    commonTerms(env.pools),
  ]);
  const { named, reach } = decision;
  const { page, shown } = await asReader(
    env,
    reach,
    async (db) => {
      // who sees everything has no facility's rows to walk
      const scope: Scope = {
        db,
        reach,
        complete: definitions.complete,
        depth: 0,
        people,
        common: reach.everything ? new Set() : common,
      };
      const found = await searchPage(env, context, scope, request, definitions, options);
      return { page: found.page, shown: await shownLooks(scope, found.hits) };
    },
    'once',
  );
  const closed = [
    ...beyondReach(named ?? [], reach),
    ...(await behindIds(env, context, request, decision, page)),
    ...(await behindNumbers(env, request, decision, shown.persons)),
  ];
  const hidden = [...new Set(closed)].filter((person) => !shown.persons.includes(person));
  const event = { action: 'search' as const, target: type ?? 'search' };
  const wasAnswered = hidden.length === 0 || shown.persons.length > 0;
  await Promise.all([
    ...(wasAnswered ? [auditRead(env, context, { ...event, count: page.entries.length, ...shown })] : []),
    ...(hidden.length > 0
      ? [auditRead(env, context, { ...event, count: 0, persons: hidden, outcome: 'denied' })]
      : []),
  ]);
  return page;
}

/**
 * The persons in whose charts resources lie that a search named by id, `_id=` or `encounter=Encounter/…`, and that are beyond the reach:
 * to ask so is to ask about them. What came with the page was open; Patients were decided about already. Where the
 * decision was about other persons alone, it is taken about these too.
 */
async function behindIds(
  env: Env,
  context: Context,
  request: SearchRequest,
  { asked, reach }: Decided,
  { entries }: Page,
): Promise<string[]> {
  if (reach.everything) return [];
  const known = new Set([
    ...asked.map((id) => `Patient/${id}`),
    ...entries.map(({ fullUrl }) => fullUrl.split('/').slice(-2).join('/')),
  ]);
  const named = namedIn(request).filter(({ type, id }) => !known.has(`${type}/${id}`));
  if (named.length === 0) return [];
  const charts = await chartsNamed(env.pools.lookup as unknown as Db, named);
  const closed = charts.filter((chart) => isBeyond(reach, chart));
  // nobody's resource is decided about as one is that is not open
  const isUndecided = asked.length > 0 && (closed.length > 0 || charts.length < named.length);
  if (!isUndecided) return closed.map(({ person }) => person);
  const patients = closed.length > 0 ? closed.map(({ patient }) => patient) : [NOBODY];
  const about = await decideFor(env, context, request, patients);
  return closed.flatMap((chart) => (isBeyond(about, chart) ? [chart.person] : []));
}

/**
 * The persons who were asked for by their number, and of whom nothing was shown since no chart of theirs is open: to ask so is to
 * ask about them too. One question more, where fewer persons came than numbers were asked; not where Patients are named
 * besides, who are told.
 */
async function behindNumbers(
  { ports }: Env,
  { type, filters }: SearchRequest,
  { asked, reach }: Decided,
  shown: readonly string[],
): Promise<string[]> {
  if (reach.everything || asked.length > 0 || !ports.persons.numbered) return [];
  const numbers = numbersAsked(filters, type);
  if (numbers.length <= shown.length) return [];
  const charts = await ports.persons.numbered(numbers);
  const open = new Set(charts.flatMap((chart) => (isBeyond(reach, chart) ? [] : [chart.person])));
  return charts.flatMap(({ person }) => (open.has(person) ? [] : [person]));
}

type Understood = { request: SearchRequest; definitions: Definitions };

/** Reads the query by what is in force for the caller; a name that is not known may have been added a moment ago. */
async function understand(
  env: Env,
  { caller }: Context,
  type: string | undefined,
  params: URLSearchParams,
  { handling, compartment }: SearchOptions,
): Promise<Understood> {
  const store = definitionsOf(env.pools);
  const facility = facilityOf(caller);
  const read = async (): Promise<Understood> => {
    const definitions = await store.of(facility);
    const { parameters: more, profiles } = definitions;
    const request = parseSearch(type, params, { handling, baseUrl: env.baseUrl, more, profiles });
    if (compartment) request.filters.push(compartmentFilter(compartment, type ?? request.types ?? []));
    return { request, definitions };
  };
  try {
    const understood = await read();
    if (understood.request.ignored.length === 0) return understood;
  } catch (error) {
    if (!(error instanceof OutcomeError)) throw error;
  }
  await store.refresh();
  return read();
}

/** Resources of a compartment refer to its owner by one of several parameters. Source: https://hl7.org/fhir/R4/compartmentdefinition.html */
function compartmentFilter(
  { type: owner, id }: NonNullable<SearchOptions['compartment']>,
  types: string | readonly string[],
): SearchFilter {
  const wanted = typeof types === 'string' ? [types] : types.length > 0 ? types : [...resourceTypes];
  const params = new Map(
    wanted.flatMap((type) =>
      compartmentParameters(owner, type).map((param) => [`${type}.${param.code}`, param]),
    ),
  );
  return {
    kind: 'any',
    filters: [...params.values()].map((param) => ({
      kind: 'value',
      param,
      values: [{ kind: 'reference', type: owner, id }],
    })),
  };
}

/** One page of a search on a connection set to the caller's reach. */
export async function searchPage(
  env: Env,
  context: Context,
  scope: Scope,
  request: SearchRequest,
  definitions: Definitions,
  { compartment }: Pick<SearchOptions, 'compartment'>,
): Promise<{ page: Page; hits: Hit[] }> {
  const within = compartment ? `${compartment.type}/${compartment.id}/` : '';
  const path = `${within}${request.type ?? (compartment ? '*' : '')}`;
  const query = request.selfParams.toString();
  const bound = `${context.caller.subject} ${context.caller.facility ?? ''} ${path}?${query}`;
  const seal = pageSeal(env.pools);
  const token = request.page === undefined ? undefined : seal.read(request.page, bound);
  const prepared = await prepare(scope, request);
  const count = request.summary === 'count' ? 0 : request.count;
  const { matches, next, whole } = await pageOf(scope, prepared, request, token, count);
  const come = await included(
    scope,
    matches,
    request,
    (wanted) => mayRead(env, context, wanted),
    definitions.parameters,
  );
  const total = await totalOf(scope, prepared, request, whole && !token ? matches.length : undefined);
  const self = query ? `${path}?${query}` : path;
  const entries = [
    ...matches.map((hit) => entry(env, hit, 'match', request)),
    ...come.hits.map((hit) => entry(env, hit, 'include', request)),
    ...notices(request, come.whole),
  ];
  const page: Page = {
    kind: 'searchset',
    entries,
    self,
    ...(total === undefined ? {} : { total }),
    ...(next && count > 0 ? { next: `${self}${query ? '&' : '?'}_page=${seal.write(next, bound)}` } : {}),
  };
  return { page, hits: [...matches, ...come.hits] };
}

/** The persons whose records were shown, and what that rests on, for the access log. */
async function shownLooks(
  { db, people, reach }: Scope,
  hits: readonly Hit[],
): Promise<Pick<AccessEvent, 'persons' | 'bases'>> {
  const rows = hits.map(({ row }) => row).filter(({ patient }) => patient);
  const isKnown = rows.every(({ patient }) => people.person(patient!) !== undefined);
  const found = isKnown ? undefined : await personsByPatient(db, rows);
  const personOf = ({ patient }: Hit['row']) => (found ? found.get(patient!) : people.person(patient!)) ?? [];
  const persons = [...new Set(rows.flatMap(personOf))];
  const { bases, facility } = reach;
  if (!bases || !facility) return { persons };
  const own = facilityNumber(facility);
  const ofOwn = new Set(rows.filter((row) => row.facility === own).flatMap(personOf));
  return {
    persons,
    bases: persons.map((person) => bases.persons.get(person) ?? (ofOwn.has(person) ? bases.own : undefined)),
  };
}

type Taken = { matches: Hit[]; next?: PageToken; whole: boolean };

async function pageOf(
  scope: Scope,
  prepared: Prepared,
  request: SearchRequest,
  token: PageToken | undefined,
  count: number,
): Promise<Taken> {
  if (count === 0) return { matches: [], whole: false };
  const walked = isWalked(request.type, request.sort);
  if (!walked) return inKeyOrder(scope, prepared, request, token as SortKey | undefined, count);
  const from = token as Position | undefined;
  const matches: Hit[] = [];
  let bytes = 0;
  for await (const hit of hitsOf(scope, prepared, { from, first: count })) {
    bytes += hit.row.len;
    if (matches.length === count || (bytes > PAGE_BYTES && matches.length > 0))
      return { matches, next: positionOf(matches.at(-1)!.row, prepared), whole: false };
    matches.push(hit);
  }
  return { matches, whole: true };
}

async function inKeyOrder(
  scope: Scope,
  prepared: Prepared,
  request: SearchRequest,
  after: SortKey | undefined,
  count: number,
): Promise<Taken> {
  const { first, whole } = await sorted(hitsOf(scope, prepared), request, after, count);
  const matches = first.map(({ hit }) => hit);
  return whole ? { matches, whole } : { matches, next: first.at(-1)!.key, whole };
}

/** `total` is told when asked for (`_count=0` asks for nothing else), or when the page is the whole answer. */
async function totalOf(
  scope: Scope,
  prepared: Prepared,
  { total, summary, count }: SearchRequest,
  known: number | undefined,
): Promise<number | undefined> {
  if (known !== undefined) return known;
  if (total !== 'accurate' && summary !== 'count' && count > 0) return undefined;
  return countMatches(scope, prepared);
}

function entry(env: Env, hit: Hit, mode: 'match' | 'include', request: SearchRequest): PageEntry {
  const shown =
    request.elements || (request.summary && request.summary !== 'false')
      ? summarise(hit.resource, request)
      : hit.text;
  return { fullUrl: `${env.baseUrl}/${typeName(hit.row.type)}/${publicId(hit.row)}`, text: shown, mode };
}

/** Lenient handling says which parameters were not applied, besides leaving them out of the self link; and what did not come along is said. */
function notices({ ignored }: SearchRequest, whole: boolean): PageEntry[] {
  const issue = [
    ...ignored.map((parameter) => ({
      severity: 'warning',
      code: 'not-supported',
      diagnostics: `The parameter “${parameter}” is not known or not evaluated for this type, and was not applied`,
      expression: [parameter],
    })),
    ...(whole
      ? []
      : [
          {
            severity: 'warning',
            code: 'incomplete',
            diagnostics:
              'Not all resources that should come along with this page did; ask for fewer matches (_count)',
            expression: ['_include'],
          },
        ]),
  ];
  if (issue.length === 0) return [];
  return [
    { fullUrl: '', text: JSON.stringify({ resourceType: 'OperationOutcome', issue }), mode: 'outcome' },
  ];
}

/** All types a search looks into: its own, and those inside chains, `_has` and `_revinclude`. */
export function touchedTypes({ type, types, filters, revinclude }: SearchRequest): string[] {
  const inside = (filter: SearchFilter): string[] => {
    if (filter.kind === 'has') return [filter.type, ...inside(filter.filter)];
    if (filter.kind === 'list') return ['List'];
    if (filter.kind === 'chain')
      return filter.targets.flatMap((target) => [target.type, ...inside(target.filter)]);
    return [];
  };
  const own = type === undefined ? (types ?? []) : [type];
  return [...new Set([...own, ...revinclude.map((directive) => directive.type), ...filters.flatMap(inside)])];
}

async function readableTypes(env: Env, context: Context, types: readonly string[]): Promise<string[]> {
  const readable: string[] = [];
  for (const type of types) if (await mayRead(env, context, type)) readable.push(type);
  return readable;
}

/** Whether role and scope allow a type at all; what may not be read does not come along with a page. */
async function mayRead(env: Env, context: Context, type: string): Promise<boolean> {
  try {
    await env.ports.decide(context, { action: 'read', types: [type], patients: [], probe: true });
    return true;
  } catch (error) {
    if (error instanceof OutcomeError && error.code === 'forbidden') return false;
    throw error;
  }
}

/** The Patients a search names, undefined when it names none, by the ids that were asked; and how far the caller sees, decided about them alone. */
type Decided = { named: readonly PatientLink[] | undefined; asked: readonly string[]; reach: Reach };

/** How far a caller sees in a search, of all or of these Patients. */
const decideFor = (env: Env, context: Context, request: SearchRequest, patients?: readonly string[]) =>
  env.ports.decide(context, {
    action: 'read',
    by: 'search',
    types: touchedTypes(request),
    named: () => namedIn(request).map(({ type, id }) => `${type}/${id}`),
    ...(patients ? { patients } : {}),
  });

const namedIn = ({ type, types = [], filters }: SearchRequest) =>
  resourcesNamed(filters, type === undefined ? types : [type]);

/**
 * An id that the server gave is that of the Patient's row: it is decided about while it is looked up. That is as it must
 * be when the id is nobody's; when it is another's, as a client may have chosen it, the decision is taken again.
 */
async function decided(env: Env, context: Context, request: SearchRequest, people: People): Promise<Decided> {
  const decide = (patients?: readonly string[]) => decideFor(env, context, request, patients);
  const asked = [...new Set(request.filters.flatMap((filter) => namedBy(filter, request.type)))];
  if (asked.length === 0) return { named: undefined, asked, reach: await decide() };
  const areRows = asked.every(isUuid);
  const [links, early] = await Promise.all([people.named(asked), areRows ? decide(asked) : undefined]);
  // an id that a client chose may be a Group's
  if (links.size === 0 && !areRows) return { named: undefined, asked: [], reach: await decide() };
  const named = [...links.values()];
  const patients = named.map(({ patient }) => patient);
  if (early && patients.every((patient) => asked.includes(patient))) return { named, asked, reach: early };
  return { named, asked, reach: await decide(patients.length > 0 ? patients : [NOBODY]) };
}

/** The persons of Patients that were named and are not open: to the caller they are absent, in their own log they stand. */
function beyondReach(named: readonly PatientLink[], reach: Reach): string[] {
  if (reach.everything) return [];
  const isWithin = ({ patient, facility }: PatientLink) =>
    reach.patients.includes(patient) || reach.facility === facilityCode(facility);
  const within = new Set(named.filter(isWithin).map(({ person }) => person));
  return named.flatMap(({ person }) => (within.has(person) ? [] : [person]));
}

function namedBy(filter: SearchFilter, type: string | undefined): string[] {
  if (filter.kind === 'any')
    return [
      ...new Set(filter.filters.flatMap((one) => one.values.flatMap((value) => patientId(value) ?? []))),
    ];
  if (filter.kind !== 'value' || filter.modifier) return [];
  const { code } = filter.param;
  if (code === '_id' && type === 'Patient') return idsAsked([filter]);
  return code === 'patient' || code === 'subject'
    ? filter.values.flatMap((value) => patientId(value) ?? [])
    : [];
}
