import { parseJson } from '@yba/fhir';
import type { Page, PageEntry, Resource, SearchRequest } from '@yba/fhir';
import { answerOrder } from '@yba/repository';

/** Where a page stands that has matches of sources in it. */
export type Place = {
  /** The page of the store it is made from; its first unless said. */
  store?: string;
  /** How many matches of that page, and of the sources, are shown already. */
  skip: number;
  shown: number;
};

/** A match that a source told. */
export type SourceMatch = { entry: PageEntry; resource: Resource; identifiers: readonly string[] };

/** How the link to a page of ours begins. */
const OURS = /^live\.(\d{1,6})\.(\d{1,6})\.(.*)$/s;

/** The place a request asks for: the beginning, a page of the store, or one of ours. */
export function placeOf(params: URLSearchParams): Place {
  const page = params.get('_page');
  const [, shown, skip, store] = (page && OURS.exec(page)) || [];
  if (shown === undefined) return { skip: 0, shown: 0, ...(page ? { store: page } : {}) };
  return { shown: Number(shown), skip: Number(skip), ...(store ? { store } : {}) };
}

/** The parameters for the page of the store that a page is made from. */
export function storeParams(params: URLSearchParams, { store }: Place): URLSearchParams {
  const asked = new URLSearchParams([...params].filter(([name]) => name !== '_page'));
  if (store !== undefined) asked.set('_page', store);
  return asked;
}

/** A page of the store from its `skip`-th match on. */
export function remaining(page: Page, { skip }: Place): Page {
  const matches = page.entries.filter(isMatch);
  return { ...page, entries: [...matches.slice(skip), ...page.entries.filter((one) => !isMatch(one))] };
}

/**
 * The store's matches and the sources' in the order asked for, as many as a page holds. What the store's next page begins
 * with may come before what sources told, so a page ends where the store's does. Where parts of resources are asked for
 * their order is not told any more: then the store's come first.
 */
export function merged(
  page: Page,
  sources: readonly SourceMatch[],
  request: SearchRequest,
  place: Place,
): { entries: PageEntry[]; next?: Place } {
  const stored = page.entries.filter(isMatch);
  const held = stored.map(({ text }) => (text ? parseJson(text) : undefined));
  const heldIdentifiers = new Set(held.flatMap((resource) => (resource ? identifiersOf(resource) : [])));
  const order = answerOrder(request);
  const inOrder = sources.toSorted((a, b) => order(a.resource, b.resource));
  const comesFirst = ({ resource }: SourceMatch, other: Resource | undefined) =>
    !isPart(request) && other !== undefined && order(resource, other) < 0;
  const isNew = ({ identifiers }: SourceMatch) => !identifiers.some((one) => heldIdentifiers.has(one));
  const entries: PageEntry[] = [];
  let [skip, shown] = [place.skip, place.shown];
  const most = request.summary === 'count' ? 0 : request.count;
  for (;;) {
    while (shown < inOrder.length && !isNew(inOrder[shown]!)) shown++;
    const source = inOrder[shown];
    const isEnd = skip >= stored.length;
    if ((isEnd && (page.next !== undefined || !source)) || entries.length === most) break;
    if (source && (isEnd || comesFirst(source, held[skip]))) {
      entries.push(source.entry);
      shown++;
    } else entries.push(stored[skip++]!);
  }
  entries.push(...page.entries.filter((one) => !isMatch(one)));
  if (most === 0) return { entries };
  const further = page.next && skip >= stored.length ? pageOf(page.next) : undefined;
  if (further !== undefined) return { entries, next: { store: further, skip: 0, shown } };
  if (skip >= stored.length && shown >= inOrder.length) return { entries };
  return { entries, next: { ...place, skip, shown } };
}

/** The link to a place. */
export function linkTo(self: string, { store = '', skip, shown }: Place): string {
  const page = encodeURIComponent(`live.${shown}.${skip}.${store}`);
  return `${self}${self.includes('?') ? '&' : '?'}_page=${page}`;
}

const pageOf = (link: string) =>
  new URLSearchParams(link.slice(link.indexOf('?') + 1)).get('_page') ?? undefined;

/** Whether only parts of resources are asked for. */
export const isPart = ({ elements, summary }: SearchRequest) =>
  Boolean(elements || (summary && summary !== 'false'));

const isMatch = ({ mode }: PageEntry): boolean => mode === 'match';

/** Business identifiers tell that the store was sent the same thing before. */
export function identifiersOf(resource: Resource): string[] {
  const all = [resource['identifier'] ?? []].flat() as { system?: string; value?: string }[];
  return all.flatMap(({ system, value }) => (system && value ? [`${system}|${value}`] : []));
}
