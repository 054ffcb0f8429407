import { addIssues, OutcomeError } from '@yba/fhir';
import type {
  BundleAnswer,
  Context,
  Interactions,
  Issue,
  Resource,
  TransactionOptions,
  Written,
} from '@yba/fhir';
import {
  failedText,
  keptText,
  responseBundle,
  tellIssues,
  writeAnswer,
  writtenText,
} from './bundle-answer.ts';
import type { Kept, WriteAnswer } from './bundle-answer.ts';
import { bundleEntries, readEntries } from './bundle-entries.ts';
import type { BundleEntry } from './bundle-entries.ts';
import { answerWithin, callsOperation, checkRead, isRead, searchWords } from './bundle-read.ts';
import { asRequest } from './bundle-request.ts';
import type { Request } from './change.ts';
import { withReferences } from './named-conditions.ts';
import { headerKey } from './submission.ts';
import { transact } from './transact.ts';
import type { Env, Within } from './transact.ts';

/** Reads of a Bundle that are carried out at the same time. */
const READS_TOGETHER = 4;

/**
 * The transaction interaction: all entries or none, applied once. The key of a repeat is the Idempotency-Key, else
 * Bundle.identifier, else the body's hash; a repeat gets the first answer with an information issue. With work of the
 * caller's own in its commit (`within`) the first alone counts; on a repeat that work is not done.
 * Reads of the Bundle are understood before its writes and answered after they are committed, so they see them.
 * Source: https://hl7.org/fhir/R4/http.html#transaction
 */
export async function transaction(
  env: Env,
  interactions: Interactions,
  context: Context,
  bundle: Resource,
  options: TransactionOptions,
  within?: Within,
): Promise<BundleAnswer> {
  const entries = bundleEntries(bundle, env.baseUrl);
  const reads = entries.filter(isRead);
  const writes = entries.filter((entry) => !isRead(entry));
  const requests = together(writes, asRequest);
  if (reads.length > 0) {
    const words = await searchWords(env, context);
    together(reads, (entry) => checkRead(entry, options, words));
  }
  const key = within && !options.idempotencyKey ? undefined : submissionKey(bundle, options);
  const { answers, told, written, repeated } = await write(env, context, requests, options, key, within);
  const issues = repeated ? [DUPLICATE, ...answers.issues] : answers.issues;
  tellIssues(answers.answers, writes, issues);
  const isPlain = issues.length === 0 && (options.return === undefined || options.return === 'minimal');
  const texts: string[] = [];
  writes.forEach((entry, index) => {
    texts[entry.index] =
      (isPlain ? told?.[index] : undefined) ??
      toldText(options, entry, answers.answers[index]!, written[index]);
  });
  if (reads.length > 0) {
    const references = referencesOf(writes, answers);
    await answerEach(reads, texts, (entry) => {
      const query = references.size > 0 ? withReferences(entry.query, references) : entry.query;
      return answerAlone(env, interactions, context, { ...entry, query }, options);
    });
  }
  return { text: responseBundle('transaction-response', texts), duplicate: repeated };
}

/** What the fullUrls of entries became. Source: https://hl7.org/fhir/R4/http.html#trules, “replace all matching links in the bundle” */
function referencesOf(writes: readonly BundleEntry[], { answers }: Kept): Map<string, string> {
  return new Map(
    writes.flatMap(({ fullUrl }, index): [string, string][] => {
      const location = answers[index]?.response.location;
      return fullUrl && location ? [[fullUrl, location.replace(/\/_history\/.*$/, '')]] : [];
    }),
  );
}

/** What a transaction did; `told` are the texts of the answers when they are of this time. */
type Done = { answers: Kept; told?: readonly string[]; written: readonly Written[]; repeated: boolean };

/** Writes the requests together; the answers of the first time when the key was used before. */
async function write(
  env: Env,
  context: Context,
  requests: readonly Request[],
  options: TransactionOptions,
  key: string | undefined,
  within: Within | undefined,
): Promise<Done> {
  if (requests.length === 0) return { answers: { answers: [], issues: [] }, written: [], repeated: false };
  let answers: WriteAnswer[] | undefined;
  let told: string[] | undefined;
  const tell = (written: readonly Written[]) => {
    answers = written.map(writeAnswer);
    return (told = answers.map((answer) => JSON.stringify(answer)));
  };
  const { written, issues, repeat } = await transact(env, context, requests, {
    handling: options.handling,
    texts: options.return === 'representation',
    warnings: options.return === 'OperationOutcome',
    ...(within ? { within } : {}),
    ...(key === undefined
      ? {}
      : {
          submission: {
            key,
            body: options.bodyHash ?? '',
            answer: (done, found) => keptText(tell(done), found),
          },
        }),
  });
  if (repeat !== undefined) return { answers: JSON.parse(repeat) as Kept, written, repeated: true };
  return {
    answers: { answers: answers ?? written.map(writeAnswer), issues: [...issues] },
    ...(told ? { told } : {}),
    written,
    repeated: false,
  };
}

