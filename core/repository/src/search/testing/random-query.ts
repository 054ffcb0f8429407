import { extract, resourceTypes, searchParameters } from '@yba/fhir';
import type { Extracted, IndexValue, Resource, SearchParameter } from '@yba/fhir';

/** Numbers from 0 to 1 that a seed repeats. Source: Marsaglia, Xorshift RNGs, 2003 */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

const isFullText = (code: string) => code === '_text' || code === '_content';

const PREFIXES = ['', '', 'eq', 'ne', 'gt', 'lt', 'ge', 'le', 'sa', 'eb', 'ap'];

/** Makes queries on a set of resources, most of which find something: their values are taken from the set. */
export class RandomQueries {
  readonly #random: () => number;
  readonly #byType = new Map<string, { resource: Resource; extracted: Extracted[] }[]>();

  constructor(seed: number, resources: readonly Resource[]) {
    this.#random = seeded(seed);
    for (const resource of [...resources, ...resources.flatMap(containedIn)]) {
      const known = this.#byType.get(resource.resourceType) ?? [];
      this.#byType.set(resource.resourceType, known);
      known.push({ resource, extracted: extract(resource) });
    }
  }

  /** A type and one to three parameters, sometimes with a sort order. */
  next(): { type: string; query: URLSearchParams } {
    const type = this.#pick([...this.#byType.keys()]);
    const query = new URLSearchParams();
    for (let left = this.#pick([1, 1, 1, 2, 2, 3]); left > 0; left--) {
      const made = this.#parameter(type);
      if (made) query.append(...made);
    }
    if (this.#chance(0.3)) query.append('_sort', this.#sort(type));
    return { type, query };
  }

  #chance(share: number): boolean {
    return this.#random() < share;
  }

