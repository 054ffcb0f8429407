import { contextOf } from '../request-types.ts';
import { sendStored } from './answers.ts';
import { addressed, offered, type Step } from './binding.ts';
import { asksForContent, sendContent } from './binary.ts';
import { presentationOf, queryOf, subsetOfOne } from './query.ts';
import { unknownOperation } from './unknown-operation.ts';

/** `GET /Patient/1`. Source: https://hl7.org/fhir/R4/http.html#read */
export const read: Step = async (binding, request, reply) => {
  const { type, id } = addressed(request);
  if (id.startsWith('$')) throw unknownOperation(id);
  const query = queryOf(request);
  const reads = offered(binding, type, 'read');
  if (type === 'Binary' && asksForContent(request, query))
    return sendContent(request, reply, await reads(contextOf(request), type, id));
  const presentation = presentationOf(request, query);
  const subset = subsetOfOne(query);
  const stored = await reads(contextOf(request), type, id);
  return sendStored(request, reply, stored, presentation, subset);
};
