import { errorWords, fhir, FhirError } from '../../fhir/client.ts';
import type { Parameters } from '../../fhir/types.ts';
import { useClinicText } from '../messages.ts';

/**
 * Asks for the right to take a copy, which the server decides and writes into the person's log: before a summary is
 * printed, before a document is saved. Throws FhirError when it is refused.
 */
export async function askForCopy(id: string, form: 'print' | 'download', document?: string): Promise<void> {
  const parameter = [
    { name: 'form', valueCode: form },
    ...(document ? [{ name: 'document', valueReference: { reference: document } }] : []),
  ];
  await fhir<Parameters>(`Patient/${id}/$copy`, {
    method: 'POST',
    body: { resourceType: 'Parameters', parameter },
  });
}

/** The words of a copy that was refused, or could not be asked for. */
export function useCopyWords(): (error: unknown) => string {
  const t = useClinicText();
  return (error) =>
    error instanceof FhirError && error.status === 403
      ? errorWords(error)
      : t('copyFailed', { why: errorWords(error) });
}
