import { outcomeError, parseSearch } from '@yba/fhir';
import type { SearchFilter } from '@yba/fhir';
import type { Reach } from '../ports.ts';
import { facilityNumber, PLATFORM } from '../rows/facility-number.ts';
import { publicId } from '../rows/row.ts';
import { isRegistry, typeName, typeNumber } from '../rows/resource-type.ts';
import { termHash } from '../rows/term-hash.ts';
import type { Db } from '../rows/session.ts';
import { findMatches } from '../search/find-matches.ts';
import { isUniqueSystem } from './identifiers.ts';

/** A condition as written: the type and its search parameters. */
export type Condition = { type: string; query: URLSearchParams };

type Key = { type: string; system: string; value: string };

/**
 * The conditions of one request, answered among the facility's own rows and the shared registries. Those by a unique
 * identifier are looked up together, ahead; the unique index settles races between two writers. Any other condition
 * is a search, and writers with the same condition take turns by a lock on its hash.
 * Source: https://hl7.org/fhir/R4/http.html#ccreate
 */
export class Conditions {
  readonly #db: Db;
  readonly #own: Reach;
  readonly #facility: number;
  readonly #known = new Map<string, string[]>();

  constructor(db: Db, reach: Reach) {
    this.#db = db;
    this.#own = { ...reach, patients: [] };
    this.#facility = reach.facility ? facilityNumber(reach.facility) : PLATFORM;
  }

  /** Looks up all conditions that name a unique identifier, in one query. */
  async prefetch(conditions: readonly Condition[]): Promise<void> {
    const keys = new Map(
      conditions.flatMap((condition) => keyOf(condition) ?? []).map((key) => [textOf(key), key]),
    );
    if (keys.size === 0) return;
    for (const key of keys.keys()) this.#known.set(key, []);
    const list = [...keys.values()];
    const rows = await this.#db<{ type: number; system: string; value: string; id: string }[]>`
      select held.type, held.system, held.value, coalesce(held.client_id, held.row_id::text) as id
      from unnest(${list.map(({ type }) => typeNumber(type))}::smallint[], ${list.map(({ system }) => system)}::text[],
        ${list.map(({ value }) => value)}::text[], ${list.map(({ type }) => Number(isRegistry(type)))}::int[])
        as asked (type, system, value, registry)
      join identifier held on held.value = asked.value and held.system = asked.system and held.type = asked.type
      where held.facility = ${this.#facility} or asked.registry = 1`;
    for (const { type, system, value, id } of rows) {
      this.#known.get(textOf({ type: typeName(type), system, value }))!.push(id);
    }
  }

  /** The ids (at most two) of what a condition matches. `lock` for a condition that decides whether to write. */
  async matches({ type, query }: Condition, lock: boolean): Promise<string[]> {
    if ([...query.keys()].length === 0) {
      throw outcomeError(
        'invalid',
        'A condition needs at least one search parameter, e.g. identifier=system|value',
        type,
      );
    }
    const key = keyOf({ type, query });
    if (key) {
      if (!this.#known.has(textOf(key))) await this.prefetch([{ type, query }]);
      return this.#known.get(textOf(key))!.slice(0, 2);
    }
    const text = `${type}?${query.toString()}`;
    const searched = lock ? undefined : this.#known.get(text);
    if (searched) return searched;
    if (lock) await this.#db`select pg_advisory_xact_lock(${termHash(`${this.#facility}|${text}`)})`;
    const request = parseSearch(type, query, { handling: 'strict' });
    const found = (await findMatches(this.#db, this.#own, request, 2)).map(publicId);
    this.#known.set(text, found);
    return found;
  }
}

function textOf({ type, system, value }: Key): string {
  return `${type}|${system}|${value}`;
}

/** The unique identifier a condition names, when that is all it says. */
function keyOf({ type, query }: Condition): Key | undefined {
  const [filter, more] = parseSearch(type, query, { handling: 'strict' }).filters;
  return more ? undefined : identifierKey(type, filter);
}

function identifierKey(type: string, filter: SearchFilter | undefined): Key | undefined {
  if (filter?.kind !== 'value' || filter.param.code !== 'identifier' || filter.modifier) return undefined;
  const [value, more] = filter.values;
  if (more || value?.kind !== 'token' || !value.system || !value.code) return undefined;
  return isUniqueSystem(value.system) ? { type, system: value.system, value: value.code } : undefined;
}
