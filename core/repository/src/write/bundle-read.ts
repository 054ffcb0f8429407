import { outcomeError, parseJson, parseSearch, subsetOf, subsetOfStatement, subsetText } from '@yba/fhir';
import type { Context, OperationAnswer, Page, PageEntry, Reads, Stored, TransactionOptions } from '@yba/fhir';
import { definitionsOf } from '../conformance/index.ts';
import { MOST, onlyKnown } from '../read/window.ts';
import { facilityOf } from '../rows/session.ts';
import { statusLine } from './bundle-answer.ts';
import type { BundleEntry } from './bundle-entries.ts';
import { saidOf } from './change.ts';
import type { Env } from './transact.ts';

/** True for entries that change nothing. */
export function isRead({ method, path }: BundleEntry): boolean {
  return (
    method === 'GET' || method === 'HEAD' || path.some((part) => isOperation(part) || part === '_search')
  );
}

/** `$everything` is answered as searches are. */
export const callsOperation = (path: readonly string[]) =>
  path.some(isOperation) && path[2] !== '$everything';

const isOperation = (part: string | undefined) => part?.startsWith('$') === true;

/** What a search may name beside R4. */
export type SearchWords = Omit<Parameters<typeof parseSearch>[2], 'handling'>;

/** What the searches of a caller's Bundle may name: the addresses of this server, and what is in force for the facility. */
export async function searchWords(env: Env, { caller }: Context): Promise<SearchWords> {
  const { parameters: more, profiles } = await definitionsOf(env.pools).of(facilityOf(caller));
  return { baseUrl: env.baseUrl, more, profiles };
}

/**
 * Refuses what could not be answered whatever is stored, before anything is written: an operation other than
 * `$everything` in a transaction, a search or a read that is not understood. Throws with the place in the Bundle.
 */
export function checkRead(
  { path, query, index }: BundleEntry,
  { handling, operation, statement }: TransactionOptions,
  words: SearchWords,
): void {
  const [type, id, third, fourth] = path as [string, string?, string?, string?];
  const at = `Bundle.entry[${index}].request.url`;
  if (type === 'metadata') {
    if (statement !== undefined && id === undefined) {
      atEntry(at, () => {
        onlyKnown(query, ['mode', '_summary', '_elements'], 'The CapabilityStatement');
        subsetOfStatement(query);
      });
      return;
    }
    throw outcomeError('not-found', 'The CapabilityStatement is read by itself: GET metadata', at);
  }
  if (callsOperation(path)) {
    if (operation) return;
    throw outcomeError(
      'not-supported',
      'Operations are called on their own or in a batch, not in a transaction',
      at,
    );
  }
  if ((type === '_history' && id) || (id === '_history' && third))
    throw outcomeError('value', 'A version is read of a resource: [type]/[id]/_history/[version]', at);
  if (path.length > partsOf(path))
    throw outcomeError(
      'not-found',
      `Nothing is read at this path; it goes on after ${path.slice(0, partsOf(path)).join('/')}`,
      at,
    );
  const isVersion = third === '_history' && fourth !== undefined;
  const isHistory = type === '_history' || id === '_history' || third === '_history';
  if ((isHistory && !isVersion) || third === '$everything') return;
  const isOne = id !== undefined && id !== '_search' && (third === undefined || isVersion);
  const within = id === undefined || id === '_search' ? type : third === '*' ? undefined : third;
  atEntry(at, () => {
    if (isOne) onlyKnown(query, ['_summary', '_elements'], 'A read');
    else parseSearch(within, new URLSearchParams(query), { ...words, handling });
  });
}

/** How many parts the path of a read has at most: of a version four, of a compartment three. */
function partsOf([type, id, third, fourth]: readonly string[]): number {
  if (type === '_history') return 1;
  if (id === '_history' || id === '_search') return 2;
  return third === '_history' || fourth === '_search' ? 4 : 3;
}

/** What is wrong with a read is told at its place in the Bundle. */
function atEntry(at: string, check: () => void): void {
  try {
    check();
  } catch (error) {
    throw saidOf(at, error);
  }
}

/**
 * The text of the entry that answers a read, which is held until the whole Bundle is answered. Throws its own error, and
 * what the room says; then nothing of it is held.
 */
export async function answerWithin(
  { room, ...options }: TransactionOptions,
  interactions: Reads,
  baseUrl: string,
  context: Context,
  entry: BundleEntry,
): Promise<string> {
  if (!room) return answerRead(interactions, baseUrl, context, entry, options, () => {});
  const at = `Bundle.entry[${entry.index}].request.url`;
  let held = 0;
  const hold = (characters: number) => {
    atEntry(at, () => room.hold(characters));
    held += characters;
  };
  const refuse = (error: unknown) => {
    throw saidOf(at, error);
  };
  const end = isPage(entry.path) ? await room.turn(countOf(entry)).catch(refuse) : undefined;
  try {
    return await answerRead(interactions, baseUrl, context, entry, options, hold);
  } catch (error) {
    room.hold(-held);
    throw error;
  } finally {
    end?.();
  }
}

/** Whether many resources may answer it. */
function isPage(path: readonly string[]): boolean {
  const [, id, third, fourth] = path;
  if (callsOperation(path)) return false;
  return (
    id === undefined ||
    id === '_search' ||
    id === '_history' ||
    fourth === '_search' ||
    (third !== undefined && !fourth)
  );
}