  #pick<Item>(items: readonly Item[]): Item {
    return items[Math.floor(this.#random() * items.length)]!;
  }

  #sort(type: string): string {
    const codes = searchParameters(type)
      .filter(({ code, type: kind }) => !['composite', 'special'].includes(kind) && !isFullText(code))
      .map(({ code }) => code);
    const keys = [this.#pick(codes), ...(this.#chance(0.3) ? [this.#pick(codes)] : [])];
    return keys.map((code) => (this.#chance(0.5) ? code : `-${code}`)).join(',');
  }

  #parameter(type: string): [string, string] | undefined {
    if (this.#chance(0.12)) return this.#chain(type);
    if (this.#chance(0.12)) return this.#has(type);
    return this.#plain(type);
  }

  #plain(type: string): [string, string] | undefined {
    const all = searchParameters(type).filter(({ code }) => !isFullText(code));
    if (this.#chance(0.05)) return [`${this.#pick(all).code}:missing`, this.#pick(['true', 'false'])];
    const { extracted } = this.#pick(this.#byType.get(type)!);
    if (extracted.length === 0) return undefined;
    const { param, values } = this.#pick(extracted);
    const modifier = this.#modifier(param);
    const texts = [this.#text(param, modifier, this.#pick(values))];
    if (this.#chance(0.2)) {
      const other = this.#pick(this.#byType.get(type)!).extracted.find((one) => one.param === param);
      if (other) texts.push(this.#text(param, modifier, this.#pick(other.values)));
    }
    if (texts.some((text) => text === undefined)) return undefined;
    return [modifier ? `${param.code}:${modifier}` : param.code, texts.join(',')];
  }

  #modifier(param: SearchParameter): string | undefined {
    if (this.#chance(0.7)) return undefined;
    if (param.type === 'string') return this.#pick(['exact', 'contains']);
    if (param.type === 'token') return this.#pick(['not', 'text', 'of-type']);
    if (param.type === 'uri') return this.#pick(['above', 'below']);
    if (param.type === 'reference') return this.#pick(['identifier', ...param.targets]);
    return undefined;
  }

  #chain(type: string): [string, string] | undefined {
    const { resource, extracted } = this.#pick(this.#byType.get(type)!);
    const steps = extracted.flatMap(({ param, values }) =>
      values.flatMap((value) => {
        const target = targetOf(value, resource);
        return target && this.#byType.has(target) && param.type === 'reference' ? [{ param, target }] : [];
      }),
    );
    if (steps.length === 0) return undefined;
    const { param, target } = this.#pick(steps);
    if (!param.targets.includes(target)) return undefined;
    const inner = this.#chance(0.2) ? this.#chain(target) : this.#plain(target);
    return inner && [`${param.code}:${target}.${inner[0]}`, inner[1]];
  }

  #has(type: string): [string, string] | undefined {
    const source = this.#pick([...this.#byType.keys()].filter((one) => resourceTypes.has(one)));
    const params = searchParameters(source).filter(
      (param) => param.type === 'reference' && param.targets.includes(type),
    );
    if (params.length === 0) return undefined;
    const inner = this.#plain(source);
    return inner && [`_has:${source}:${this.#pick(params).code}:${inner[0]}`, inner[1]];
  }

  /** A value as a client would write it, so that it asks for the value found, or for what is near it. */
  #text(param: SearchParameter, modifier: string | undefined, value: IndexValue): string | undefined {
    switch (value.kind) {
      case 'token':
        return this.#token(modifier, value);
      case 'string':
        return escaped(this.#part(modifier, value.text));
      case 'reference':
        return this.#reference(modifier, value);
      case 'uri':
        return escaped(modifier === 'below' ? value.uri.slice(0, 12) : value.uri);
      case 'date':
        return this.#date(Number.isFinite(value.from) ? value.from : value.to);
      case 'quantity':
        return this.#quantity(value);
      case 'position':
        return `${value.latitude}|${value.longitude}|${this.#pick([1, 5, 100, 2000])}|km`;
      case 'composite': {
        const parts = value.parts.map((found) => this.#text(param, undefined, this.#pick(found)));
        return parts.includes(undefined) ? undefined : parts.join('$');
      }
    }
  }

  #token(modifier: string | undefined, value: Extract<IndexValue, { kind: 'token' }>): string | undefined {
    if (modifier === 'text')
      return value.text === undefined ? undefined : escaped(this.#part('', value.text));
    if (modifier === 'of-type') {
      const type = value.types?.[0];
      if (!type?.system || !type.code || value.code === undefined) return undefined;
      return [type.system, type.code, value.code].map(escaped).join('|');
    }
    if (value.code === undefined) return value.system ? `${escaped(value.system)}|` : undefined;
    const code = escaped(value.code);
    const system = escaped(value.system ?? '');
    return this.#pick([code, `${system}|${code}`, value.system ? `${system}|` : code, `|${code}`]);
  }

  #part(modifier: string | undefined, text: string): string {
    if (modifier === 'exact' || this.#chance(0.3)) return text;
    const words = text.split(/\s+/).filter((word) => word !== '');
    const word = this.#chance(0.5) ? words[0]! : this.#pick(words);
    return this.#chance(0.5) ? word : word.slice(0, 3).toUpperCase();
  }

  #reference(
    modifier: string | undefined,
    value: Extract<IndexValue, { kind: 'reference' }>,
  ): string | undefined {
    if (modifier === 'identifier') {
      if (value.identifier?.value === undefined) return undefined;
      const code = escaped(value.identifier.value);
      return value.identifier.system && this.#chance(0.5)
        ? `${escaped(value.identifier.system)}|${code}`
        : code;
    }
    if (modifier) return value.id;
    if (value.url) return escaped(value.url);
    if (!value.type || !value.id) return undefined;
    return this.#chance(0.7) ? `${value.type}/${value.id}` : value.id;
  }

  #date(time: number): string | undefined {
    if (!Number.isFinite(time)) return undefined;
    const moved =
      time + this.#pick([0, 0, 0, 1, -1]) * this.#pick([1000, 3_600_000, 86_400_000, 40 * 86_400_000]);
    const text = new Date(moved).toISOString();
    return this.#pick(PREFIXES) + this.#pick([text.slice(0, 4), text.slice(0, 7), text.slice(0, 10), text]);
  }

  #quantity(value: Extract<IndexValue, { kind: 'quantity' }>): string | undefined {
    const number = value.value ?? (Number.isFinite(value.low) ? value.low : value.high);
    if (!Number.isFinite(number)) return undefined;
    const text = `${this.#pick(PREFIXES)}${number}`;
    if (!value.code || this.#chance(0.5)) return text;
    return this.#pick([
      `${text}|${escaped(value.system ?? '')}|${escaped(value.code)}`,
      `${text}||${escaped(value.code)}`,
    ]);
  }
}

const containedIn = (resource: Resource) => (resource['contained'] ?? []) as Resource[];

/** The type of what a reference leads to, also within the resource. */
function targetOf(value: IndexValue, resource: Resource): string | undefined {
  if (value.kind !== 'reference') return undefined;
  const within = containedIn(resource).find(({ id }) => id === value.fragment);
  return within?.resourceType ?? value.type;
}

const escaped = (text: string) => text.replace(/[\\,$|]/g, (character) => `\\${character}`);
