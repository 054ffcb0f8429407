import { readCondition } from '@yba/fhir';
import { contextOf } from '../request-types.ts';
import { sendWritten } from './answers.ts';
import { addressed, offered, type Step } from './binding.ts';
import { criteriaOf } from './criteria.ts';
import { submissionOf } from './idempotency-key.ts';
import { preferencesOf, warningsOf } from './prefer.ts';
import { provenanceOf } from './provenance.ts';
import { presentationAlone } from './query.ts';
import { resourceOf } from './resource-body.ts';

/** `POST /Patient`, with If-None-Exist when given; under an Idempotency-Key once only. Source: https://hl7.org/fhir/R4/http.html#create */
export const create: Step = async (binding, request, reply) => {
  const { type } = addressed(request);
  const creates = offered(binding, type, 'create');
  const presentation = presentationAlone(request);
  const ifNoneExist = request.headers['if-none-exist'] as string | undefined;
  const options = {
    ...provenanceOf(request),
    ...warningsOf(request),
    ...submissionOf(request),
    ...(ifNoneExist === undefined
      ? {}
      : { condition: criteriaOf(readCondition(ifNoneExist, type), 'If-None-Exist') }),
  };
  const written = await creates(contextOf(request), resourceOf(request, type), options);
  return sendWritten(reply, binding.base, written, preferencesOf(request).return, presentation);
};
