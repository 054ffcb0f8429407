import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { forbidden, notSupported, OutcomeError, operationOutcome, outcomeError } from '@yba/fhir';
import type {
  BundleAnswer,
  Context,
  Interactions,
  Issue,
  Page,
  Resource,
  TransactionOptions,
  Written,
} from '@yba/fhir';
import type { Transaction } from '@yba/postgres';
import type { Db } from '../rows/session.ts';
import { bundleEntries } from './bundle-entries.ts';
import type { BundleEntry } from './bundle-entries.ts';
import type { Request } from './change.ts';
import { transact } from './transact.ts';
import type { Env } from './transact.ts';

/**
 * The transaction interaction: all entries or none, applied once. The key of a repeat is the Idempotency-Key, else
 * Bundle.identifier, else the body's hash; a repeat gets the first answer with an information issue.
 * Reads of the Bundle are answered after its writes are committed, so they see them.
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
  const key = within ? undefined : submissionKey(bundle, options);
  const body = options.bodyHash ?? '';
  const requests = writes.map(asRequest);
  const { answers, issues, duplicate } =
    requests.length === 0
      ? { answers: [], issues: [], duplicate: false }
      : await transact<Kept & { duplicate: boolean }>(env, context, requests, options.handling, {
          async before(db) {
            await within?.before?.(db);
            return key === undefined ? undefined : firstAnswer(db, context, key, body);
          },
          async after(db, written, found) {
            await within?.after?.(db, written);
            const kept = { answers: written.map(writeAnswer), issues: found };
            if (key !== undefined) await keepAnswer(db, context, key, body, kept);
            return { ...kept, duplicate: false };
          },
        });
  tellIssues(answers, writes, duplicate ? [DUPLICATE, ...issues] : issues);
  const texts: string[] = [];
  writes.forEach((entry, index) => (texts[entry.index] = JSON.stringify(answers[index])));
  for (const entry of reads)
    texts[entry.index] = await answerAlone(env, interactions, context, entry, options);
  return { text: responseBundle('transaction-response', texts), duplicate };
}

/** Puts each issue into the answer of the entry it speaks of; the first entry's when it speaks of the whole. */
function tellIssues(answers: WriteAnswer[], writes: readonly BundleEntry[], issues: readonly Issue[]): void {
  for (const issue of issues) {
    const index = /^Bundle\.entry\[(\d+)\]/.exec(issue.expression?.[0] ?? '')?.[1];
    const place = index === undefined ? 0 : writes.findIndex((entry) => entry.index === Number(index));
    const answer = answers[place] ?? answers[0];
    if (!answer) continue;
    answer.response.outcome = operationOutcome([...(answer.response.outcome?.issue ?? []), issue]);
  }
}

/** The batch interaction: each entry for itself. Source: https://hl7.org/fhir/R4/http.html#transaction */
export async function batch(
  env: Env,
  interactions: Interactions,
  context: Context,
  bundle: Resource,
  options: TransactionOptions,
): Promise<BundleAnswer> {
  const texts = [];
  for (const entry of bundleEntries(bundle, env.baseUrl))
    texts.push(await answerAlone(env, interactions, context, entry, options));
  return { text: responseBundle('batch-response', texts), duplicate: false };
}

const DUPLICATE: Issue = {
  severity: 'information',
  code: 'duplicate',
  diagnostics: 'This submission was applied before; this is the answer it got then',
};

/** What a capability adds to a transaction: its own rows, in the same commit. Both may run again when it is repeated. */
export type Within = {
  /** Before the writes. */
  before?(db: Transaction): Promise<void>;
  /** After the writes, before the commit; `written[i]` answers the i-th entry that writes. */
  after?(db: Transaction, written: readonly Written[]): Promise<void>;
};

type WriteAnswer = {
  response: {
    status: string;
    location?: string;
    etag?: string;
    lastModified: string;
    outcome?: ReturnType<typeof operationOutcome>;
  };
};
type Kept = { answers: WriteAnswer[]; issues: Issue[] };

function isRead({ method, path }: BundleEntry): boolean {
  return (
    method === 'GET' || method === 'HEAD' || path.some((part) => part.startsWith('$') || part === '_search')
  );
}

