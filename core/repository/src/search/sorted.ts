import { extract, fold, isClinicalDate, outcomeError } from '@yba/fhir';
import type { IndexValue, Resource, SearchRequest } from '@yba/fhir';

/** What sorting needs to know of a match. */
type Hit = { row: { updated: Date }; resource: Resource };

/** Matches that may be sorted by values the rows are not kept in the order of. */
const SORT_LIMIT = 20_000;

/**
 * True when rows in clinical order already stand in the order asked for. Those without that date stand by what is
 * known of their time instead (`clinicalDate`).
 */
export function isClinicalOrder({ type, sort }: SearchRequest): boolean {
  return sort.length === 0 || (sort.length === 1 && isClinicalDate(type!, sort[0]!.param));
}

/** All matches, sorted by the keys asked for, then by clinical order as they came. Missing values come last. */
export async function sorted<H extends Hit>(hits: AsyncIterable<H>, { sort }: SearchRequest): Promise<H[]> {
  const keyed: { hit: H; keys: (string | number | undefined)[] }[] = [];
  for await (const hit of hits) {
    if (keyed.length === SORT_LIMIT) {
      throw outcomeError(
        'too-costly',
        `More than ${SORT_LIMIT} resources match; narrow the search or sort by date`,
        '_sort',
      );
    }
    const extracted = extract(hit.resource);
    const keys = sort.map(({ param, descending }) => {
      if (param.code === '_lastUpdated') return hit.row.updated.getTime();
      return key(extracted.find((each) => each.param.code === param.code)?.values ?? [], descending);
    });
    keyed.push({ hit, keys });
  }
  keyed.sort((a, b) => compare(a.keys, b.keys, sort));
  return keyed.map(({ hit }) => hit);
}

/** Of several values the least counts when ascending, the greatest when descending. Source: https://hl7.org/fhir/R4/search.html#_sort */
function key(values: readonly IndexValue[], descending: boolean): string | number | undefined {
  const keys = values.map(scalar).filter((value) => value !== undefined);
  keys.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  return descending ? keys.at(-1) : keys[0];
}

function scalar(value: IndexValue): string | number | undefined {
  switch (value.kind) {
    case 'date':
      return Number.isFinite(value.from) ? value.from : value.to;
    case 'quantity':
      return value.value ?? value.low;
    case 'string':
      return fold(value.text);
    case 'token':
      return value.code ?? value.text;
    case 'uri':
      return value.uri;
    case 'reference':
      return value.url ?? `${value.type ?? ''}/${value.id ?? ''}`;
    case 'composite':
      return undefined;
  }
}

function compare(
  a: readonly (string | number | undefined)[],
  b: readonly (string | number | undefined)[],
  sort: SearchRequest['sort'],
): number {
  for (const [index, { descending }] of sort.entries()) {
    const [x, y] = [a[index], b[index]];
    if (x === y) continue;
    if (x === undefined) return 1;
    if (y === undefined) return -1;
    return x < y !== descending ? -1 : 1;
  }
  return 0;
}
