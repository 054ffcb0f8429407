import { outcomeError } from '@yba/fhir';

/** How many a list tells: `_count`, a whole number from 1, at most `most`. Throws `invalid`. */
export function wholeCount(query: URLSearchParams, otherwise: number, most: number): number {
  return Math.min(whole(query, '_count', 1) ?? otherwise, most);
}

/** How many of a list are passed over: `_offset`, a whole number from 0. Throws `invalid`. */
export function wholeOffset(query: URLSearchParams): number {
  return whole(query, '_offset', 0) ?? 0;
}

function whole(query: URLSearchParams, name: string, from: number): number | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  const value = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(value) && value >= from) return value;
  throw outcomeError('invalid', `${name} is a whole number from ${from}`, name);
}
