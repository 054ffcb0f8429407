import { invalid, OutcomeError, outcomeError } from '@yba/fhir';

/** Most entries of one page. */
export const MOST = 1000;

/** The number of entries `_count` asks for, at most 1,000. Throws `invalid` for anything but a whole number above 0. */
export function pageSize(params: URLSearchParams, usual: number): number {
  const text = params.get('_count');
  if (text === null) return usual;
  if (!/^\d{1,9}$/.test(text) || Number(text) < 1)
    throw outcomeError('invalid', `_count is a whole number from 1 to ${MOST}, not “${text}”`, '_count');
  return Math.min(Number(text), MOST);
}

const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})$/;

/** The instant a parameter names. Throws `invalid` when it is none. Source: https://hl7.org/fhir/R4/datatypes.html#instant */
export function instant(params: URLSearchParams, name: string): Date | undefined {
  const text = params.get(name);
  if (text === null) return undefined;
  // '+' of a time zone arrives as a space when the client did not encode it
  const written = text.replace(/ (?=\d{2}:\d{2}$)/, '+');
  const time = new Date(written);
  if (INSTANT.test(written) && !Number.isNaN(time.getTime())) return storable(time.getTime());
  throw outcomeError('invalid', `${name}=${text} is not an instant, e.g. 2026-11-22T08:00:00+07:00`, name);
}

/** The nearest time that PostgreSQL and JavaScript both know, years 1 to 9999. `time` in ms since 1970. */
export function storable(time: number): Date {
  return new Date(Math.min(Math.max(time, -62_135_596_800_000), 253_402_300_799_999));
}

/**
 * Refuses parameters that nobody would look at: an answer that ignores a question is a wrong answer.
 * Throws one `invalid` naming each of them, and those given more than once that are not among `repeated`.
 */
export function onlyKnown(
  params: URLSearchParams,
  known: readonly string[],
  where: string,
  repeated: readonly string[] = [],
): void {
  const faults = [...new Set(params.keys())].flatMap((name) => {
    if (!known.includes(name))
      return invalid(name, `${where} has no parameter “${name}”; it takes ${known.join(', ')}`).issues;
    if (params.getAll(name).length > 1 && !repeated.includes(name))
      return invalid(name, `${name} can be given once`).issues;
    return [];
  });
  if (faults.length > 0) throw new OutcomeError(faults.map((issue) => ({ ...issue, code: 'invalid' })));
}

/** The parameters that make a page what it is, as its links tell them; undefined for none. */
export function queryText(params: URLSearchParams): string {
  const kept = new URLSearchParams([...params].filter(([name]) => name !== '_page'));
  return kept.toString();
}

/** `path?query`, with the token of the next page when there is one. */
export function link(path: string, query: string, page?: string): string {
  const all = [query, page === undefined ? '' : `_page=${page}`].filter((part) => part !== '').join('&');
  return all ? `${path}?${all}` : path;
}
