import { extract, extractParameter, namedResource, searchParameter, searchParameters } from '@yba/fhir';
import type {
  IncludeDirective,
  IndexValue,
  MoreParameters,
  Resource,
  SearchFilter,
  SearchParameter,
  SearchRequest,
} from '@yba/fhir';
import { PAGE_BYTES } from '../rows/page-bytes.ts';
import { publicId } from '../rows/row.ts';
import { typeName } from '../rows/resource-type.ts';
import { findByUrl, referencesTo, searchFor } from './elsewhere.ts';
import type { Hit } from './hit.ts';
import { hitsOf, lotsOf } from './hits.ts';
import { prepare } from './prepare.ts';
import type { Scope } from './prepare.ts';
import { byReferences } from './references.ts';

/** Resources that may come along with one page. */
const LIMIT = 5000;

/** How often `:iterate` goes on from what came along: no hierarchy of people is as deep, and each round is a search. */
const ROUNDS = 50;

/** What came along, and whether all did. */
export type Included = { hits: Hit[]; whole: boolean };

/**
 * What comes along with a page: resources its matches refer to (`_include`) and that refer to them (`_revinclude`),
 * each once; with `:iterate` also those of what came along, until nothing new does. A reference to a version brings that
 * version. What the caller may not see does not come. Source: https://hl7.org/fhir/R4/search.html#include
 */
export async function included(
  scope: Scope,
  matches: readonly Hit[],
  { include, revinclude }: Pick<SearchRequest, 'include' | 'revinclude'>,
  mayRead: (type: string) => Promise<boolean>,
  more: MoreParameters,
): Promise<Included> {
  const seen = new Set(matches.map(versionOf));
  const hits: Hit[] = [];
  let round: readonly Hit[] = matches;
  let bytes = 0;
  for (let times = 0; round.length > 0; times++) {
    if (times === ROUNDS) return { hits, whole: false };
    const applies = ({ iterate }: IncludeDirective) => times === 0 || iterate;
    const found = [
      ...(await referredTo(scope, round, include.filter(applies), mayRead, more)),
      ...(await referring(scope, round, revinclude.filter(applies), more)),
    ];
    const next: Hit[] = [];
    for (const hit of found) {
      if (seen.has(versionOf(hit))) continue;
      bytes += hit.row.len;
      if (hits.length === LIMIT || bytes > PAGE_BYTES) return { hits, whole: false };
      seen.add(versionOf(hit));
      next.push(hit);
      hits.push(hit);
    }
    round = next;
  }
  return { hits, whole: true };
}

const versionOf = ({ row }: Hit) => `${row.id}/${row.version}`;

type Target = { reference: string } | { url: string; types: readonly string[] };

async function referredTo(
  scope: Scope,
  hits: readonly Hit[],
  directives: readonly IncludeDirective[],
  mayRead: (type: string) => Promise<boolean>,
  more: MoreParameters,
): Promise<Hit[]> {
  if (directives.length === 0) return [];
  const targets = hits.flatMap(({ resource }) =>
    directives.flatMap((directive) => targetsOf(resource, directive, more)),
  );
  const found: Hit[] = [];
  let bytes = 0;
  for await (const lot of behind(scope, targets, mayRead)) {
    found.push(...lot);
    bytes += lot.reduce((sum, { row }) => sum + row.len, 0);
    if (found.length > LIMIT || bytes > PAGE_BYTES) break;
  }
  return found;
}

async function* behind(
  scope: Scope,
  targets: readonly Target[],
  mayRead: (type: string) => Promise<boolean>,
): AsyncGenerator<readonly Hit[]> {
  const references = targets.flatMap((target) => ('reference' in target ? [target.reference] : []));
  yield* byReferences(scope.db, await readable(references, (one) => one.split('/')[0]!, mayRead));
  const byTypes = Map.groupBy(
    targets.filter((target) => 'url' in target),
    ({ types }) => types.join(),
  );
  for (const group of byTypes.values()) {
    const types = await readable(group[0]!.types, (type) => type, mayRead);
    yield* lotsOf(findByUrl(scope, types, [...new Set(group.map(({ url }) => url))]));
  }
}

async function readable(
  items: readonly string[],
  typeOf: (item: string) => string,
  mayRead: (type: string) => Promise<boolean>,
): Promise<string[]> {
  const allowed = new Set<string>();
  for (const type of new Set(items.map(typeOf))) if (await mayRead(type)) allowed.add(type);
  return items.filter((item) => allowed.has(typeOf(item)));
}

/** What a resource refers to under the directive's parameter: `Type/id`, or a definition by its canonical URL. */
function targetsOf(resource: Resource, directive: IncludeDirective, more: MoreParameters): Target[] {
  if (directive.type !== resource.resourceType) return [];
  const found: { param: SearchParameter; values: readonly IndexValue[] }[] = directive.param
    ? [{ param: directive.param, values: extractParameter(directive.param, resource) }]
    : extract(resource, more(directive.type)).filter(({ param }) => param.type === 'reference');
  return found.flatMap(({ param, values }) =>
    values.flatMap((value) => targetOf(value, param, directive.target)),
  );
}

function targetOf(value: IndexValue, { targets }: SearchParameter, only: string | undefined): Target[] {
  const named = namedResource(value);
  if (named) {
    const { type, id, version } = named;
    const reference = version === undefined ? `${type}/${id}` : `${type}/${id}/_history/${version}`;
    return only === undefined || only === type ? [{ reference }] : [];
  }
  if (value.kind !== 'reference' || value.type !== undefined || value.url === undefined) return [];
  const types = (only === undefined ? targets : [only]).filter((type) => searchParameter(type, 'url'));
  return types.length > 0 ? [{ url: value.url, types }] : [];
}

async function referring(
  scope: Scope,
  hits: readonly Hit[],
  directives: readonly IncludeDirective[],
  more: MoreParameters,
): Promise<Hit[]> {
  const found: Hit[] = [];
  let bytes = 0;
  for (const { type, param, target } of directives) {
    const params = param ? [param] : referencesOf(type, more);
    for (const one of params) {
      const values = hits
        .filter(({ row }) => mayBeTarget(typeName(row.type), one, target))
        .flatMap(({ row, resource }) => referencesTo(typeName(row.type), publicId(row), resource));
      if (values.length === 0) continue;
      const filter: SearchFilter = { kind: 'value', param: one, values };
      const prepared = await prepare(scope, searchFor(type, [filter]));
      for await (const hit of hitsOf(scope, prepared)) {
        found.push(hit);
        bytes += hit.row.len;
        if (found.length > LIMIT || bytes > PAGE_BYTES) return found;
      }
    }
  }
  return found;
}

const referencesOf = (type: string, more: MoreParameters): SearchParameter[] =>
  [...searchParameters(type), ...more(type)].filter((param) => param.type === 'reference');

const mayBeTarget = (type: string, { targets }: SearchParameter, only: string | undefined): boolean =>
  (only === undefined || only === type) && (targets.length === 0 || targets.includes(type));
