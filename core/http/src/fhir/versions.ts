import type { Stored } from '@yba/fhir';
import type { FastifyRequest } from 'fastify';
import { HttpError } from '../http-error.ts';

/** The ETag of a version: `W/"3"`. Source: https://hl7.org/fhir/R4/http.html#versioning */
export const etag = (version: number): string => `W/"${version}"`;

/** The version If-Match asks for. Throws 400 when it is not an ETag of ours. */
export function ifMatchOf(request: FastifyRequest): number | undefined {
  const header = request.headers['if-match'];
  if (header === undefined) return undefined;
  const version = /^(?:W\/)?"(\d{1,9})"$/.exec(header.trim())?.[1];
  if (version === undefined)
    throw new HttpError(400, 'invalid', `If-Match must be a version such as W/"3", not ${header}`);
  return Number(version);
}

/** True when the client already holds this version: If-None-Match, else If-Modified-Since. Source: RFC 9110 13.2.2 */
export function isNotModified(request: FastifyRequest, stored: Stored): boolean {
  const known = request.headers['if-none-match'];
  if (known !== undefined) {
    const current = etag(stored.version).slice(2);
    return known.trim() === '*' || known.split(',').some((tag) => tag.trim().replace(/^W\//, '') === current);
  }
  const since = request.headers['if-modified-since'];
  // HTTP dates have whole seconds
  return since !== undefined && Math.floor(stored.updated.getTime() / 1000) * 1000 <= Date.parse(since);
}
