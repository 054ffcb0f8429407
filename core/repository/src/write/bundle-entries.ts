import {
  invalid,
  resourceTypes,
  OutcomeError,
  outcomeError,
  readCondition,
  readETags,
  readQuery,
  subsetOf,
  takeOnlyType,
  validate,
} from '@yba/fhir';
import type { Issue, Resource, Subset } from '@yba/fhir';
import { saidOf } from './change.ts';

/** An entry of a batch or transaction as asked for, reads included. */
export type BundleEntry = {
  index: number;
  method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE' | 'PATCH';
  /** `Type`, `Type/id`, `Type/id/_history/v` or an operation, without query; empty for a search over all types. */
  path: string[];
  query: URLSearchParams;
  fullUrl?: string;
  resource?: Resource;
  ifMatch?: readonly number[] | '*';
  ifNoneMatch?: string;
  ifModifiedSince?: Date;
  ifNoneExist?: URLSearchParams;
  /** Of a write: which elements of it are to be answered. */
  subset?: Subset;
};

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH']);

/** Most entries one Bundle may carry; larger deliveries are split by their sender. */
const ENTRY_LIMIT = 10_000;

/** An entry that cannot be understood, and what is wrong with it. */
export type FaultyEntry = { index: number; fault: OutcomeError };

/**
 * The entries of a transaction, in the order they stand. Throws with one issue for each entry
 * that cannot be understood. Source: https://hl7.org/fhir/R4/http.html#transaction
 */
export function bundleEntries(bundle: Resource, baseUrl: string): BundleEntry[] {
  const read = readEntries(bundle, baseUrl);
  const faults = read.flatMap((entry) => ('fault' in entry ? entry.fault.issues : []));
  if (faults.length > 0) throw new OutcomeError(faults);
  return read as BundleEntry[];
}

/**
 * The entries of a batch, in the order they stand; one that cannot be understood is told of at its place, and stops
 * no other. Throws what is wrong with the Bundle itself. Source: https://hl7.org/fhir/R4/http.html#brules
 */
export function readEntries(bundle: Resource, baseUrl: string): (BundleEntry | FaultyEntry)[] {
  const entries = (bundle['entry'] ?? []) as {
    fullUrl?: string;
    resource?: Resource;
    request?: Record<string, string>;
  }[];
  if (!Array.isArray(entries)) throw invalid('Bundle.entry', 'Bundle.entry must be an array');
  if (entries.length > ENTRY_LIMIT) {
    throw outcomeError(
      'too-costly',
      `A Bundle may carry ${ENTRY_LIMIT} entries, this one has ${entries.length}; split it`,
      'Bundle.entry',
    );
  }
  const issues = shellIssues(bundle, entries);
  const ofEntry = issues.map(({ expression }) => Number(IN_ENTRY.exec(expression?.[0] ?? '')?.[1] ?? NaN));
  if (ofEntry.some(Number.isNaN)) throw new OutcomeError(issues);
  return entries.map((entry, index) => {
    const own = issues.filter((_, at) => ofEntry[at] === index);
    if (own.length > 0) return { index, fault: new OutcomeError(own) };
    try {
      return parseEntry(entry, index, baseUrl);
    } catch (error) {
      if (!(error instanceof OutcomeError)) throw error;
      return { index, fault: error };
    }
  });
}

const IN_ENTRY = /^Bundle\.entry\[(\d+)\]\.request\b/;

const STAND_IN = { method: 'GET', url: 'metadata' };

/** What is wrong with the Bundle apart from the resources it carries, which are judged one by one. */
function shellIssues(
  bundle: Resource,
  entries: readonly { resource?: unknown; fullUrl?: string }[],
): Issue[] {
  const { entry: _entries, ...envelope } = bundle;
  const shells = entries.map((entry) => {
    if (typeof entry?.resource !== 'object' || entry.resource === null) return entry;
    const { resource: _carried, ...shell } = entry;
    return { request: STAND_IN, ...shell }; // one that has none is told of it by its entry
  });
  const issues: Issue[] = [];
  const seen = new Set<string>();
  entries.forEach((entry, index) => {
    const fullUrl = entry?.fullUrl;
    if (typeof fullUrl !== 'string') return;
    if (seen.has(fullUrl)) issues.push(repeated(fullUrl, index));
    seen.add(fullUrl);
  });
  if (issues.length > 0) return issues; // the rule for it, bdl-7, tells of the Bundle as a whole
  return validate(shells.length > 0 ? { ...envelope, entry: shells } : (envelope as Resource)).filter(
    ({ severity }) => severity === 'error' || severity === 'fatal',
  );
}

/** Source: https://hl7.org/fhir/R4/bundle.html#invs, bdl-7 */
function repeated(fullUrl: string, index: number): Issue {
  return {
    severity: 'error',
    code: 'invariant',
    diagnostics: `Another entry has the fullUrl ${fullUrl} too; give each entry its own, so that references have one target`,
    expression: [`Bundle.entry[${index}].fullUrl`],
  };
}

