import { Readable } from 'node:stream';
import { takeOnlyType } from '@yba/fhir';
import type { SearchOptions } from '@yba/fhir';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { HttpError } from '../http-error.ts';
import { contextOf } from '../request-types.ts';
import { sendPage } from './answers.ts';
import { addressed, offered, type Binding, type Step } from './binding.ts';
import { preferencesOf } from './prefer.ts';
import { presentationOf, queryOf } from './query.ts';

/** A question that would go unread must not be answered with everything. */
function refuseBody(body: unknown): never {
  if (body instanceof Readable) body.resume();
  throw new HttpError(
    415,
    'not-supported',
    'The parameters of a search are posted as application/x-www-form-urlencoded.',
  );
}

/** Searches one type, or all when undefined, in the whole store or within a compartment. */
export async function searchWithin(
  binding: Binding,
  request: FastifyRequest,
  reply: FastifyReply,
  type: string | undefined,
  compartment?: SearchOptions['compartment'],
): Promise<FastifyReply> {
  const query = queryOf(request) ?? new URLSearchParams();
  if (request.body instanceof URLSearchParams)
    for (const [name, value] of request.body) query.append(name, value);
  else if (request.body !== undefined && request.body !== null) refuseBody(request.body);
  type ??= takeOnlyType(query, binding.resourceTypes);
  const searches =
    type === undefined
      ? binding.interactions.search.bind(binding.interactions)
      : offered(binding, type, 'search');
  const presentation = presentationOf(request, query);
  const { handling } = preferencesOf(request);
  const options: SearchOptions = { handling, ...(compartment ? { compartment } : {}) };
  const page = await searches(contextOf(request), type, query, options);
  return sendPage(reply, binding.base, page, presentation);
}

/**
 * `GET /Patient?…`, `GET /?_type=…`, and `POST …/_search` with the parameters in the body, where logs do not see them.
 * Source: https://hl7.org/fhir/R4/http.html#search
 */
export const search: Step = (binding, request, reply) =>
  searchWithin(binding, request, reply, addressed(request).type as string | undefined);
