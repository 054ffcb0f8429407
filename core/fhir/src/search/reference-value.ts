import { resourceTypes } from '../model/model.ts';
import type { IndexValue, ReferenceValue } from './values.ts';

const literal =
  /^(?:(https?:\/\/.*)\/)?([A-Z][A-Za-z]+)\/([A-Za-z0-9\-.]{1,64})(?:\/_history\/([A-Za-z0-9\-.]{1,64}))?$/;

/** Takes a Reference.reference (or a search value) apart; see `ReferenceValue` for what goes where. */
export function parseReference(text: string): ReferenceValue {
  if (text[0] === '#') return { kind: 'reference', fragment: text.slice(1) };
  const match = literal.exec(text);
  const [, base, type, id, version] = match ?? [];
  if (!type || !id || !resourceTypes.has(type)) return { kind: 'reference', url: text };
  const value: ReferenceValue = { kind: 'reference', type, id };
  if (version !== undefined) value.version = version;
  if (base !== undefined) value.url = `${base}/${type}/${id}`;
  return value;
}

/** A canonical: `url|version`, or `#id` of a contained resource. A fragment behind a url names a part of the resource and is left off. */
export function parseCanonical(text: string): ReferenceValue {
  if (text[0] === '#') return { kind: 'reference', fragment: text.slice(1) };
  const [whole = ''] = text.split('#');
  const [url = '', version] = whole.split('|');
  return { kind: 'reference', url, ...(version ? { version } : {}) };
}

/**
 * The resource of this server that a value refers to by type and id, and which version of it: none where the address is
 * another server's. A canonical may be written so too, as in R4's examples (`Library/example|1.0`); its version is not of the history.
 */
export function namedResource(value: IndexValue): { type: string; id: string; version?: string } | undefined {
  if (value.kind !== 'reference') return undefined;
  const { type, id, url, version } = value;
  if (url === undefined)
    return type && id ? { type, id, ...(version === undefined ? {} : { version }) } : undefined;
  if (type !== undefined) return undefined;
  const written = parseReference(url);
  return written.type && written.id && written.url === undefined
    ? { type: written.type, id: written.id }
    : undefined;
}
