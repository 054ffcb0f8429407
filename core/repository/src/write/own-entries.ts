import { randomUUID } from 'node:crypto';
import { extract, looksElsewhere, matches, outcomeError } from '@yba/fhir';
import type { Extracted, Resource, SearchFilter } from '@yba/fhir';
import { publicId } from '../rows/row.ts';
import type { Change } from './change.ts';
import type { Condition, Conditions } from './condition.ts';

type Entry = { change: Change; resource: Resource; values: readonly Extracted[] };

/** What a transaction does to the resources of one type. */
type OfType = {
  entries: readonly Entry[];
  byIdentifier: ReadonlyMap<string, readonly Entry[]>;
  /** Ids of those that were there before and are updated or deleted. */
  changed: ReadonlySet<string>;
};

/** How often an entry is compared with a condition that is more than an identifier, in one transaction. */
const COMPARISONS = 200_000;

/**
 * What a transaction writes itself, as its conditional references see it: these are resolved last, so they meet what
 * the transaction creates and updates, and no longer what it deletes. Chains and `_has` are told by what is stored.
 * Source: https://hl7.org/fhir/R4/http.html#trules
 */
export class OwnEntries {
  readonly #changes: readonly Change[];
  readonly #conditions: Conditions;
  readonly #types = new Map<string, OfType>();
  readonly #met = new Map<string, readonly Entry[]>();
  #compared = 0;

  constructor(changes: readonly Change[], conditions: Conditions) {
    this.#changes = changes;
    this.#conditions = conditions;
  }

  /**
   * References, at most two, to what meets a condition once all is written: literal ones, or fullUrls of entries.
   * Throws `too-costly` for many entries beside many conditions.
   */
  async matches(condition: Condition): Promise<string[]> {
    const { type } = condition;
    const { entries, changed } = this.#ofType(type);
    const first = await this.#conditions.matches(condition, false);
    const stored = first.some((id) => changed.has(id))
      ? await this.#conditions.matches(condition, false, 2 + changed.size) // those that stay are behind those that change
      : first;
    const own = entries.length === 0 ? [] : this.#meeting(condition).slice(0, 2);
    return [
      ...own.map(({ change }) => (change.fullUrl ??= `urn:uuid:${randomUUID()}`)),
      ...stored.filter((id) => !changed.has(id)).map((id) => `${type}/${id}`),
    ].slice(0, 2);
  }

  #meeting(condition: Condition): readonly Entry[] {
    const text = `${condition.type}?${condition.query.toString()}`;
    let met = this.#met.get(text);
    if (!met) this.#met.set(text, (met = this.#find(condition)));
    return met;
  }

  #find(condition: Condition): readonly Entry[] {
    const { filters } = this.#conditions.parsed(condition);
    const { entries, byIdentifier } = this.#ofType(condition.type);
    const identifier = identifierOf(filters);
    if (identifier !== undefined) return byIdentifier.get(identifier) ?? [];
    if (filters.some(looksElsewhere)) return [];
    if ((this.#compared += entries.length) > COMPARISONS)
      throw outcomeError(
        'too-costly',
        `So many references of the kind ${condition.type}?… cannot be compared with so many entries of that type; name an identifier with its system, or the entry by its fullUrl`,
        'Bundle.entry',
      );
    return entries.filter(({ resource, values }) =>
      filters.every((filter) => matches(filter, resource, values)),
    );
  }

  #ofType(type: string): OfType {
    let found = this.#types.get(type);
    if (!found) this.#types.set(type, (found = ofType(this.#changes, type)));
    return found;
  }
}

function ofType(changes: readonly Change[], type: string): OfType {
  const entries: Entry[] = [];
  const changed = new Set<string>();
  for (const change of changes) {
    if (change.type !== type) continue;
    const { action, previous } = change;
    if (previous && action !== 'unchanged') changed.add(publicId(previous));
    if (action === 'create' || action === 'update') entries.push(entryOf(change));
  }
  const byIdentifier = new Map<string, Entry[]>();
  for (const entry of entries) {
    for (const name of new Set(identifiersOf(entry)))
      byIdentifier.set(name, [...(byIdentifier.get(name) ?? []), entry]);
  }
  return { entries, byIdentifier, changed };
}

/** A created or updated resource under the id it will have, as far as that is known. */
function entryOf(change: Change): Entry {
  const { id: _, ...rest } = change.resource!;
  const id = change.clientId ?? (change.previous && publicId(change.previous));
  const resource: Resource = id === undefined ? rest : { ...rest, id };
  return { change, resource, values: extract(resource) };
}

const identifiersOf = ({ values }: Entry): string[] =>
  (values.find(({ param }) => param.code === 'identifier')?.values ?? []).flatMap((value) =>
    value.kind === 'token' && value.system && value.code ? [`${value.system}|${value.code}`] : [],
  );

/** `system|value` when that is all that is asked. */
function identifierOf([filter, more]: readonly SearchFilter[]): string | undefined {
  if (more || filter?.kind !== 'value' || filter.modifier || filter.param.code !== 'identifier')
    return undefined;
  const [value, other] = filter.values;
  if (other || value?.kind !== 'token' || !value.system || !value.code) return undefined;
  return `${value.system}|${value.code}`;
}
