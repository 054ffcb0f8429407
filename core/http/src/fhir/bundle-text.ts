import type { Page, PageEntry } from '@yba/fhir';

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

/** The same, a part at a time, with the entries that are still to come. */
export async function* bundleParts(base: string, page: Page): AsyncGenerator<string> {
  yield head(base, page);
  let isFirst = true;
  const part = (entries: readonly PageEntry[]) => {
    const texts = entries.map((entry) => entryText(base, entry)).join(',');
    const before = isFirst ? ',"entry":[' : ',';
    isFirst = false;
    return before + texts;
  };
  if (page.entries.length > 0) yield part(page.entries);
  for await (const entries of page.more ?? []) if (entries.length > 0) yield part(entries);
  yield isFirst ? '}' : ']}';
}

/** All of the Bundle before its entries, still open. */
function head(base: string, page: Page): string {
  const links = [{ relation: 'self', url: absolute(base, page.self) }];
  if (page.next !== undefined) links.push({ relation: 'next', url: absolute(base, page.next) });
  const total = page.total === undefined ? '' : `,"total":${page.total}`;
  return `{"resourceType":"Bundle","type":"${page.kind}"${total},"link":${quoted(links)}`;
}