/** A whole chart is more than any page. */
const countOf = ({ path, query }: BundleEntry) =>
  query.get('_count') ?? (path[2] === '$everything' ? `${MOST}` : undefined);

/**
 * The text of the entry that answers a read; HEAD is answered as GET is, without the resource. `hold` is told how long it
 * is, part by part. Throws its own error.
 * Source: https://hl7.org/fhir/R4/http.html#read, “HEAD”
 */
async function answerRead(
  interactions: Reads,
  baseUrl: string,
  context: Context,
  entry: BundleEntry,
  options: TransactionOptions,
  hold: (characters: number) => void,
): Promise<string> {
  const { path, query, method } = entry;
  const [type, id, third, fourth] = path as [string, string?, string?, string?];
  const bare = method === 'HEAD';
  const reads = { ...interactionsOf(interactions), ...options.reads?.(type) };
  const held = (text: string) => {
    hold(text.length);
    return text;
  };
  if (type === 'metadata')
    return held(
      operationText(
        { status: 200, text: subsetText(await options.statement!(), subsetOf(query), parseJson) },
        bare,
      ),
    );
  if (options.operation && callsOperation(path))
    return held(operationText(await options.operation(entry), bare));
  const page = async (answer: Page) => {
    const text = await pageText(answer, baseUrl, hold);
    return bare ? operationText({ status: 200 }, bare) : text;
  };
  if (third === '$everything') return page(await reads.everything(context, type, id!, query));
  if (type === '_history') return page(await reads.history(context, undefined, undefined, query));
  if (id === '_history') return page(await reads.history(context, type, undefined, query));
  if (third === '_history' && !fourth) return page(await reads.history(context, type, id, query));
  const handling = { handling: options.handling };
  if (!id || id === '_search') return page(await reads.search(context, type, query, handling));
  if (third && third !== '_history') {
    const inner = third === '*' ? undefined : third;
    const inside = options.reads?.(third).search ?? interactions.search.bind(interactions);
    return page(await inside(context, inner, query, { ...handling, compartment: { type, id } }));
  }
  const stored = fourth ? await reads.vread(context, type, id, fourth) : await reads.read(context, type, id);
  return held(storedText(stored, entry));
}

const operationText = ({ status, text }: OperationAnswer, bare: boolean) =>
  `{${text === undefined || bare ? '' : `"resource":${text},`}"response":{"status":"${statusLine(status)}"}}`;

function interactionsOf(interactions: Reads): Reads {
  return {
    read: interactions.read.bind(interactions),
    vread: interactions.vread.bind(interactions),
    history: interactions.history.bind(interactions),
    search: interactions.search.bind(interactions),
    everything: interactions.everything.bind(interactions),
  };
}

/** 304 when the asker has that version, as the headers of the same names say it. Source: https://hl7.org/fhir/R4/http.html#cread */
function storedText(stored: Stored, { query, ifNoneMatch, ifModifiedSince, method }: BundleEntry): string {
  const etag = `W/"${stored.version}"`;
  const tags = ifNoneMatch?.split(',').map((tag) => tag.trim().replace(/^W\//, '').replaceAll('"', ''));
  const isKnown = tags
    ? tags.includes('*') || tags.includes(String(stored.version))
    : ifModifiedSince !== undefined && stored.updated <= ifModifiedSince;
  const response = {
    status: statusLine(isKnown ? 304 : 200),
    etag,
    lastModified: stored.updated.toISOString(),
  };
  if (isKnown || method === 'HEAD') return JSON.stringify({ response });
  const text = subsetText(stored.text, subsetOf(query), parseJson);
  return `{"resource":${text},"response":${JSON.stringify(response)}}`;
}

async function pageText(page: Page, baseUrl: string, hold: (characters: number) => void): Promise<string> {
  const absolute = (path: string) => (/^(https?|urn):/.test(path) ? path : `${baseUrl}/${path}`);
  const links = [
    { relation: 'self', url: absolute(page.self) },
    ...(page.next ? [{ relation: 'next', url: absolute(page.next) }] : []),
  ];
  const entries: string[] = [];
  const take = (more: readonly PageEntry[]) => {
    const texts = more.map(entryText);
    hold(texts.reduce((sum, { length }) => sum + length, 0));
    entries.push(...texts);
  };
  take(page.entries);
  for await (const more of page.more ?? []) take(more);
  const total = page.total === undefined ? '' : `"total":${page.total},`;
  const body = entries.length > 0 ? `,"entry":[${entries.join(',')}]` : '';
  return `{"resource":{"resourceType":"Bundle","type":"${page.kind}",${total}"link":${JSON.stringify(links)}${body}},"response":{"status":"200 OK"}}`;
}

function entryText(entry: PageEntry): string {
  const parts = [
    ...(entry.fullUrl ? [`"fullUrl":${JSON.stringify(entry.fullUrl)}`] : []),
    ...(entry.text ? [`"resource":${entry.text}`] : []),
    ...(entry.mode ? [`"search":{"mode":"${entry.mode}"}`] : []),
    ...(entry.request ? [`"request":${JSON.stringify(entry.request)}`] : []),
    ...(entry.response ? [`"response":${JSON.stringify(entry.response)}`] : []),
  ];
  return `{${parts.join(',')}}`;
}