function parseEntry(
  entry: { fullUrl?: string; resource?: Resource; request?: Record<string, string> },
  index: number,
  baseUrl: string,
): BundleEntry {
  const at = `Bundle.entry[${index}]`;
  const request = entry?.request;
  if (!request || typeof request !== 'object') {
    throw outcomeError(
      'required',
      'Each entry of a batch or transaction needs a request with method and url',
      `${at}.request`,
    );
  }
  const method = String(request['method'] ?? '') as BundleEntry['method'];
  if (!METHODS.has(method))
    throw invalid(`${at}.request.method`, `“${method}” is not GET, HEAD, POST, PUT, DELETE or PATCH`);
  const url = String(request['url'] ?? '');
  const relative = stripBase(url, baseUrl);
  const mark = relative.indexOf('?');
  const pathText = mark < 0 ? relative : relative.slice(0, mark);
  const path = pathText.split('/').filter((part) => part !== '');
  const query = mark < 0 ? noQuery : readQuery(relative.slice(mark + 1), () => `${at}.request.url`);
  // how the whole answer is written is said of the Bundle
  if (query.get('_format')?.includes('json')) query.delete('_format');
  if (query.size > 0) query.delete('_pretty');
  const ofAll = path.length === 0 && (method === 'GET' || method === 'HEAD') && query.size > 0;
  const only = ofAll || path[2] === '*' ? takeOnlyType(query, resourceTypes) : undefined;
  if (only !== undefined) path[ofAll ? 0 : 2] = only;
  const [first] = path;
  const remedy = 'write the url relative to the base, e.g. Patient/123';
  if (!ofAll && first === undefined)
    throw invalid(`${at}.request.url`, `It names no resource type; ${remedy}`);
  if (first !== undefined && !isKnown(first))
    throw outcomeError('not-found', `“${first}” is not a resource type; ${remedy}`, `${at}.request.url`);
  const writes = method === 'POST' || method === 'PUT' || method === 'PATCH';
  const asks = path.some((part) => part.startsWith('$') || part === '_search');
  if (writes && !asks && !entry.resource) {
    throw outcomeError('required', `A ${method} entry needs a resource`, `${at}.resource`);
  }
  if (writes && method !== 'PATCH' && entry.resource && !asks && entry.resource.resourceType !== path[0]) {
    throw invalid(
      `${at}.request.url`,
      `The url says ${path[0]}, the resource is a ${entry.resource.resourceType}`,
    );
  }
  if (path.at(-1) === '_search' && entry.resource) {
    throw invalid(
      `${at}.resource`,
      `It would go unread: the parameters of a search stand in its url, e.g. ${first}/_search?_id=123`,
    );
  }
  const parsed: BundleEntry = { index, method, path, query };
  const subset = method === 'GET' || method === 'HEAD' || asks ? undefined : takenSubset(query, at);
  if (subset) parsed.subset = subset;
  if (entry.fullUrl) parsed.fullUrl = entry.fullUrl;
  if (entry.resource) parsed.resource = entry.resource;
  if (request['ifMatch']) parsed.ifMatch = etagVersions(request['ifMatch'], `${at}.request.ifMatch`);
  if (request['ifNoneMatch']) parsed.ifNoneMatch = request['ifNoneMatch'];
  if (request['ifModifiedSince']) parsed.ifModifiedSince = new Date(request['ifModifiedSince']);
  if (request['ifNoneExist'] && method !== 'POST')
    throw invalid(
      `${at}.request.ifNoneExist`,
      `It spares a create (POST); a ${method} has its condition in its url: ${first}?identifier=system|value`,
    );
  if (request['ifNoneExist'])
    parsed.ifNoneExist = criteria(request['ifNoneExist'], first!, `${at}.request.ifNoneExist`);
  return parsed;
}

/** `_summary` and `_elements` of a write, taken out of its query. Source: https://hl7.org/fhir/R4/http.html#parameters */
function takenSubset(query: URLSearchParams, at: string): Subset | undefined {
  if (query.size === 0) return undefined;
  try {
    const subset = subsetOf(query);
    query.delete('_summary');
    query.delete('_elements');
    return subset;
  } catch (error) {
    throw saidOf(`${at}.request.url`, error);
  }
}

/** What most urls carry; it is never changed. */
const noQuery = new URLSearchParams();

/** What the first part of an entry's url may be. */
const isKnown = (part: string) =>
  resourceTypes.has(part) || part.startsWith('$') || part === '_history' || part === 'metadata';

/** A condition that everything meets is never meant. */
function criteria(text: string, type: string, expression: string): URLSearchParams {
  const query = readCondition(text, type, () => expression);
  if ([...query].some(([, value]) => value !== '')) return query;
  throw invalid(
    expression,
    `“${text}” asks for nothing; write search parameters, e.g. identifier=system|value`,
  );
}

function stripBase(url: string, baseUrl: string): string {
  return url.startsWith(baseUrl) ? url.slice(baseUrl.length) : url;
}

/** The versions that a write must, or must not, meet: `*`, or ETags with commas between them. A single one may come without quotes. Throws what is none of ours. */
export function etagVersions(tags: string, expression: string): readonly number[] | '*' {
  const versions = readETags(/^\d+$/.test(tags.trim()) ? `"${tags.trim()}"` : tags);
  if (!versions) throw invalid(expression, `“${tags.trim()}” is no list of ETags of ours, e.g. W/"3", W/"4"`);
  return versions;
}
