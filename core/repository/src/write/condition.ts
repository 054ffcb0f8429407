import { outcomeError, parseSearch } from '@yba/fhir';
import type { SearchFilter, SearchRequest } from '@yba/fhir';
import type { Reach } from '../ports.ts';
import { isRegistry } from '../rows/resource-type.ts';
import { publicId } from '../rows/row.ts';
import type { Row } from '../rows/row.ts';
import { asReader, facilityOf } from '../rows/session.ts';
import type { Pools } from '../rows/session.ts';
import { termHash } from '../rows/term-hash.ts';
import { findMatches } from '../search/hits.ts';
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
  readonly #known = new Map<string, Promise<string[]>>();

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
    const { db } = this.#lookups;
    if (lock) await db`select pg_advisory_xact_lock(${termHash(this.key({ type, query }))})`;
    return (await this.#search(this.parsed({ type, query }), most)).map(publicId);
  }

  /** Who sees less than all of the facility's rows finds no more of them by a condition than by a search. */
  #search(request: SearchRequest, most: number): Promise<Row[]> {
    if (!this.#seeing) return findMatches(this.#lookups.db, this.#own, request, most);
    const { sees, pools } = this.#seeing;
    const own = { ...sees, patients: [] };
    return asReader(pools, own, (db) => findMatches(db, own, request, most));
  }
}

/** How far the caller of conditions sees, when that is less than the facility's rows. */
export type Seeing = { sees: Reach; pools: Pools };

/** The unique identifier a condition names, when that is all it says. */
export function uniqueIdentifierOf(
  { type, query }: Condition,
  words: SearchWords,
): BusinessIdentifier | undefined {
  const plain = query.size === 1 && /^([^|,\\$]+)\|([^|,\\$]+)$/.exec(query.get('identifier') ?? '');
  if (plain) {
    const [, system, value] = plain as unknown as [string, string, string];
    return isUniqueSystem(system) ? { system, value } : undefined;
  }
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