/** What a repeat is known by; undefined for callers inside the server that name nothing: they are not deduplicated. */
function submissionKey(bundle: Resource, options: TransactionOptions): string | undefined {
  if (options.idempotencyKey) return `key:${options.idempotencyKey}`;
  const identifier = bundle['identifier'] as { system?: string; value?: string } | undefined;
  if (identifier?.value) return `bundle:${identifier.system ?? ''}|${identifier.value}`;
  return options.bodyHash === undefined ? undefined : `body:${options.bodyHash}`;
}

/** The answer the key got before, if any. A second submission under way meets the first at the unique key, and looks again. */
async function firstAnswer(
  db: Db,
  context: Context,
  key: string,
  bodyHash: string,
): Promise<(Kept & { duplicate: true }) | undefined> {
  const [first] = await db<{ body: string; answer: Buffer }[]>`
    select body, answer from submission where client = ${context.caller.client} and key = ${key}`;
  if (!first) return undefined;
  if (first.body !== bodyHash) {
    throw outcomeError(
      'business-rule',
      'This key (Idempotency-Key or Bundle.identifier) was used for another body; use a new key for a new submission',
      'Bundle.identifier',
    );
  }
  return { ...(JSON.parse(zstdDecompressSync(first.answer).toString()) as Kept), duplicate: true };
}

async function keepAnswer(
  db: Db,
  context: Context,
  key: string,
  bodyHash: string,
  kept: Kept,
): Promise<void> {
  await db`
    insert into submission (client, key, body, answer)
    values (${context.caller.client}, ${key}, ${bodyHash}, ${zstdCompressSync(JSON.stringify(kept))})`;
}

const wellFormedId = /^[A-Za-z0-9.-]{1,64}$/;

function asRequest(entry: BundleEntry): Request {
  const { method, path, query, index } = entry;
  const [type, id, ...rest] = path as [string, string | undefined, ...string[]];
  const at = `Bundle.entry[${index}]`;
  if (method === 'PATCH')
    throw notSupported('PATCH is not offered yet; send the whole resource with PUT', `${at}.request.method`);
  if (rest.length > 0 || (method === 'POST' && id))
    throw outcomeError(
      'value',
      `${method} goes to ${method === 'POST' ? type : `${type}/id`}`,
      `${at}.request.url`,
    );
  const condition = method === 'POST' ? entry.ifNoneExist : id ? undefined : query;
  if (method !== 'POST' && !id && [...query.keys()].length === 0) {
    throw outcomeError(
      'value',
      `${method} needs an id or a condition, e.g. ${type}/123 or ${type}?identifier=system|value`,
      `${at}.request.url`,
    );
  }
  if (method === 'PUT' && id && !wellFormedId.test(id))
    throw outcomeError('value', `${id} cannot be an id: 1 to 64 of A-Z a-z 0-9 - .`, `${at}.request.url`);
  if (method === 'PUT' && id && entry.resource?.id && entry.resource.id !== id) {
    throw outcomeError(
      'value',
      `The url says id ${id}, the resource ${entry.resource.id}; make them the same`,
      `${at}.resource.id`,
    );
  }
  return {
    method: method as Request['method'],
    type,
    path: `${at}.resource`,
    ...(id ? { id } : {}),
    ...(entry.resource ? { resource: entry.resource } : {}),
    ...(entry.fullUrl ? { fullUrl: entry.fullUrl } : {}),
    ...(entry.ifMatch === undefined ? {} : { ifMatch: entry.ifMatch }),
    ...(condition ? { condition } : {}),
  };
}

const STATUS = {
  created: '201 Created',
  updated: '200 OK',
  deleted: '204 No Content',
  unchanged: '200 OK',
} as const;

function writeAnswer(written: Written): WriteAnswer {
  const gone = written.outcome === 'deleted';
  return {
    response: {
      status: STATUS[written.outcome],
      ...(gone ? {} : { location: `${written.type}/${written.id}/_history/${written.version}` }),
      ...(written.version > 0 ? { etag: `W/"${written.version}"` } : {}),
      lastModified: written.updated.toISOString(),
    },
  };
}

