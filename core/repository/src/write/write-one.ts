import type { Context, Written, WriteOptions } from '@yba/fhir';
import { vread } from '../read/read.ts';
import type { Request } from './change.ts';
import { withProvenance } from './provenance.ts';
import { transact } from './transact.ts';
import type { Env } from './transact.ts';
import { isRead, NOT_SHOWN } from './write-reads.ts';

/** What is kept of a write for its repeats; not its text, which is read anew by who may. */
type Kept = { type: string; id: string; version: number; updated: string };

/** Carries out one create, update, patch or delete; once only, when it brings a key. */
export async function writeOne(
  env: Env,
  context: Context,
  request: Request,
  options: WriteOptions | undefined,
): Promise<Written> {
  const { provenance, submission, ...own } = options ?? {};
  const asked = { ...request, ...own };
  const requests = provenance ? withProvenance(asked, provenance) : [asked];
  const { written, repeat } = await transact(env, context, requests, {
    handling: 'strict',
    texts: true,
    ...(submission
      ? { submission: { ...submission, answer: ([first]: readonly Written[]) => keptText(first!) } }
      : {}),
  });
  return repeat === undefined ? written[0]! : again(env, context, JSON.parse(repeat) as Kept);
}

const keptText = ({ type, id, version, updated }: Written): string =>
  JSON.stringify({ type, id, version, updated: updated.toISOString() } satisfies Kept);

/** The version that was written the first time, its text for who may read it. Throws `not-found` when it is gone. */
async function again(env: Env, context: Context, { updated, ...kept }: Kept): Promise<Written> {
  const { type, id, version } = kept;
  const text = (await isRead(env, context, type))
    ? (await vread(env, context, type, id, String(version))).text
    : NOT_SHOWN;
  return { ...kept, updated: new Date(updated), text, outcome: 'unchanged' };
}
