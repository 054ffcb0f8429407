import { outcomeError, parseSearch } from '@yba/fhir';
import type { SearchFilter, SearchRequest } from '@yba/fhir';
import type { Reach } from '../ports.ts';
import { isRegistry } from '../rows/resource-type.ts';
import { publicId } from '../rows/row.ts';
import { facilityOf } from '../rows/session.ts';
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
  readonly #known = new Map<string, Promise<string[]>>();

  /** `words`: what a condition may name beside R4, as a search of the same facility may. */
  constructor(lookups: Lookups, reach: Reach, words: SearchWords) {
    this.#lookups = lookups;
    this.#own = { ...reach, patients: [] };
    this.#facility = facilityOf(reach);
    this.#words = words;
  }

  /** The ids (at most two) of what a condition matches. `lock` for a condition that decides whether to write. */
  matches({ type, query }: Condition, lock: boolean): Promise<string[]> {
    const text = `${lock ? 'lock ' : ''}${type}?${query.toString()}`;
    let ids = this.#known.get(text);
    if (!ids) this.#known.set(text, (ids = this.#find({ type, query }, lock)));
    return ids;
  }

  /** What a writer with this condition must not share a commit with: the same condition of the same facility. */
  key({ type, query }: Condition): string {
    return `${this.#facility}|${type}?${query.toString()}`;
  }

  /** The unique identifier a condition names, when that is all it says. */
  uniqueIdentifier({ type, query }: Condition): BusinessIdentifier | undefined {
    const plain = query.size === 1 && /^([^|,\\$]+)\|([^|,\\$]+)$/.exec(query.get('identifier') ?? '');
    if (plain) {
      const [, system, value] = plain as unknown as [string, string, string];
      return isUniqueSystem(system) ? { system, value } : undefined;
    }
    const [filter, more] = this.#parsed({ type, query }).filters;
    return more ? undefined : identifierIn(filter);
  }

  /** What says only how results are shown (`_count`, `_sort`) is met by everything, and never meant. */
  #parsed({ type, query }: Condition): SearchRequest {
    const request = parseSearch(type, query, { ...this.#words, handling: 'strict' });
    if (request.filters.length > 0) return request;
    throw outcomeError(
      'invalid',
      'A condition needs at least one search parameter, e.g. identifier=system|value',
      type,
    );
  }

  async #find({ type, query }: Condition, lock: boolean): Promise<string[]> {
    const identifier = this.uniqueIdentifier({ type, query });
    if (identifier) {
      const held = await this.#lookups.holders({
        ...identifier,
        type,
        facility: this.#facility,
        anywhere: isRegistry(type),
      });
      return held.slice(0, 2).map(({ id }) => id);
    }
    const { db } = this.#lookups;
    if (lock) await db`select pg_advisory_xact_lock(${termHash(this.key({ type, query }))})`;
    const request = this.#parsed({ type, query });
    return (await findMatches(db, this.#own, request, 2)).map(publicId);
  }
}

function identifierIn(filter: SearchFilter | undefined): BusinessIdentifier | undefined {
  if (filter?.kind !== 'value' || filter.param.code !== 'identifier' || filter.modifier) return undefined;
  const [value, more] = filter.values;
  if (more || value?.kind !== 'token' || !value.system || !value.code) return undefined;
  return isUniqueSystem(value.system) ? { system: value.system, value: value.code } : undefined;
}