/** One entry of a batch, or a read of a transaction: its answer or its own error. */
async function answerAlone(
  env: Env,
  interactions: Interactions,
  context: Context,
  entry: BundleEntry,
  options: TransactionOptions,
): Promise<string> {
  try {
    if (!isRead(entry))
      return await transact(env, context, [asRequest(entry)], options.handling, {
        after: (_db, [written]) => Promise.resolve(JSON.stringify(writeAnswer(written!))),
      });
    return await answerRead(interactions, context, entry, options);
  } catch (error) {
    if (!(error instanceof OutcomeError)) throw error;
    return JSON.stringify({ response: { status: statusOf(error), outcome: operationOutcome(error.issues) } });
  }
}

async function answerRead(
  interactions: Interactions,
  context: Context,
  { path, query, index }: BundleEntry,
  options: TransactionOptions,
): Promise<string> {
  const [type, id, third, fourth] = path as [string, string?, string?, string?];
  if (
    id === '$everything' ||
    (third && third !== '_history' && third !== '$everything') ||
    type.startsWith('$') ||
    id?.startsWith('$')
  ) {
    throw forbidden(`Entry ${index}: operations are called on their own, not inside a Bundle`);
  }
  if (third === '$everything') return pageAnswer(await interactions.everything(context, id!, query));
  if (id === '_history' || (third === '_history' && !fourth))
    return pageAnswer(await interactions.history(context, type, id === '_history' ? undefined : id, query));
  if (!id || id === '_search')
    return pageAnswer(await interactions.search(context, type, query, { handling: options.handling }));
  const stored = fourth
    ? await interactions.vread(context, type, id, fourth)
    : await interactions.read(context, type, id);
  return `{"resource":${stored.text},"response":{"status":"200 OK","etag":"W/\\"${stored.version}\\"","lastModified":"${stored.updated.toISOString()}"}}`;
}

function pageAnswer(page: Page): string {
  const links = [
    { relation: 'self', url: page.self },
    ...(page.next ? [{ relation: 'next', url: page.next }] : []),
  ];
  const entries = page.entries.map((entry) => {
    const parts = [
      ...(entry.fullUrl ? [`"fullUrl":${JSON.stringify(entry.fullUrl)}`] : []),
      ...(entry.text ? [`"resource":${entry.text}`] : []),
      ...(entry.mode ? [`"search":{"mode":"${entry.mode}"}`] : []),
      ...(entry.request ? [`"request":${JSON.stringify(entry.request)}`] : []),
      ...(entry.response ? [`"response":${JSON.stringify(entry.response)}`] : []),
    ];
    return `{${parts.join(',')}}`;
  });
  const total = page.total === undefined ? '' : `"total":${page.total},`;
  const body = entries.length > 0 ? `,"entry":[${entries.join(',')}]` : '';
  return `{"resource":{"resourceType":"Bundle","type":"${page.kind}",${total}"link":${JSON.stringify(links)}${body}},"response":{"status":"200 OK"}}`;
}

/** The status line of a failed entry; the table proper is `http`'s, this is what a Bundle says of it. */
function statusOf(error: OutcomeError): string {
  const isInside = error.issues[0]?.expression?.[0]?.endsWith('.reference');
  switch (isInside ? 'processing' : error.code) {
    case 'not-found':
      return '404 Not Found';
    case 'deleted':
      return '410 Gone';
    case 'forbidden':
      return '403 Forbidden';
    case 'lock-error':
    case 'multiple-matches':
      return '412 Precondition Failed';
    case 'duplicate':
    case 'conflict':
      return '409 Conflict';
    case 'invalid':
    case 'not-supported':
      return '400 Bad Request';
    case 'exception':
      return '500 Internal Server Error';
    case 'transient':
      return '503 Service Unavailable';
    default:
      return '422 Unprocessable Entity';
  }
}

function responseBundle(type: 'transaction-response' | 'batch-response', entries: readonly string[]): string {
  const body = entries.length > 0 ? `,"entry":[${entries.join(',')}]` : '';
  return `{"resourceType":"Bundle","type":"${type}"${body}}`;
}
