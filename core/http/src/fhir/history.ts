import { contextOf } from '../request-types.ts';
import { sendPage } from './answers.ts';
import { addressed, offered, type Step } from './binding.ts';
import { presentationOf, queryOf } from './query.ts';

/**
 * `GET /Patient/1/_history`, `GET /Patient/_history` and `GET /_history`.
 * Source: https://hl7.org/fhir/R4/http.html#history
 */
export const history: Step = async (binding, request, reply) => {
  const { type, id } = addressed(request) as { type?: string; id?: string };
  const query = queryOf(request) ?? new URLSearchParams();
  const presentation = presentationOf(request, query);
  const asked = type
    ? offered(binding, type, 'history')
    : binding.interactions.history.bind(binding.interactions);
  return sendPage(reply, binding.base, await asked(contextOf(request), type, id, query), presentation);
};
