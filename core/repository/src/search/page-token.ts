import { createHash } from 'node:crypto';
import { invalid } from '@yba/fhir';

/**
 * Where the next page begins, as text for the next link. It is a position, not a right: each page is decided and
 * searched anew as the caller who asks. It only fits the search it came from.
 */
export type PageToken = { occurred: number; id: string } | { skip: number };

export function writeToken(token: PageToken, search: string): string {
  const position = 'skip' in token ? `s${token.skip}` : `${token.occurred}_${token.id}`;
  return Buffer.from(`${fingerprint(search)}.${position}`).toString('base64url');
}

/** Throws `invalid` when the token is not one of this search. */
export function readToken(text: string, search: string): PageToken {
  const [mark, position = ''] = Buffer.from(text, 'base64url').toString('utf8').split('.');
  const keyset = /^(-?\d+)_([0-9a-f-]{36})$/.exec(position);
  const skip = /^s(\d{1,6})$/.exec(position);
  if (mark !== fingerprint(search) || (!keyset && !skip)) {
    throw invalid('_page', 'This page link does not belong to this search; start again from its first page');
  }
  return keyset ? { occurred: Number(keyset[1]), id: keyset[2]! } : { skip: Number(skip![1]) };
}

function fingerprint(search: string): string {
  return createHash('sha256').update(search).digest('base64url').slice(0, 10);
}
