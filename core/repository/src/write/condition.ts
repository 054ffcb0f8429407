import {
  extract,
  filterTerms,
  looksElsewhere,
  matches,
  OutcomeError,
  outcomeError,
  parseSearch,
  terms,
} from '@yba/fhir';
import type { SearchFilter, SearchRequest, ValueFilter } from '@yba/fhir';
import type { Reach } from '../ports.ts';
import { gather } from '../rows/gather.ts';
import { inRoom, LargeRead } from '../rows/large-reads.ts';
import { isRegistry } from '../rows/resource-type.ts';
import { publicId } from '../rows/row.ts';
import { asReader, facilityOf } from '../rows/session.ts';
import type { Db, Pools } from '../rows/session.ts';
import { termHash } from '../rows/term-hash.ts';
import type { Hit } from '../search/hit.ts';
import { findMatches } from '../search/hits.ts';
import { isRare } from '../search/indexed-terms.ts';
import type { SearchWords } from './bundle-read.ts';
import { isUniqueSystem } from './identifiers.ts';
import type { BusinessIdentifier } from './identifiers.ts';
import type { Lookups } from './lookups.ts';

/** A condition as written: the type and its search parameters. */
export type Condition = { type: string; query: URLSearchParams };

/**
 * The conditions of one request, answered among the facility's own rows and the shared registries. Those by a unique
 * identifier are looked up with all others of the commit; the unique index settles races between two writers. Any
 * other condition is a search, and writers with the same condition take turns by a lock on its hash.
 * Source: https://hl7.org/fhir/R4/http.html#ccreate
 */
export class Conditions {
  readonly #lookups: Lookups;
  readonly #own: Reach;
  readonly #facility: number;
  readonly #words: SearchWords;
  readonly #seeing: Seeing | undefined;
  /** Bytes of the large resources that its searches came upon. */
  #largeBytes = 0;
  readonly #known = new Map<string, Promise<string[]>>();
  readonly #sharing = gather((asked: readonly NarrowSearch[]) => this.#findTogether(asked));

  /** `words`: what a condition may name beside R4, as a search of the same facility may. */
  constructor(lookups: Lookups, reach: Reach, words: SearchWords, seeing?: Seeing) {
    this.#lookups = lookups;
    this.#seeing = seeing;
    this.#own = { ...reach, patients: [] };
    this.#facility = facilityOf(reach);
    this.#words = words;
  }

  /** The ids (two at most, unless told) of what a condition matches. `lock` for a condition that decides whether to write. */
  matches({ type, query }: Condition, lock: boolean, most = 2): Promise<string[]> {
    const text = `${lock ? 'lock ' : ''}${most} ${type}?${query.toString()}`;
    let ids = this.#known.get(text);
    if (!ids) this.#known.set(text, (ids = this.#find({ type, query }, lock, most)));
    return ids;
  }

  /** A condition as the search it is. */
  parsed(condition: Condition): SearchRequest {
    return parsedCondition(condition, this.#words);
  }

  /** What a writer with this condition must not share a commit with: the same condition of the same facility. */
  key({ type, query }: Condition): string {
    return `${this.#facility}|${type}?${query.toString()}`;
  }

  /** The unique identifier a condition names, when that is all it says. */
  uniqueIdentifier(condition: Condition): BusinessIdentifier | undefined {
    return uniqueIdentifierOf(condition, this.#words);
  }

  async #find({ type, query }: Condition, lock: boolean, most: number): Promise<string[]> {
    const identifier = this.uniqueIdentifier({ type, query });
    if (identifier) {
      const held = await this.#lookups.holders({
        ...identifier,
        type,
        facility: this.#facility,
        anywhere: isRegistry(type),
      });
      return held.slice(0, most).map(({ id }) => id);
    }
    const search = this.parsed({ type, query });
    if (lock) await this.#lookups.lock(termHash(this.key({ type, query })));
    const named = narrowSearch(search);
    const ids = named && (await this.#sharing(named));
    return ids?.slice(0, most) ?? (await this.#search(search, most)).map(({ row }) => publicId(row));
  }

  /**
   * Searches by values that few have share one for all of their type and parameter: what any of the values finds is held
   * against each. Undefined for those that have to be made alone: what they share would look at too much, or what it found
   * for them is not the whole question.
   */
  async #findTogether(asked: readonly NarrowSearch[]): Promise<(string[] | undefined)[]> {
    const found = asked.map((): string[] | undefined => undefined);
    const kinds = Map.groupBy(asked.keys(), (at) => `${asked[at]!.search.type}?${asked[at]!.by.param.code}`);
    for (const places of kinds.values())
      for (let from = 0; from < places.length; from += TOGETHER)
        await this.#findSome(asked, places.slice(from, from + TOGETHER), found);
    return found;
  }

