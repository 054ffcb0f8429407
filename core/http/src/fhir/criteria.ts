import { HttpError } from '../http-error.ts';

/**
 * Search criteria of a conditional interaction. Throws 400 when there are none: a condition that
 * everything meets is never meant. Source: https://hl7.org/fhir/R4/http.html#cond-update
 */
export function criteriaOf(criteria: URLSearchParams, where: string): URLSearchParams {
  const asksSomething = [...criteria].some(([name, value]) => value !== '' && !name.startsWith('_format'));
  if (!asksSomething)
    throw new HttpError(400, 'required', `${where} needs search criteria, such as identifier=system|value.`);
  return criteria;
}
