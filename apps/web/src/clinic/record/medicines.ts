import type { Dosage, MedicationRequest } from '../../fhir/types.ts';
import { conceptWords, facilityCodeOf } from './resource-words.ts';

/** One medicine: the newest prescription of that name. `substance` is bold, `strength` follows it. */
export type Medicine = {
  key: string;
  substance: string;
  strength: string;
  /** How to take it, in full. */
  dose: string;
  /** The same for a narrow column, when it can be said shortly: amount, and times of the day as HL7 codes. */
  short: { amount: string; times: string[] } | undefined;
  authoredOn: string;
  status: string;
  facility?: string | undefined;
  /** The patient takes it on their own account. */
  told: boolean;
  quantity: string;
  prescriber: string;
  active: boolean;
};

function split(name: string): { substance: string; strength: string } {
  const found = /^(.*?\p{L})\s+(\d[\d.,]*\s*(?:mg|g|mcg|µg|ml|UI|IU|đơn vị|%).*)$/u.exec(name);
  return found
    ? { substance: found[1] ?? name, strength: found[2] ?? '' }
    : { substance: name, strength: '' };
}

const TIMES = ['MORN', 'NOON', 'AFT', 'EVE', 'HS', 'NIGHT'];

function shortDose(dosage: Dosage | undefined): Medicine['short'] {
  const quantity = dosage?.doseAndRate?.[0]?.doseQuantity;
  const times = (dosage?.timing?.repeat?.when ?? []).filter((time) => TIMES.includes(time));
  if (quantity?.value === undefined || times.length === 0) return undefined;
  return { amount: `${quantity.digits ?? quantity.value} ${quantity.unit ?? ''}`.trim(), times };
}

function medicineOf(request: MedicationRequest): Medicine {
  const name = conceptWords(request.medicationCodeableConcept) || request.medicationReference?.display || '';
  const dosage = request.dosageInstruction?.[0];
  const quantity = request.dispenseRequest?.quantity;
  return {
    key: request.id ?? name,
    ...split(name),
    dose: dosage?.text ?? dosage?.patientInstruction ?? '',
    short: shortDose(dosage),
    authoredOn: request.authoredOn ?? '',
    status: request.status ?? '',
    facility: facilityCodeOf(request),
    told: request.reportedBoolean === true,
    quantity: quantity?.value === undefined ? '' : `${quantity.value} ${quantity.unit ?? ''}`.trim(),
    prescriber: request.requester?.display ?? '',
    active: request.status === 'active' || request.status === 'on-hold',
  };
}

/** Every prescription, newest first, without those entered in error. */
export function medicinesOf(requests: readonly MedicationRequest[]): Medicine[] {
  return requests
    .filter((request) => request.status !== 'entered-in-error')
    .map(medicineOf)
    .sort((a, b) => b.authoredOn.localeCompare(a.authoredOn));
}

/** What is taken now: active prescriptions, one row for each medicine and dose. */
export function currentMedicines(requests: readonly MedicationRequest[]): Medicine[] {
  const rows = new Map<string, Medicine>();
  for (const medicine of medicinesOf(requests)) {
    const key = `${medicine.substance} ${medicine.strength}`.toLocaleLowerCase('vi');
    if (medicine.active && !rows.has(key)) rows.set(key, medicine);
  }
  return [...rows.values()];
}
