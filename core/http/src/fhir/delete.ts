import type { WriteOptions } from '@yba/fhir';
import { contextOf } from '../request-types.ts';
import { sendWritten } from './answers.ts';
import { addressed, offered, type Step } from './binding.ts';
import { criteriaOf } from './criteria.ts';
import { preferencesOf } from './prefer.ts';
import { refuseProvenance } from './provenance.ts';
import { presentationAlone, presentationOfWrite, queryOf } from './query.ts';
import { preconditionsOf } from './versions.ts';

/** `DELETE /Patient/1`. Source: https://hl7.org/fhir/R4/http.html#delete */
export const remove: Step = async (binding, request, reply) => {
  const { type, id } = addressed(request);
  const deletes = offered(binding, type, 'delete');
  refuseProvenance(request);
  const presentation = presentationAlone(request);
  const options: WriteOptions = preconditionsOf(request);
  const written = await deletes(contextOf(request), type, id, options);
  return sendWritten(reply, binding.base, written, wanted(preferencesOf(request).return), presentation);
};

/** `DELETE /Patient?identifier=…`. Source: https://hl7.org/fhir/R4/http.html#3.1.0.7.1 */
export const conditionalDelete: Step = async (binding, request, reply) => {
  const { type } = addressed(request);
  const deletes = offered(binding, type, 'delete');
  refuseProvenance(request);
  const query = queryOf(request) ?? new URLSearchParams();
  const presentation = presentationOfWrite(request, query);
  const options: WriteOptions = {
    ...preconditionsOf(request),
    condition: criteriaOf(query, 'A conditional delete'),
  };
  const written = await deletes(contextOf(request), type, undefined, options);
  return sendWritten(reply, binding.base, written, wanted(preferencesOf(request).return), presentation);
};

/** A deletion has nothing to show: 204 unless an OperationOutcome was asked for. */
const wanted = (asked: 'minimal' | 'representation' | 'OperationOutcome') =>
  asked === 'OperationOutcome' ? asked : 'minimal';
