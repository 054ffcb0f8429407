import { compartmentParameters, compartmentTypes } from '@yba/fhir';
import { HttpError } from '../http-error.ts';
import type { Step } from './binding.ts';
import { searchWithin } from './search.ts';
import { unknownOperation } from './unknown-operation.ts';

/**
 * `GET /Patient/1/Observation?code=…` and `GET /Patient/1/*`: a search of what is in a compartment.
 * Source: https://hl7.org/fhir/R4/http.html#vsearch
 */
export const compartment: Step = async (binding, request, reply) => {
  const { type, id, inner } = request.params as { type: string; id: string; inner: string };
  if (inner.startsWith('$')) throw unknownOperation(inner);
  if (!compartmentTypes.has(type))
    throw notFound(`There is no compartment of ${type}; there are ${[...compartmentTypes].join(', ')}.`);
  if (inner === '*') return searchWithin(binding, request, reply, undefined, { type, id });
  const isInside = inner === type || compartmentParameters(type, inner).length > 0;
  if (!binding.resourceTypes.has(inner) || !isInside)
    throw notFound(`No ${inner} is in the compartment of ${/^[AEIOU]/.test(type) ? 'an' : 'a'} ${type}.`);
  return searchWithin(binding, request, reply, inner, { type, id });
};

const notFound = (why: string) => new HttpError(404, 'not-found', why);
