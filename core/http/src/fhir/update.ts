import type { WriteOptions } from '@yba/fhir';
import { contextOf } from '../request-types.ts';
import { sendWritten } from './answers.ts';
import { addressed, offered, type Step } from './binding.ts';
import { changeOptionsOf } from './change-options.ts';
import { criteriaOf } from './criteria.ts';
import { preferencesOf } from './prefer.ts';
import { presentationAlone, presentationOfWrite, queryOf } from './query.ts';
import { resourceAt, resourceOf } from './resource-body.ts';

/** `PUT /Patient/1`, with If-Match when given. Source: https://hl7.org/fhir/R4/http.html#update */
export const update: Step = async (binding, request, reply) => {
  const { type, id } = addressed(request);
  const updates = offered(binding, type, 'update');
  const presentation = presentationAlone(request);
  const options = changeOptionsOf(request);
  const written = await updates(contextOf(request), resourceAt(request, type, id), options);
  return sendWritten(reply, binding.base, written, preferencesOf(request).return, presentation);
};

/** `PUT /Patient?identifier=…`. Source: https://hl7.org/fhir/R4/http.html#cond-update */
export const conditionalUpdate: Step = async (binding, request, reply) => {
  const { type } = addressed(request);
  const updates = offered(binding, type, 'update');
  const query = queryOf(request) ?? new URLSearchParams();
  const presentation = presentationOfWrite(request, query);
  const options: WriteOptions = {
    ...changeOptionsOf(request),
    condition: criteriaOf(query, 'A conditional update'),
  };
  const written = await updates(contextOf(request), resourceOf(request, type), options);
  return sendWritten(reply, binding.base, written, preferencesOf(request).return, presentation);
};
