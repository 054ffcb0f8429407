import { isResourceId } from '@yba/fhir';
import type { Resource } from '@yba/fhir';
import type { FastifyRequest } from 'fastify';
import { Readable } from 'node:stream';
import { HttpError } from '../http-error.ts';
import { JSON_PATCH } from '../media-types.ts';

/** The media type of the body, without its parameters, in lower case; '' when none is named. */
export function mediaTypeOf(request: FastifyRequest): string {
  const [type = ''] = String(request.headers['content-type'] ?? '').split(';');
  return type.trim().toLowerCase();
}

/** The JSON object in the body. Throws 400 when there is none, 415 when it is not JSON. */
export function objectOf(request: FastifyRequest): Partial<Resource> {
  const body = request.body as Partial<Resource> | Readable | URLSearchParams | null | undefined;
  if (body instanceof Readable) {
    body.resume();
    throw new HttpError(415, 'not-supported', 'XML is not taken here. Send application/fhir+json.');
  }
  if (body instanceof URLSearchParams)
    throw new HttpError(415, 'not-supported', 'A form is not taken here. Send application/fhir+json.');
  if (mediaTypeOf(request) === JSON_PATCH)
    throw new HttpError(415, 'not-supported', 'A JSON Patch is taken by PATCH only.');
  if (body === undefined || body === null)
    throw new HttpError(400, 'invalid', 'The body is empty; a JSON resource is expected.');
  if (typeof body !== 'object' || Array.isArray(body)) {
    throw new HttpError(400, 'invalid', 'The body must be one JSON object: a FHIR resource.');
  }
  return body;
}

/** The resource in the body. Throws 400 when there is none, 415 when it is not JSON. */
export function bodyOf(request: FastifyRequest): Resource {
  const body = objectOf(request);
  if (typeof body.resourceType !== 'string') {
    throw new HttpError(400, 'required', 'The body has no resourceType.', { expression: 'resourceType' });
  }
  return body as Resource;
}

/**
 * The body, which must be of the URL's type. The bytes it was read from are let go: a scan is megabytes, and is there in
 * other forms until it is stored. Throws 400 that names the field.
 */
export function resourceOf(request: FastifyRequest, type: string): Resource {
  const body = bodyOf(request);
  request.bodyBytes = null;
  if (body.resourceType === type) return body;
  throw new HttpError(400, 'invalid', `The body is a ${body.resourceType}, but the URL says ${type}.`, {
    expression: `${body.resourceType}.resourceType`,
  });
}

/** The body, which must be the resource that the URL names. Throws 400 that names the field. */
export function resourceAt(request: FastifyRequest, type: string, id: string): Resource {
  const body = resourceOf(request, type);
  if (!isResourceId(id))
    throw new HttpError(400, 'invalid', `${id} cannot be an id: 1 to 64 of A-Z a-z 0-9 - .`, {
      expression: `${type}.id`,
    });
  if (body.id === id) return body;
  const said = body.id === undefined ? 'has no id' : `has the id ${String(body.id)}`;
  throw new HttpError(400, 'invalid', `The body ${said}, but the URL says ${id}.`, {
    expression: `${type}.id`,
  });
}
