import { OutcomeError, parseSearch, summarise } from '@yba/fhir';
import type { Context, Page, PageEntry, SearchFilter, SearchOptions, SearchRequest } from '@yba/fhir';
import type { Reach } from '../ports.ts';
import { patientLinks } from '../rows/locate.ts';
import { publicId } from '../rows/row.ts';
import { typeName } from '../rows/resource-type.ts';
import { asReader } from '../rows/session.ts';
import type { Db, Planning } from '../rows/session.ts';
import type { Env } from '../write/transact.ts';
import { countMatches, hitsOf, positionOf, prepare } from './find-matches.ts';
import type { Hit } from './find-matches.ts';
import { included } from './include.ts';
import { readToken, writeToken } from './page-token.ts';
import { isClinicalOrder, sorted } from './sorted.ts';
import { auditRead, personsOf } from '../audit-read.ts';

/** The search interaction on one type. Source: https://hl7.org/fhir/R4/http.html#search, https://hl7.org/fhir/R4/search.html */
export async function search(
  env: Env,
  context: Context,
  type: string,
  params: URLSearchParams,
  options: SearchOptions,
): Promise<Page> {
  const request = parseSearch(type, params, { handling: options.handling, baseUrl: env.baseUrl });
  const types = touchedTypes(request);
  const named = await namedPatients(env, request);
  const reach = await env.ports.decide(context, {
    action: 'read',
    types,
    ...(named ? { patients: named } : {}),
  });
  const { page, shown } = await asReader(
    env.pools,
    reach,
    async (db) => {
      const answer = await searchPage(db, env, context, reach, request);
      return {
        page: answer.page,
        shown: await personsOf(
          db,
          answer.hits.map(({ row }) => row),
        ),
      };
    },
    planningOf(request, named),
  );
  await auditRead(env, context, {
    action: 'search',
    target: type,
    persons: shown,
    count: page.entries.length,
  });
  return page;
}

/** A chart is walked in the order of its index whatever the values: planned once. All else needs its values known. */
function planningOf({ filters }: SearchRequest, named: readonly string[] | undefined): Planning {
  return named && filters.every(({ kind }) => kind === 'value') ? 'once' : 'each';
}

/** One page of a search on a connection set to the caller's reach. */
export async function searchPage(
  db: Db,
  env: Env,
  context: Context,
  reach: Reach,
  request: SearchRequest,
): Promise<{ page: Page; hits: Hit[] }> {
  const search = request.selfParams.toString();
  const token = request.page ? readToken(request.page, `${request.type}?${search}`) : undefined;
  const prepared = await prepare(db, reach, request);
  const count = request.summary === 'count' ? 0 : request.count;
  const { matches, next, whole } = isClinicalOrder(request)
    ? await inOrder(hitsOf(db, reach, prepared, token && 'id' in token ? token : undefined), count)
    : bySkip(
        await sorted(hitsOf(db, reach, prepared), request),
        token && 'skip' in token ? token.skip : 0,
        count,
      );
  const come = await included(db, reach, matches, request, (wanted) => mayRead(env, context, wanted));
  const total = await totalOf(db, reach, request, whole && !token ? matches.length : undefined);
  const self = withQuery(request.type!, search);
  const entries = [
    ...matches.map((hit) => entry(env, hit, 'match', request)),
    ...come.map((hit) => entry(env, hit, 'include', request)),
    ...ignoredNotice(request),
  ];
  const page: Page = {
    kind: 'searchset',
    entries,
    self,
    ...(total === undefined ? {} : { total }),
    ...(next && count > 0
      ? { next: `${self}${search ? '&' : '?'}_page=${writeToken(next, `${request.type}?${search}`)}` }
      : {}),
  };
  return { page, hits: [...matches, ...come] };
}

type Taken = { matches: Hit[]; next?: { occurred: number; id: string } | { skip: number }; whole: boolean };

