import type { Chance } from './chance.ts';

/** One place inside a JSON value: what holds it and under which name. */
export type Place = { holder: Record<string | number, unknown>; name: string | number; path: string };

/** All places of a resource below its type and id, that of a deepest leaf as likely as that of a whole element. */
export function places(value: unknown, path = ''): Place[] {
  if (value === null || typeof value !== 'object') return [];
  const holder = value as Record<string | number, unknown>;
  const names = Array.isArray(value) ? value.map((_, index) => index) : Object.keys(holder);
  return names.flatMap((name) => {
    if (path === '' && (name === 'resourceType' || name === 'id' || name === 'meta')) return [];
    const at = `${path}/${name}`;
    return [{ holder, name, path: at }, ...places(holder[name], at)];
  });
}

/** A value of another JSON type than the given one. */
export function otherType(chance: Chance, value: unknown): unknown {
  const others: Record<string, unknown> = {
    string: 'not what belongs here',
    number: -1.5,
    boolean: true,
    object: { unexpected: 'yes' },
    array: [[], [1]],
    null: null,
  };
  const own = value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value;
  return others[chance.pick(Object.keys(others).filter((name) => name !== own))];
}
