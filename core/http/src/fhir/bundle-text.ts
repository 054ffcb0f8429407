import type { Page, PageEntry } from '@yba/fhir';
import { collectLarge } from '../collect.ts';

const absolute = (base: string, relative: string) =>
  /^(https?|urn):/.test(relative)
    ? relative
    : `${base}${relative.startsWith('/') || relative.startsWith('?') ? '' : '/'}${relative}`;

const quoted = JSON.stringify;

function entryText(base: string, entry: PageEntry): string {
  const parts = [
    ...(entry.fullUrl ? [`"fullUrl":${quoted(absolute(base, entry.fullUrl))}`] : []),
    ...(entry.text === undefined ? [] : [`"resource":${entry.text}`]),
    ...(entry.mode ? [`"search":{"mode":"${entry.mode}"}`] : []),
    ...(entry.request ? [`"request":${quoted(entry.request)}`] : []),
    ...(entry.response ? [`"response":${quoted(entry.response)}`] : []),
  ];
  return `{${parts.join(',')}}`;
}

/**
 * A page as the text of its Bundle, put together from the stored texts without reading them.
 * Source: https://hl7.org/fhir/R4/bundle.html
 */
export function bundleText(base: string, page: Page): string {
  const entries = page.entries.map((entry) => entryText(base, entry)).join(',');
  const list = page.entries.length > 0 ? `,"entry":[${entries}]` : '';
  return `${head(base, page)}${list}}`;
}

/** How many characters are sent in one piece, more only where one entry alone has more. */
const PIECE = 64 * 1024;

/**
 * The same in pieces, with the entries that are still to come. Nothing is held of what was sent: the page is taken apart, and
 * what large resources left behind is cleared away.
 */
export function bundleParts(base: string, { entries, more, ...page }: Page): AsyncGenerator<string> {
  return parts(base, head(base, page), [entries], more);
}

async function* parts(
  base: string,
  opening: string,
  first: (readonly PageEntry[])[],
  more: Page['more'],
): AsyncGenerator<string> {
  yield opening;
  let before = ',"entry":[';
  for await (const entries of joined(first, more)) {
    let piece = '';
    let length = 0;
    for (const entry of entries) {
      piece += before + entryText(base, entry);
      before = ',';
      if (piece.length < PIECE) continue;
      length += piece.length;
      yield piece;
      piece = '';
    }
    if (piece !== '') yield piece;
    collectLarge(length);
  }
  yield before === ',' ? ']}' : '}';
}

async function* joined(first: (readonly PageEntry[])[], more: Page['more']) {
  while (first.length > 0) yield first.pop()!;
  if (more) yield* more;
}

/** All of the Bundle before its entries, still open. */
function head(base: string, page: Omit<Page, 'entries'>): string {
  const links = [{ relation: 'self', url: absolute(base, page.self) }];
  if (page.next !== undefined) links.push({ relation: 'next', url: absolute(base, page.next) });
  const total = page.total === undefined ? '' : `,"total":${page.total}`;
  return `{"resourceType":"Bundle","type":"${page.kind}"${total},"link":${quoted(links)}`;
}
