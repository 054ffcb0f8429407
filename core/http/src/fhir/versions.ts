import { readETags } from '@yba/fhir';
import type { Preconditions, Stored } from '@yba/fhir';
import type { FastifyRequest } from 'fastify';
import { HttpError } from '../http-error.ts';

/** The ETag of a version: `W/"3"`. Source: https://hl7.org/fhir/R4/http.html#versioning */
export const etag = (version: number): string => `W/"${version}"`;

/**
 * What If-Match and If-None-Match ask of a write to something that is there. Throws 400 for what is no ETag of ours, and for
 * an If-None-Exist, which would be passed over. Source: RFC 9110 13.1
 */
export function preconditionsOf({ headers }: Pick<FastifyRequest, 'headers'>): Preconditions {
  if (headers['if-none-exist'] !== undefined)
    throw new HttpError(
      400,
      'invalid',
      'If-None-Exist spares a create (POST); here the condition stands in the address: Patient?identifier=system|value.',
    );
  const ifMatch = headers['if-match'];
  const ifNoneMatch = headers['if-none-match'];
  return {
    ...(ifMatch === undefined ? {} : { ifMatch: versionsOf('If-Match', ifMatch) }),
    ...(ifNoneMatch === undefined ? {} : { ifNoneMatch: versionsOf('If-None-Match', ifNoneMatch) }),
  };
}

function versionsOf(header: string, tags: string): readonly number[] | '*' {
  const versions = readETags(tags);
  if (versions !== undefined) return versions;
  throw new HttpError(
    400,
    'invalid',
    `${header} must be versions such as W/"3", with commas between them, or *, not ${tags}`,
  );
}

/** True when If-None-Match names this weak ETag, or any. Source: RFC 9110 13.1.2 */
export function knows({ headers }: Pick<FastifyRequest, 'headers'>, current: string): boolean {
  const known = headers['if-none-match'] ?? '';
  return (
    known.trim() === '*' ||
    known.split(',').some((tag) => tag.trim().replace(/^W\//, '') === current.slice('W/'.length))
  );
}

/** True when the client already holds this version: If-None-Match, else If-Modified-Since. Source: RFC 9110 13.2.2 */
export function isNotModified(request: FastifyRequest, stored: Stored): boolean {
  if (request.headers['if-none-match'] !== undefined) return knows(request, etag(stored.version));
  const since = request.headers['if-modified-since'];
  // HTTP dates have whole seconds
  return since !== undefined && Math.floor(stored.updated.getTime() / 1000) * 1000 <= Date.parse(since);
}
