import { outcomeError, parseReference } from '@yba/fhir';
import type { Context, Written, WriteOptions } from '@yba/fhir';
import { vread } from '../read/read.ts';
import { keptText, writeAnswer } from './bundle-answer.ts';
import type { Kept } from './bundle-answer.ts';
import type { Request } from './change.ts';
import { withProvenance } from './provenance.ts';
import { headerKey } from './submission.ts';
import { transact } from './transact.ts';
import type { Env } from './transact.ts';
import { isRead, NOT_SHOWN } from './write-reads.ts';

/** Carries out one create, update, patch or delete; once only, when it brings a key. */
export async function writeOne(
  env: Env,
  context: Context,
  request: Request,
  options: WriteOptions | undefined,
): Promise<Written> {
  const { provenance, submission, warnings = false, ...own } = options ?? {};
  const asked = { ...request, ...own };
  const requests = provenance ? withProvenance(asked, provenance) : [asked];
  const { written, issues, repeat } = await transact(env, context, requests, {
    handling: 'strict',
    texts: true,
    warnings,
    ...(submission
      ? {
          submission: {
            key: headerKey(submission.key),
            body: submission.body,
            answer: ([first]) => kept(first!),
          },
        }
      : {}),
  });
  if (repeat !== undefined) return again(env, context, JSON.parse(repeat) as Kept);
  return issues.length > 0 ? { ...written[0]!, issues } : written[0]!;
}

/** Kept as the answer of a transaction is, so that an erasure finds it; without the text, which is read anew by who may. */
const kept = (written: Written): string => keptText([JSON.stringify(writeAnswer(written))], []);

/** The version that was written the first time, its text for who may read it. Throws `deleted` when it was erased. */
async function again(env: Env, context: Context, { answers: [answer] }: Kept): Promise<Written> {
  const { location = '', lastModified } = answer!.response;
  const { type, id, version } = parseReference(location);
  if (!type || !id || !version)
    throw outcomeError('deleted', 'What was made under this key was erased', 'Idempotency-Key');
  const text = (await isRead(env, context, type))
    ? (await vread(env, context, type, id, version)).text
    : NOT_SHOWN;
  return { type, id, version: Number(version), updated: new Date(lastModified), text, outcome: 'unchanged' };
}