  async #findSome(
    asked: readonly NarrowSearch[],
    places: readonly number[],
    found: (string[] | undefined)[],
  ): Promise<void> {
    if (places.length === 1) return;
    const [first] = places;
    const { search, by } = asked[first!]!;
    const values = places.flatMap((at) => asked[at]!.by.values);
    const shared = { ...search, filters: [{ ...by, values }] };
    const hits = await this.#found(shared, MOST_TOGETHER, false).catch((error: unknown) => {
      if (error instanceof LargeRead) return undefined;
      if (error instanceof OutcomeError && error.code === 'too-costly') return undefined;
      throw error;
    });
    if (!hits || hits.length === MOST_TOGETHER) return;
    const byTerm = new Map<string, number[]>();
    for (const at of places) {
      found[at] = [];
      for (const term of asked[at]!.terms) byTerm.set(term, [...(byTerm.get(term) ?? []), at]);
    }
    for (const { row, resource } of hits) {
      const extracted = extract(resource);
      for (const at of new Set(terms(extracted).flatMap((term) => byTerm.get(term) ?? [])))
        if (asked[at]!.told.every((each) => matches(each, resource, extracted)))
          found[at]!.push(publicId(row));
    }
    for (const at of places) {
      const { search: whole, told } = asked[at]!;
      if (told.length < whole.filters.length && found[at]!.length > 0) found[at] = undefined;
    }
  }

  /** A search of its own; one that comes upon large resources waits for room, and those of one Bundle look at so many bytes. */
  async #search(request: SearchRequest, most: number): Promise<Hit[]> {
    try {
      return await this.#found(request, most, false);
    } catch (error) {
      if (!(error instanceof LargeRead)) throw error;
      this.#largeBytes += error.bytes;
    }
    if (this.#largeBytes > LARGE_MOST) throw tooLarge(request);
    return inRoom(() => this.#found(request, most, true));
  }

  /** Who sees less than all of the facility's rows finds no more of them by a condition than by a search. */
  #found(request: SearchRequest, most: number, room: boolean): Promise<Hit[]> {
    if (!this.#seeing) return findMatches(this.#lookups.db, this.#own, request, most, room);
    const { sees, pools } = this.#seeing;
    const own = { ...sees, patients: [] };
    const find = (db: Db) => findMatches(db, own, request, most, room);
    return asReader({ pools, room }, own, find);
  }
}

/**
 * A search with a filter `by` that few rows meet; of each of its values a term that such a row has. `told`: its filters that
 * are told by the resource itself.
 */
type NarrowSearch = {
  search: SearchRequest;
  by: ValueFilter;
  terms: readonly string[];
  told: readonly SearchFilter[];
};

/** How many bytes of large resources the conditions of one Bundle may look at: some seconds of work. */
const LARGE_MOST = 64 * 1024 * 1024;

const tooLarge = ({ type }: SearchRequest) =>
  outcomeError(
    'too-costly',
    `The conditions of one Bundle may look at ${LARGE_MOST / 1024 / 1024} MiB of large resources, by what an identifier does not tell; send it in parts`,
    type,
  );

/** Conditions that share a search, and resources that it may find for them. */
const TOGETHER = 200;
const MOST_TOGETHER = 2000;

/** A search as one that may share. */
function narrowSearch(search: SearchRequest): NarrowSearch | undefined {
  const told = search.filters.filter(isTold);
  const by = told.find(
    (filter): filter is ValueFilter =>
      filter.kind === 'value' && !filter.modifier && !filter.param.custom && isRare(filter.param.code),
  );
  const groups = by && filterTerms(by);
  return groups && { search, by, told, terms: groups.map(([term]) => term!) };
}

/** What names a Patient means the person, of whom there may be several Patients. */
const isTold = (filter: SearchFilter): boolean =>
  !looksElsewhere(filter) &&
  (!('param' in filter) || filter.param.type !== 'reference' || !filter.param.targets.includes('Patient'));

/** How far the caller of conditions sees, when that is less than the facility's rows. */
export type Seeing = { sees: Reach; pools: Pools };

/** The identifier, when a condition asks for that alone, as `system|value` without anything escaped. */
export function plainIdentifierOf(query: URLSearchParams): BusinessIdentifier | undefined {
  const [, system, value] =
    (query.size === 1 && /^([^|,\\$]+)\|([^|,\\$]+)$/.exec(query.get('identifier') ?? '')) || [];
  return system && value ? { system, value } : undefined;
}

/** The unique identifier a condition names, when that is all it says. */
export function uniqueIdentifierOf(
  { type, query }: Condition,
  words: SearchWords,
): BusinessIdentifier | undefined {
  const plain = plainIdentifierOf(query);
  if (plain) return isUniqueSystem(plain.system) ? plain : undefined;
  const [filter, more] = parsedCondition({ type, query }, words).filters;
  return more ? undefined : identifierIn(filter);
}

/** A condition as a search. What says only how results are shown (`_count`, `_sort`) is met by everything, and never meant. */
export function parsedCondition({ type, query }: Condition, words: SearchWords): SearchRequest {
  const request = parseSearch(type, query, { ...words, handling: 'strict' });
  if (request.filters.length > 0) return request;
  throw outcomeError(
    'invalid',
    'A condition needs at least one search parameter, e.g. identifier=system|value',
    type,
  );
}

function identifierIn(filter: SearchFilter | undefined): BusinessIdentifier | undefined {
  if (filter?.kind !== 'value' || filter.param.code !== 'identifier' || filter.modifier) return undefined;
  const [value, more] = filter.values;
  if (more || value?.kind !== 'token' || !value.system || !value.code) return undefined;
  return isUniqueSystem(value.system) ? { system: value.system, value: value.code } : undefined;
}
