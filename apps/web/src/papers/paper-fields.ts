import { fhir } from '../fhir/client.ts';
import type { Parameters } from '../fhir/types.ts';
import type { PaperFields } from './field-words.ts';

/** The paper of `ServiceRequest/{id}` or `Appointment/{id}`, as the server puts it together. Throws FhirError. */
export async function readPaper(reference: string): Promise<PaperFields> {
  const { parameter = [] } = await fhir<Parameters>(`${reference}/$paper`);
  return Object.fromEntries(
    parameter.flatMap(({ name, valueString }) => (valueString === undefined ? [] : [[name, valueString]])),
  );
}
