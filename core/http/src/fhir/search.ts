import { Readable } from 'node:stream';
import { HttpError } from '../http-error.ts';
import { contextOf } from '../request-types.ts';
import { sendPage } from './answers.ts';
import { addressed, offered, type Step } from './binding.ts';
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

/** `GET /Patient?…`, and `POST /Patient/_search` with the parameters in the body, where logs do not see them. Source: https://hl7.org/fhir/R4/http.html#search */
export const search: Step = async (binding, request, reply) => {
  const { type } = addressed(request);
  const searches = offered(binding, type, 'search');
  const query = queryOf(request) ?? new URLSearchParams();
  if (request.body instanceof URLSearchParams)
    for (const [name, value] of request.body) query.append(name, value);
  else if (request.body !== undefined && request.body !== null) refuseBody(request.body);
  const presentation = presentationOf(request, query);
  const { handling } = preferencesOf(request);
  return sendPage(
    reply,
    binding.base,
    await searches(contextOf(request), type, query, { handling }),
    presentation,
  );
};
