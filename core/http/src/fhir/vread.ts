import { contextOf } from '../request-types.ts';
import { sendStored } from './answers.ts';
import { addressed, offered, type Step } from './binding.ts';
import { asksForContent, sendContent } from './binary.ts';
import { presentationOf, queryOf, subsetOfOne } from './query.ts';

/** `GET /Patient/1/_history/3`. Source: https://hl7.org/fhir/R4/http.html#vread */
export const vread: Step = async (binding, request, reply) => {
  const { type, id } = addressed(request);
  const { version } = request.params as { version: string };
  const query = queryOf(request);
  const reads = offered(binding, type, 'vread');
  if (type === 'Binary' && asksForContent(request, query))
    return sendContent(request, reply, await reads(contextOf(request), type, id, version));
  const presentation = presentationOf(request, query);
  const subset = subsetOfOne(query);
  const stored = await reads(contextOf(request), type, id, version);
  return sendStored(request, reply, stored, presentation, subset);
};
