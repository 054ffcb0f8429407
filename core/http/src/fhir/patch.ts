import { applyFhirPathPatch, applyJsonPatch, OutcomeError, validate } from '@yba/fhir';
import type { Patch, Resource, WriteOptions } from '@yba/fhir';
import type { FastifyRequest } from 'fastify';
import { Readable } from 'node:stream';
import { HttpError } from '../http-error.ts';
import { JSON_PATCH } from '../media-types.ts';
import { contextOf } from '../request-types.ts';
import { sendWritten } from './answers.ts';
import { addressed, offered, type Step } from './binding.ts';
import { changeOptionsOf } from './change-options.ts';
import { criteriaOf } from './criteria.ts';
import { refuseIdempotencyKey } from './idempotency-key.ts';
import { preferencesOf } from './prefer.ts';
import { presentationAlone, presentationOfWrite, queryOf } from './query.ts';
import { mediaTypeOf, objectOf, resourceOf } from './resource-body.ts';

/** `PATCH /Patient/1`, with If-Match when given. Source: https://hl7.org/fhir/R4/http.html#patch */
export const patch: Step = async (binding, request, reply) => {
  const { type, id } = addressed(request);
  const patches = offered(binding, type, 'patch');
  const presentation = presentationAlone(request);
  const options = changeOptionsOf(request);
  const written = await patches(contextOf(request), type, id, patchOf(request), options);
  return sendWritten(reply, binding.base, written, preferencesOf(request).return, presentation);
};

/** `PATCH /Patient?identifier=…`: one match is patched, none is 404, several are 412. */
export const conditionalPatch: Step = async (binding, request, reply) => {
  const { type } = addressed(request);
  const patches = offered(binding, type, 'patch');
  const query = queryOf(request) ?? new URLSearchParams();
  const presentation = presentationOfWrite(request, query);
  const options: WriteOptions = {
    ...changeOptionsOf(request),
    condition: criteriaOf(query, 'A conditional patch'),
  };
  const written = await patches(contextOf(request), type, undefined, patchOf(request), options);
  return sendWritten(reply, binding.base, written, preferencesOf(request).return, presentation);
};

/**
 * What the body of a PATCH asks for: JSON Patch by its media type, else a Parameters resource of FHIRPath Patch.
 * Source: https://hl7.org/fhir/R4/fhirpatch.html, RFC 6902
 */
function patchOf(request: FastifyRequest): Patch {
  refuseIdempotencyKey(request, 'name the version it is meant for with If-Match');
  const { body } = request;
  if (mediaTypeOf(request) === JSON_PATCH) {
    if (body instanceof Readable || !Array.isArray(body))
      throw new HttpError(400, 'invalid', 'A JSON Patch is an array of operations, each with op and path.');
    return (current) => applyJsonPatch(current, body);
  }
  const parameters = parametersOf(request);
  const faults = validate(parameters).filter(({ severity }) => severity === 'error' || severity === 'fatal');
  if (faults.length > 0) throw new OutcomeError(faults);
  return (current) => applyFhirPathPatch(current, parameters);
}

/** The FHIRPath Patch in the body. Throws 400 that tells of both kinds of patch when it is neither. */
function parametersOf(request: FastifyRequest): Resource {
  if (objectOf(request).resourceType === 'Parameters') return resourceOf(request, 'Parameters');
  throw new HttpError(
    400,
    'invalid',
    `A PATCH of this media type is a FHIRPath Patch, a Parameters resource. A JSON Patch is sent as ${JSON_PATCH}; a part of a resource is no patch.`,
    { expression: 'resourceType' },
  );
}
