import { resourceTypes } from '../model/model.ts';
import type { ReferenceValue } from './values.ts';

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
