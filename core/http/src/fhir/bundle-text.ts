import type { Page, PageEntry } from '@yba/fhir';

const absolute = (base: string, relative: string) =>
  /^(https?|urn):/.test(relative)
    ? relative
    : `${base}${relative.startsWith('/') || relative.startsWith('?') ? '' : '/'}${relative}`;

const quoted = JSON.stringify;

function entryText(base: string, entry: PageEntry): string {
  let text = `{"fullUrl":${quoted(absolute(base, entry.fullUrl))}`;
  if (entry.text !== undefined) text += `,"resource":${entry.text}`;
  if (entry.mode) text += `,"search":{"mode":"${entry.mode}"}`;
  if (entry.request) text += `,"request":${quoted(entry.request)}`;
  if (entry.response) text += `,"response":${quoted(entry.response)}`;
  return `${text}}`;
}

/**
 * A page as the text of its Bundle, put together from the stored texts without reading them.
 * Source: https://hl7.org/fhir/R4/bundle.html
 */
export function bundleText(base: string, page: Page): string {
  const links = [{ relation: 'self', url: absolute(base, page.self) }];
  if (page.next !== undefined) links.push({ relation: 'next', url: absolute(base, page.next) });
  const total = page.total === undefined ? '' : `,"total":${page.total}`;
  const entries = page.entries.map((entry) => entryText(base, entry)).join(',');
  const list = page.entries.length > 0 ? `,"entry":[${entries}]` : '';
  return `{"resourceType":"Bundle","type":"${page.kind}"${total},"link":${quoted(links)}${list}}`;
}