async function inOrder(hits: AsyncIterable<Hit>, count: number): Promise<Taken> {
  const matches: Hit[] = [];
  if (count === 0) return { matches, whole: false };
  for await (const hit of hits) {
    if (matches.length === count) return { matches, next: positionOf(matches.at(-1)!.row), whole: false };
    matches.push(hit);
  }
  return { matches, whole: true };
}

function bySkip(hits: Hit[], skip: number, count: number): Taken {
  const matches = hits.slice(skip, skip + count);
  return skip + count < hits.length
    ? { matches, next: { skip: skip + count }, whole: false }
    : { matches, whole: skip === 0 && count > 0 };
}

/** `total` is told when asked for (`_count=0` asks for nothing else), or when the page is the whole answer. */
async function totalOf(
  db: Db,
  reach: Reach,
  request: SearchRequest,
  known: number | undefined,
): Promise<number | undefined> {
  if (known !== undefined) return known;
  if (request.total !== 'accurate' && request.summary !== 'count' && request.count > 0) return undefined;
  return countMatches(db, reach, await prepare(db, reach, request));
}

function entry(
  env: Env,
  { row, text, resource }: Hit,
  mode: 'match' | 'include',
  request: SearchRequest,
): PageEntry {
  const shown =
    request.elements || (request.summary && request.summary !== 'false')
      ? summarise(resource, request)
      : text;
  return { fullUrl: `${env.baseUrl}/${typeName(row.type)}/${publicId(row)}`, text: shown, mode };
}

/** Lenient handling says which parameters were not applied, besides leaving them out of the self link. */
function ignoredNotice({ ignored }: SearchRequest): PageEntry[] {
  if (ignored.length === 0) return [];
  const text = JSON.stringify({
    resourceType: 'OperationOutcome',
    issue: ignored.map((parameter) => ({
      severity: 'warning',
      code: 'not-supported',
      diagnostics: `The parameter “${parameter}” is not known for this type and was not applied`,
      expression: [parameter],
    })),
  });
  return [{ fullUrl: '', text, mode: 'outcome' }];
}

function withQuery(type: string, query: string): string {
  return query ? `${type}?${query}` : type;
}

/** All types a search looks into: its own, and those inside chains, `_has` and `_revinclude`. */
function touchedTypes({ type, filters, revinclude }: SearchRequest): string[] {
  const inside = (filter: SearchFilter): string[] => {
    if (filter.kind === 'has') return [filter.type, ...inside(filter.filter)];
    if (filter.kind === 'chain')
      return filter.targets.flatMap((target) => [target.type, ...inside(target.filter)]);
    return [];
  };
  return [...new Set([type!, ...revinclude.map((directive) => directive.type), ...filters.flatMap(inside)])];
}

/** Whether role and scope allow a type at all; what may not be read does not come along with a page. */
async function mayRead(env: Env, context: Context, type: string): Promise<boolean> {
  try {
    await env.ports.decide(context, { action: 'read', types: [type], patients: [] });
    return true;
  } catch (error) {
    if (error instanceof OutcomeError && error.code === 'forbidden') return false;
    throw error;
  }
}

/** The Patients a search names, so that only they are decided about; undefined when it names none. */
async function namedPatients(env: Env, request: SearchRequest): Promise<string[] | undefined> {
  const ids = request.filters.flatMap((filter) => {
    if (
      filter.kind !== 'value' ||
      filter.modifier ||
      !['patient', 'subject', '_id'].includes(filter.param.code)
    )
      return [];
    if (filter.param.code === '_id' && request.type !== 'Patient') return [];
    return filter.values.flatMap((value) =>
      value.kind === 'reference' && value.id && (value.type ?? 'Patient') === 'Patient'
        ? [value.id]
        : value.kind === 'token' && value.code
          ? [value.code]
          : [],
    );
  });
  if (ids.length === 0) return undefined;
  const links = await patientLinks(env.pools.owner as unknown as Db, ids);
  if (links.size === 0) return undefined;
  return [...links.values()].map(({ patient }) => patient);
}
