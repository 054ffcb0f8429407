import { clinicalDate, extract, fold, isClinicalDate, matches } from '@yba/fhir';
import type { Extracted, IndexValue, Resource, SearchFilter, SearchRequest } from '@yba/fhir';
import { plainlyMeets } from './plain.ts';

const isWords = (filter: SearchFilter) => 'param' in filter && filter.param.expression === undefined;

type Known = { resource: Resource; extracted: Extracted[]; container?: Resource };

/** Answers searches over a set of resources by looking at each of them: what the store must answer too. */
export class Oracle {
  /** Where the filter of the store and the plain reading of the specification differ. */
  readonly disputes = new Set<string>();
  readonly #known = new Map<string, Known>();

  constructor(resources: readonly Resource[]) {
    for (const resource of resources)
      this.#known.set(`${resource.resourceType}/${resource.id}`, { resource, extracted: extract(resource) });
  }

  /** `Type/id` of each resource that meets all filters. */
  find({ type, filters }: SearchRequest): string[] {
    return [...this.#known]
      .filter(([, { resource }]) => resource.resourceType === type)
      .filter(([, known]) => filters.every((filter) => this.#meets(filter, known)))
      .map(([reference]) => reference);
  }

  /** True when the references stand in the order asked for, those without a value last, or by their clinical time. */
  isSorted(references: readonly string[], { type, sort }: SearchRequest): boolean {
    const keys = references.map((reference) =>
      sort.map(({ param, descending }) => {
        const { resource, extracted } = this.#known.get(reference)!;
        const key = sortKey(extracted.find((one) => one.param === param)?.values ?? [], descending);
        if (key !== undefined || sort.length > 1 || !isClinicalDate(type!, param)) return key;
        return clinicalDate(resource) ?? Date.parse(resource.meta!.lastUpdated!);
      }),
    );
    return keys.every((key, at) => at === 0 || !isBefore(key, keys[at - 1]!, sort));
  }

  #meets(filter: SearchFilter, known: Known): boolean {
    if (filter.kind === 'chain') {
      const outside = referencesOf(known, filter.param.code).map((reference) => this.#known.get(reference));
      return [...outside, ...containedIn(known, filter.param.code)].some((target) =>
        filter.targets.some(
          (one) => target?.resource.resourceType === one.type && this.#meets(one.filter, target),
        ),
      );
    }
    if (filter.kind === 'has') {
      const self = `${known.resource.resourceType}/${known.resource.id}`;
      return [...this.#known.values()].some(
        (other) =>
          other.resource.resourceType === filter.type &&
          referencesOf(other, filter.param.code).includes(self) &&
          this.#meets(filter.filter, other),
      );
    }
    const met = matches(filter, known.resource, known.extracted);
    if (!isWords(filter) && plainlyMeets(filter, known.resource) !== met)
      this.disputes.add(
        `${JSON.stringify(filter, (key, value: unknown) => (key === 'targets' || key === 'description' ? undefined : value)).slice(0, 600)} on ${known.resource.resourceType}/${known.resource.id}: ${met ? 'meets' : 'does not meet'} it by the store`,
      );
    return met;
  }
}

/** The resources that one refers to by the parameter and contains. */
function containedIn({ resource, extracted, container = resource }: Known, code: string): Known[] {
  const all = [...((container['contained'] ?? []) as Resource[]), { ...container, id: '' }];
  const found = extracted.find(({ param }) => param.code === code)?.values ?? [];
  return all
    .filter(({ id }) => found.some((value) => value.kind === 'reference' && value.fragment === id))
    .map((one) => ({ resource: one, extracted: extract(one), container }));
}

function referencesOf({ extracted }: Known, code: string): string[] {
  return (extracted.find(({ param }) => param.code === code)?.values ?? []).flatMap((value) =>
    value.kind === 'reference' && value.type && value.id && !value.url ? [`${value.type}/${value.id}`] : [],
  );
}

type Key = (string | number | undefined)[];

function isBefore(a: Key, b: Key, sort: SearchRequest['sort']): boolean {
  for (const [at, { descending }] of sort.entries()) {
    const [x, y] = [a[at], b[at]];
    if (x === y) continue;
    if (x === undefined || y === undefined) return y === undefined;
    return x < y !== descending;
  }
  return false;
}

/** The least value when ascending, the greatest when descending. Source: https://hl7.org/fhir/R4/search.html#_sort */
function sortKey(values: readonly IndexValue[], descending: boolean): string | number | undefined {
  let best: string | number | undefined;
  for (const value of values) {
    const key = scalar(value);
    if (key !== undefined && (best === undefined || key < best !== descending)) best = key;
  }
  return best;
}

function scalar(value: IndexValue): string | number | undefined {
  if (value.kind === 'date') return Number.isFinite(value.from) ? value.from : value.to;
  if (value.kind === 'quantity') return value.value ?? value.low;
  if (value.kind === 'string') return fold(value.text);
  if (value.kind === 'token') return value.code ?? value.text;
  if (value.kind === 'uri') return value.uri;
  return value.kind === 'reference' ? (value.url ?? `${value.type ?? ''}/${value.id ?? ''}`) : undefined;
}
