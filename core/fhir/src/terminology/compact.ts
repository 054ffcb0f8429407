import type { Resource } from '../interactions.ts';

/** A code system as this package keeps it, made from a CodeSystem resource. */
export type CompactCodeSystem = {
  url: string;
  version?: string;
  /** Set when the concepts are all there are; otherwise an unlisted code may exist. */
  complete: boolean;
  /** Unset when codes differ by case. */
  ignoresCase?: true;
  /** Parents before children. */
  concepts: CompactConcept[];
};

/** Code, display, indexes of its parents, properties; what is empty at the end is left out. */
export type CompactConcept = [
  code: string,
  display?: string | 0 | undefined,
  parents?: number[] | 0,
  properties?: Record<string, string[]>,
];

/** One include or exclude of a value set. */
export type CompactInclude = {
  system?: string;
  codes?: [code: string, display?: string][];
  filters?: { property: string; op: string; value: string }[];
  valueSets?: string[];
};

export type CompactValueSet = {
  url: string;
  version?: string;
  include: CompactInclude[];
  exclude?: CompactInclude[];
  /** Set when codes that are no longer in use are not in it. */
  active?: true;
};

type Concept = {
  code?: string;
  display?: string;
  concept?: Concept[];
  property?: { code?: string; [value: `value${string}`]: unknown }[];
};

type Include = {
  system?: string;
  concept?: { code?: string; display?: string }[];
  filter?: { property?: string; op?: string; value?: string }[];
  valueSet?: string[];
};

/** Properties by which no value set of R4 chooses. */
const unasked = new Set(['status', 'deprecationDate', 'notSelectable', 'legacy', 'abstract', 'child']);

/**
 * Keeps codes, displays, hierarchy (nesting, and the properties parent, subsumedBy and child) and properties; of R4's
 * own systems those that its value sets ask for.
 */
export function compactCodeSystem(resource: Resource, ofR4 = false): CompactCodeSystem {
  const { url, version, content, caseSensitive, concept } = resource as unknown as {
    url: string;
    version?: string;
    content?: string;
    caseSensitive?: boolean;
    concept?: Concept[];
  };
  const concepts: CompactConcept[] = [];
  const parents: (string | number)[][] = [];
  const childrenOf: [parent: number, code: string][] = [];
  const add = ({ code = '', display, concept: children = [], property = [] }: Concept, parent?: number) => {
    const own: (string | number)[] = parent === undefined ? [] : [parent];
    const properties: Record<string, string[]> = {};
    for (const { code: name = '', ...values } of property) {
      const value = Object.entries(values).find(([key]) => key.startsWith('value'))?.[1];
      const text = valueText(value);
      if (text === undefined) continue;
      if (name === 'parent' || name === 'subsumedBy') own.push(text);
      if (name === 'child') childrenOf.push([concepts.length, text]);
      if (!ofR4 || !unasked.has(name)) (properties[name] ??= []).push(text);
    }
    const at = concepts.push([code, display ?? 0, 0, properties]) - 1;
    parents.push(own);
    for (const child of children) add(child, at);
  };
  for (const one of concept ?? []) add(one);
  const index = new Map(concepts.map(([code], at) => [code, at]));
  for (const [parent, code] of childrenOf) {
    const child = index.get(code);
    if (child !== undefined && !parents[child]!.includes(parent)) parents[child]!.push(parent);
  }
  return {
    url,
    ...(version ? { version } : {}),
    complete: content === 'complete',
    ...(caseSensitive === false ? { ignoresCase: true as const } : {}),
    concepts: concepts.map(([code, display, , properties], at) => {
      const above = parents[at]!.flatMap((parent) =>
        typeof parent === 'number' ? parent : (index.get(parent) ?? []),
      );
      return trimmed(code, display, [...new Set(above)], properties!);
    }),
  };
}

function trimmed(
  code: string,
  display: string | 0 | undefined,
  parents: number[],
  properties: Record<string, string[]>,
): CompactConcept {
  if (Object.keys(properties).length > 0)
    return [code, display, parents.length > 0 ? parents : 0, properties];
  if (parents.length > 0) return [code, display, parents];
  return display ? [code, display] : [code];
}

function valueText(value: unknown): string | undefined {
  if (typeof value === 'object' && value !== null && 'code' in value)
    return String((value as { code: unknown }).code);
  return value === undefined || value === null ? undefined : String(value);
}

/** Keeps the compose; a value set that has only an expansion becomes the list of its codes. */
export function compactValueSet(resource: Resource): CompactValueSet {
  const { url, version, compose, expansion } = resource as unknown as {
    url: string;
    version?: string;
    compose?: { include?: Include[]; exclude?: Include[]; inactive?: boolean };
    expansion?: { contains?: Contained[] };
  };
  const exclude = compose?.exclude?.map(compactInclude) ?? [];
  return {
    url,
    ...(version ? { version } : {}),
    include: compose?.include?.map(compactInclude) ?? listed(expansion?.contains ?? []),
    ...(exclude.length > 0 ? { exclude } : {}),
    ...(compose?.inactive === false ? { active: true as const } : {}),
  };
}

function compactInclude({ system, concept, filter, valueSet }: Include): CompactInclude {
  return {
    ...(system ? { system } : {}),
    ...(concept
      ? {
          codes: concept.map(({ code = '', display }): [string, string?] =>
            display ? [code, display] : [code],
          ),
        }
      : {}),
    ...(filter
      ? { filters: filter.map(({ property = '', op = '', value = '' }) => ({ property, op, value })) }
      : {}),
    ...(valueSet ? { valueSets: valueSet } : {}),
  };
}

type Contained = {
  system?: string;
  code?: string;
  display?: string;
  abstract?: boolean;
  contains?: Contained[];
};

function listed(contains: Contained[]): CompactInclude[] {
  const bySystem = new Map<string, [string, string?][]>();
  const add = ({ system = '', code, display, abstract, contains: inner = [] }: Contained) => {
    if (code !== undefined && !abstract) {
      const codes = bySystem.get(system) ?? [];
      codes.push(display ? [code, display] : [code]);
      bySystem.set(system, codes);
    }
    inner.forEach(add);
  };
  contains.forEach(add);
  return [...bySystem].map(([system, codes]) => ({ ...(system ? { system } : {}), codes }));
}
