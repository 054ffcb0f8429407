import type { Parameters } from '../../fhir/types.ts';
import { fhir } from '../../fhir/client.ts';

/** A reason for opening a record, chosen by one key. Codes of v3-PurposeOfUse. */
export type Reason = {
  key: string;
  code: 'TREAT' | 'COC' | 'PATRQT' | 'HPAYMT' | 'ETREAT';
  emergency?: true;
};

/** The reasons of the sheet. Source: https://terminology.hl7.org/ValueSet-v3-PurposeOfUse.html */
export const REASONS: readonly Reason[] = [
  { key: '1', code: 'TREAT' },
  { key: '2', code: 'COC' },
  { key: '3', code: 'PATRQT' },
  { key: '4', code: 'HPAYMT' },
  { key: '0', code: 'ETREAT', emergency: true },
];

const SYSTEM = 'http://terminology.hl7.org/CodeSystem/v3-ActReason';

/** Whether a typed reason has the two words that an emergency asks for. */
export function hasTwoWords(text: string): boolean {
  return text.split(/\s+/).filter((word) => /\p{L}/u.test(word)).length >= 2;
}

/** Opens a person's record for 24 hours. The person reads it at once. Throws FhirError. */
export async function openRecord(id: string, reason: Reason, typed: string): Promise<void> {
  const body: Parameters = {
    resourceType: 'Parameters',
    parameter: [
      { name: 'purpose', valueCoding: { system: SYSTEM, code: reason.code } },
      ...(typed.trim() ? [{ name: 'reason', valueString: typed.trim() }] : []),
    ],
  };
  await fhir<Parameters>(`Patient/${id}/$open`, { method: 'POST', body });
}
