import { createHash } from 'node:crypto';

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest();

/** The first 128 bits of a SHA-256, written as a uuid: a key that says nothing of what it was made of. */
export function digestId(text: string): string {
  const hex = sha256(text).toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`;
}

/** The first 64 bits, as PostgreSQL's bigint. */
export const digestNumber = (text: string): string => sha256(text).readBigInt64BE().toString();

/** The id under which a facility's message is kept, so that a repeat finds the first. */
export const messageId = (facility: string, identifier: string): string =>
  digestId(`message ${facility} ${identifier}`);

/** The key of a document of a facility: `Encounter|system|value`. */
export const documentId = (facility: string, key: string): string => digestId(`document ${facility} ${key}`);
