import type { Resource } from '@yba/fhir';
import { HttpError } from '../http-error.ts';
import { contextOf } from '../request-types.ts';
import { sendPage } from './answers.ts';
import { addressed, type Step } from './binding.ts';
import { standingPage, validBodyOf } from './operation.ts';
import { presentationOf, queryOf } from './query.ts';

/** Parameters of a posted operation as query parameters: each name with its value[x], whatever its type. Throws 400 for another resource. */
function asQuery(parameters: Resource, query: URLSearchParams): void {
  if (parameters.resourceType !== 'Parameters')
    throw new HttpError(400, 'invalid', `$everything takes Parameters, not a ${parameters.resourceType}.`, {
      expression: 'resourceType',
    });
  for (const parameter of (parameters.parameter ?? []) as Record<string, unknown>[]) {
    const value = Object.entries(parameter).find(([name]) => name.startsWith('value'))?.[1];
    if (typeof parameter.name === 'string' && value !== undefined)
      query.append(parameter.name, String(value));
  }
}

/**
 * `GET /Patient/1/$everything` and `GET /Encounter/1/$everything`.
 * Source: https://hl7.org/fhir/R4/operation-patient-everything.html
 */
export const everything =
  (type: string): Step =>
  async (binding, request, reply) => {
    const { id } = addressed(request);
    const query = queryOf(request) ?? new URLSearchParams();
    const presentation = presentationOf(request, query);
    const body = validBodyOf(request);
    if (body) asQuery(body, query);
    const page = await binding.interactions.everything(contextOf(request), type, id, query);
    return sendPage(reply, binding.base, standingPage(binding, request, page), presentation);
  };
