import { createHash } from 'node:crypto';
import { outcomeError } from '@yba/fhir';
import { isUuid } from '../rows/row-id.ts';
import { storable } from './window.ts';

/** The last row a page showed, in the order it is shown; the next page goes on behind it. `time` in ms since 1970. */
export type Position = { time: number; id: string; version: number };

/**
 * The position as the text of a next link. It is a place, not a right: each page is decided and read anew as the
 * caller who asks. `question` is what the link belongs to.
 */
export function writePosition({ time, id, version }: Position, question: string): string {
  return Buffer.from(`${fingerprint(question)}.${time}_${id}_${version}`).toString('base64url');
}

/** Throws `invalid` when the text is no position in the answer to this question. */
export function readPosition(text: string, question: string): Position {
  const [mark, position = ''] = Buffer.from(text, 'base64url').toString('latin1').split('.');
  const [, time, id, version] = /^(-?\d{1,15})_([0-9a-f-]{36})_(\d{1,9})$/.exec(position) ?? [];
  if (mark === fingerprint(question) && id && isUuid(id))
    return { time: storable(Number(time)).getTime(), id, version: Number(version) };
  throw outcomeError(
    'invalid',
    'This page link does not belong to this question; start again from its first page',
    '_page',
  );
}

function fingerprint(question: string): string {
  return createHash('sha256').update(question).digest('base64url').slice(0, 10);
}
