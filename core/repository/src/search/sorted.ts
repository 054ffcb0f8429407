import { clinicalDate, extractParameter, fold, isClinicalDate, outcomeError } from '@yba/fhir';
import type { IndexValue, Resource, SearchRequest } from '@yba/fhir';
import { PAGE_BYTES, withinPage } from '../rows/page-bytes.ts';
import type { Order } from './plan.ts';

/** What sorting needs to know of a match. */
type Hit = { row: { id: string; updated: Date; occurred: Date; len: number }; resource: Resource };

/** Where a match stands: a value for each sort key (null: it has none), then its clinical time and row id. */
export type SortKey = { keys: readonly (string | number | null)[]; time: number; id: string };

/** Matches that may be sorted by values the rows are not kept in the order of. */
const SORT_LIMIT = 50_000;

/** Characters of a value that order it: what begins alike stands by its time. */
const KEY_LENGTH = 200;

/**
 * The order rows are walked in. By clinical time, newest first, unless the only sort key is that time or `_lastUpdated`.
 * Rows without that date stand by what is known of their time instead (`clinicalDate`).
 */
export function orderOf({ type, sort }: Pick<SearchRequest, 'type' | 'sort'>): Order {
  const [first] = sort;
  if (!first || !isWalked(type, sort)) return { column: 'occurred', ascending: false };
  return {
    column: first.param.code === '_lastUpdated' ? 'updated' : 'occurred',
    ascending: !first.descending,
  };
}

/** True when rows stand already in the order asked for as they are walked. */
export function isWalked(type: string | undefined, sort: SearchRequest['sort']): boolean {
  const [first, second] = sort;
  if (!first) return true;
  if (second) return false;
  if (first.param.code === '_lastUpdated') return true;
  const types = first.param.byType ? Object.keys(first.param.byType) : type === undefined ? [] : [type];
  return types.length > 0 && types.every((one) => isClinicalDate(one, first.param));
}

/**
 * The first `count` matches behind `after`, in the order asked for, or as many as a page holds; missing values come
 * last. `whole` when there are no more. Only those are kept, so the rest costs no memory.
 * Source: https://hl7.org/fhir/R4/search.html#_sort
 */
export async function sorted<H extends Hit>(
  hits: AsyncIterable<H>,
  { sort }: Pick<SearchRequest, 'sort'>,
  after: SortKey | undefined,
  count: number,
): Promise<{ first: { hit: H; key: SortKey }[]; whole: boolean }> {
  let kept: { hit: H; key: SortKey }[] = [];
  let seen = 0;
  let bytes = 0;
  let most = count; // fewer once they were too many bytes: what was left behind then stands behind these
  let whole = true;
  const trim = () => {
    kept.sort((a, b) => compare(a.key, b.key, sort));
    const fitting = withinPage(kept.slice(0, most).map(({ hit }) => hit.row));
    if (fitting < Math.min(most, kept.length)) most = fitting;
    if (kept.length > most) whole = false;
    kept = kept.slice(0, most);
    bytes = kept.reduce((sum, { hit }) => sum + hit.row.len, 0);
  };
  for await (const hit of hits) {
    if (++seen > SORT_LIMIT) throw tooMany();
    const key = keyOf(hit, sort);
    if (after && compare(key, after, sort) <= 0) continue;
    kept.push({ hit, key });
    bytes += hit.row.len;
    if (kept.length >= 4 * count + 100 || bytes > 2 * PAGE_BYTES) trim();
  }
  trim();
  return { first: kept, whole };
}

/**
 * The order of an answer, for resources that no row stands behind: negative when `a` comes before `b`. Of two that stand
 * alike by what was asked the newer one comes first.
 */
export function answerOrder(
  request: Pick<SearchRequest, 'type' | 'sort'>,
): (a: Resource, b: Resource) => number {
  const { column, ascending } = orderOf(request);
  const sort = isWalked(request.type, request.sort) ? [] : request.sort;
  const place = (resource: Resource): SortKey => {
    const updated = new Date(resource.meta?.lastUpdated ?? 0);
    const occurred = new Date(clinicalDate(resource) ?? updated);
    const key = keyOf({ row: { id: resource.id ?? '', updated, occurred, len: 0 }, resource }, sort);
    return sort.length === 0 && column === 'updated' ? { ...key, time: updated.getTime() } : key;
  };
  return (a, b) =>
    sort.length === 0 && ascending ? compare(place(b), place(a), sort) : compare(place(a), place(b), sort);
}

function tooMany() {
  return outcomeError(
    'too-costly',
    `More than ${SORT_LIMIT} resources match; narrow the search, or sort by date or _lastUpdated`,
    '_sort',
  );
}

function keyOf({ row, resource }: Hit, sort: SearchRequest['sort']): SortKey {
  return {
    keys: sort.map(({ param, descending }) =>
      param.code === '_lastUpdated'
        ? row.updated.getTime()
        : (keyValue(extractParameter(param, resource), descending) ?? null),
    ),
    time: row.occurred.getTime(),
    id: row.id,
  };
}

/** Of several values the least counts when ascending, the greatest when descending. Source: https://hl7.org/fhir/R4/search.html#_sort */
function keyValue(values: readonly IndexValue[], descending: boolean): string | number | undefined {
  const keys = values.map(scalar).filter((value) => value !== undefined);
  keys.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  return descending ? keys.at(-1) : keys[0];
}

/** A number that JavaScript holds no more stands with the outermost that it does. */
const clamped = (number: number) => Math.max(-Number.MAX_VALUE, Math.min(Number.MAX_VALUE, number));

function scalar(value: IndexValue): string | number | undefined {
  switch (value.kind) {
    case 'date':
      return Number.isFinite(value.from) ? value.from : value.to;
    case 'quantity': {
      const number = value.value ?? (Number.isFinite(value.low) ? value.low : value.high);
      if (value.value !== undefined) return clamped(value.value);
      return Number.isFinite(number) ? number : undefined;
    }
    case 'string':
      return fold(value.text.slice(0, KEY_LENGTH));
    case 'token':
      return (value.code ?? value.text)?.slice(0, KEY_LENGTH);
    case 'uri':
      return value.uri.slice(0, KEY_LENGTH);
    case 'reference':
      return (value.url ?? `${value.type ?? ''}/${value.id ?? ''}`).slice(0, KEY_LENGTH);
    case 'composite':
    case 'position':
      return undefined;
  }
}

function compare(a: SortKey, b: SortKey, sort: SearchRequest['sort']): number {
  for (const [index, { descending }] of sort.entries()) {
    const [x, y] = [a.keys[index] ?? null, b.keys[index] ?? null];
    if (x === y) continue;
    if (x === null) return 1;
    if (y === null) return -1;
    return x < y !== descending ? -1 : 1;
  }
  return b.time - a.time || (a.id < b.id ? 1 : a.id > b.id ? -1 : 0);
}
