import {
  applyFhirPathPatch,
  applyJsonPatch,
  isResourceId,
  OutcomeError,
  outcomeError,
  parseJsonArray,
  validate,
} from '@yba/fhir';
import type { Patch, Resource } from '@yba/fhir';
import { etagVersions } from './bundle-entries.ts';
import type { BundleEntry } from './bundle-entries.ts';
import { issuesAt } from './change.ts';
import type { Request } from './change.ts';

/** What an entry asks to be written. Throws what is wrong with its url, its id or its patch. */
export function asRequest(entry: BundleEntry): Request {
  const { method, path, query, index } = entry;
  const [type, id] = path as [string, string | undefined];
  const at = `Bundle.entry[${index}]`;
  const fault = (element: string, why: string) => outcomeError('value', why, `${at}.${element}`);
  if (path.length > 2 || (method === 'POST' && id))
    throw fault('request.url', `${method} goes to ${method === 'POST' ? type : `${type}/id`}`);
  if (query.size > 0 && (method === 'POST' || id))
    throw fault(
      'request.url',
      `${method} ${type}${id ? '/id' : ''} has no parameter “${[...query.keys()][0]}”; a condition goes into ifNoneExist of a POST, or stands instead of the id`,
    );
  if (method !== 'POST' && !id && query.size === 0) {
    throw fault(
      'request.url',
      `${method} needs an id or a condition, e.g. ${type}/123 or ${type}?identifier=system|value`,
    );
  }
  if (method === 'PUT' && id && !isResourceId(id))
    throw fault('request.url', `${id} cannot be an id: 1 to 64 of A-Z a-z 0-9 - .`);
  if (method === 'PUT' && id && entry.resource && entry.resource.id !== id)
    throw otherId(entry.resource, id, `${at}.resource.id`);
  const condition = method === 'POST' ? entry.ifNoneExist : id ? undefined : query;
  const request: Request = { method: method as Request['method'], type, path: `${at}.resource` };
  if (id) request.id = id;
  if (method === 'PATCH') request.apply = patchOf(entry.resource!, request.path);
  else if (entry.resource) request.resource = entry.resource;
  if (entry.fullUrl) request.fullUrl = entry.fullUrl;
  if (entry.ifMatch !== undefined) request.ifMatch = entry.ifMatch;
  if (entry.ifNoneMatch !== undefined)
    request.ifNoneMatch = etagVersions(entry.ifNoneMatch, `${at}.request.ifNoneMatch`);
  if (condition) request.condition = condition;
  return request;
}

/** As an update that is sent alone is refused. Source: https://hl7.org/fhir/R4/http.html#update, “400 error code” */
const otherId = (resource: Resource, id: string, place: string) =>
  outcomeError(
    'invalid',
    `The url says id ${id}, the resource ${resource.id ?? 'has none'}; make them the same`,
    place,
  );

/**
 * The patch that an entry carries: a Parameters of FHIRPath Patch, or a Binary with a JSON Patch.
 * Source: https://hl7.org/fhir/R4/http.html#patch, “patch in a batch or transaction”
 */
function patchOf(resource: Resource, at: string): Patch {
  if (resource.resourceType === 'Parameters') {
    const faults = validate(resource).filter(({ severity }) => severity === 'error' || severity === 'fatal');
    if (faults.length > 0) throw new OutcomeError(issuesAt(at, faults));
    return (current) => applyFhirPathPatch(current, resource);
  }
  if (resource.resourceType !== 'Binary') {
    throw outcomeError(
      'value',
      `A PATCH entry carries a Parameters (FHIRPath Patch) or a Binary (JSON Patch), not a ${resource.resourceType}`,
      at,
    );
  }
  const operations = operationsIn(resource, at);
  return (current) => applyJsonPatch(current, operations);
}

function operationsIn({ contentType, data }: Resource, at: string): unknown {
  if (contentType !== 'application/json-patch+json') {
    throw outcomeError(
      'value',
      `A Binary that carries a patch is of application/json-patch+json, not ${contentType === undefined ? 'without a contentType' : JSON.stringify(contentType)}`,
      `${at}.contentType`,
    );
  }
  try {
    return parseJsonArray(Buffer.from(String(data ?? ''), 'base64').toString('utf8'));
  } catch (cause) {
    if (!(cause instanceof OutcomeError)) throw cause;
    throw outcomeError('value', `The JSON Patch in it cannot be read: ${cause.message}`, `${at}.data`);
  }
}