/** The batch interaction: each entry for itself. Source: https://hl7.org/fhir/R4/http.html#transaction */
export async function batch(
  env: Env,
  interactions: Interactions,
  context: Context,
  bundle: Resource,
  options: TransactionOptions,
): Promise<BundleAnswer> {
  const texts: string[] = [];
  const answer = (entry: BundleEntry) => answerAlone(env, interactions, context, entry, options);
  let reads: BundleEntry[] = [];
  for (const entry of readEntries(bundle, env.baseUrl)) {
    if ('fault' in entry) {
      texts[entry.index] = failedIn(options, entry.fault, false);
      continue;
    }
    const refused = options.failed?.get(entry.index);
    if (refused) {
      texts[entry.index] = failedIn(options, refused, entry.resource !== undefined);
      continue;
    }
    if (isRead(entry)) {
      reads.push(entry);
      continue;
    }
    await answerEach(reads, texts, answer);
    reads = [];
    texts[entry.index] = await answer(entry);
  }
  await answerEach(reads, texts, answer);
  return { text: responseBundle('batch-response', texts), duplicate: false };
}

/** Does the same for each entry; one error tells of all that failed. */
function together<T>(entries: readonly BundleEntry[], work: (entry: BundleEntry) => T): T[] {
  const issues: Issue[] = [];
  const done = entries.flatMap((entry) => {
    try {
      return [work(entry)];
    } catch (error) {
      if (!(error instanceof OutcomeError)) throw error;
      addIssues(issues, error.issues);
      return [];
    }
  });
  if (issues.length > 0) throw new OutcomeError(issues);
  return done;
}

/** Answers reads, a few at a time, each at its place. */
async function answerEach(
  reads: readonly BundleEntry[],
  texts: string[],
  answer: (entry: BundleEntry) => Promise<string>,
): Promise<void> {
  for (let at = 0; at < reads.length; at += READS_TOGETHER) {
    await Promise.all(
      reads.slice(at, at + READS_TOGETHER).map(async (entry) => {
        texts[entry.index] = await answer(entry);
      }),
    );
  }
}

const DUPLICATE: Issue = {
  severity: 'information',
  code: 'duplicate',
  diagnostics: 'This submission was applied before; this is the answer it got then',
};

/** What a repeat is known by; undefined for callers inside the server that name nothing: they are not deduplicated. */
function submissionKey(bundle: Resource, options: TransactionOptions): string | undefined {
  if (options.idempotencyKey) return headerKey(options.idempotencyKey);
  const identifier = bundle['identifier'] as { system?: string; value?: string } | undefined;
  if (identifier?.value) return `bundle:${identifier.system ?? ''}|${identifier.value}`;
  return options.bodyHash === undefined ? undefined : `body:${options.bodyHash}`;
}

/** What an entry that wrote is told; without the resource, and why, where there is no room for that. */
function toldText(
  { room, return: wanted }: TransactionOptions,
  entry: BundleEntry,
  answer: WriteAnswer,
  written: Written | undefined,
): string {
  const text = writtenText(answer, written, wanted, entry.subset);
  const full = lackOfRoom(room, text);
  if (!full) return text;
  tellIssues(
    [answer],
    [entry],
    full.issues.map((issue) => ({ ...issue, severity: 'information' })),
  );
  return writtenText(answer, written, 'minimal', undefined);
}

/** What an entry that failed is told; the first fault alone where there is no room for all of them. */
function failedIn({ room }: TransactionOptions, error: OutcomeError, hasBody: boolean): string {
  const text = failedText(error, error.issues, hasBody);
  return lackOfRoom(room, text) ? failedText(error, error.issues.slice(0, 1), hasBody) : text;
}

/** Why a text does not fit beside the others of its answer; undefined when it does, and is counted from then on. */
function lackOfRoom(room: TransactionOptions['room'], text: string): OutcomeError | undefined {
  try {
    room?.hold(text.length);
    return undefined;
  } catch (error) {
    if (error instanceof OutcomeError) return error;
    throw error;
  }
}

/** What is read for nobody is not looked up, nor written into the access log. */
const NOBODY_READS_IT = '{}';

/** One entry of a batch, or a read of a transaction: its answer or its own error. */
async function answerAlone(
  env: Env,
  interactions: Interactions,
  context: Context,
  entry: BundleEntry,
  options: TransactionOptions,
): Promise<string> {
  try {
    if (!isRead(entry)) {
      const { handling, return: wanted } = options;
      const { written, issues } = await transact(env, context, [asRequest(entry)], {
        handling,
        texts: wanted === 'representation',
        warnings: wanted === 'OperationOutcome',
      });
      const answer = writeAnswer(written[0]!);
      tellIssues([answer], [entry], issues);
      return toldText(options, entry, answer, written[0]);
    }
    if (options.room?.isLeft() && !callsOperation(entry.path)) return NOBODY_READS_IT;
    checkRead(entry, options, await searchWords(env, context));
    return await answerWithin(options, interactions, env.baseUrl, context, entry);
  } catch (error) {
    if (!(error instanceof OutcomeError)) throw error;
    await options.refused?.(error, { method: entry.method, url: entry.path.join('/') });
    return failedIn(options, error, entry.resource !== undefined);
  }
}
