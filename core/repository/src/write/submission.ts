import { createHash } from 'node:crypto';
import { outcomeError } from '@yba/fhir';
import type { Caller, Issue, Written } from '@yba/fhir';
import { arrayText } from '@yba/postgres';
import type { Db } from '../rows/session.ts';
import { compress, decompress } from '../rows/zstd.ts';

/** What a repeat is known by: who sent it, and its key. */
export type SubmissionKey = { client: string; key: string };

/**
 * Whose keys a submission's key is one of: a system's own; for people, theirs at that facility, since everybody who
 * signs in at a screen does so through the same client.
 */
export function submitterOf({ role, client, subject, facility }: Caller): string {
  return role === 'system' || role === 'platform' ? client : `${client} ${subject} ${facility ?? ''}`;
}

/** A transaction, or a create, that is applied once. */
export type Submission = {
  key: string;
  /** Hash of what was sent: the same key with another body is an error. */
  body: string;
  /** What a repeat is answered, from what was written. */
  answer(written: readonly Written[], issues: readonly Issue[]): string;
};

const HEADER = 'key:';

/** A key that a request brings in its header, apart from those of Bundles and bodies. */
export const headerKey = (key: string): string => HEADER + key;

export type FirstSubmission = { body: string; answer: Buffer };

/**
 * What stands in place of a key whose submission brought what was erased: the key may hold a number of the person, and can be found
 * again only by who has it together with the body it came with (a hash, as `body`), so that a repeat files nothing anew.
 */
export const erasedKey = (key: string, body: string): string =>
  `erased:${createHash('sha256').update(`${key}\n${body}`).digest('hex')}`;

/** What each key was used for before, if it was; `body` is the hash of what comes now. */
export async function firstSubmissions(
  db: Db,
  keys: readonly (SubmissionKey & { body: string })[],
): Promise<(FirstSubmission | undefined)[]> {
  const rows = await db<(SubmissionKey & FirstSubmission)[]>`
    select asked.client, asked.key, first.body, first.answer
    from unnest(${arrayText(keys, ({ client }) => client)}::text[], ${arrayText(keys, ({ key }) => key)}::text[],
      ${arrayText(keys, ({ key, body }) => erasedKey(key, body))}::text[]) as asked (client, key, erased)
    cross join lateral (
      select body, answer from submission where client = asked.client and key in (asked.key, asked.erased)
      offset 0 -- a look-up by key, however small the table was when the statement was planned
    ) as first`;
  const known = new Map(rows.map((row) => [`${row.client} ${row.key}`, row]));
  return keys.map(({ client, key }) => known.get(`${client} ${key}`));
}

/** The answer that was given first. Throws `business-rule` when the key was used for another body. */
export function repeatedAnswer({ key, body }: Submission, first: FirstSubmission): string {
  if (first.body === body) return decompress(first.answer).toString();
  throw outcomeError(
    'business-rule',
    'This key (Idempotency-Key or Bundle.identifier) was used for another body; use a new key for a new submission',
    key.startsWith(HEADER) ? 'Idempotency-Key' : 'Bundle.identifier',
  );
}

/** Keeps what repeats will be answered. A second submission under way meets the first at the unique key. */
export async function keepSubmissions(
  db: Db,
  kept: readonly (SubmissionKey & { body: string; answer: string })[],
): Promise<void> {
  if (kept.length === 0) return;
  await db`
    insert into submission (client, key, body, answer)
    select client, key, body, decode(answer, 'hex')
    from unnest(${arrayText(kept, ({ client }) => client)}::text[], ${arrayText(kept, ({ key }) => key)}::text[],
      ${arrayText(kept, ({ body }) => body)}::text[],
      ${arrayText(kept, ({ answer }) => compress(Buffer.from(answer)).toString('hex'))}::text[]) as kept (client, key, body, answer)`;
}
