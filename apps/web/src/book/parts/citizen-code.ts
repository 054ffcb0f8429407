import { PERSON } from '@yba/vietnam';
import type { Patient } from '../record/fhir.ts';

/**
 * The text of the code a desk scans, laid out as on the chip card: number|old number|name|birth date|sex|address|issued.
 * Undefined when the record lacks the person number.
 */
export const citizenCodeOf = (patients: readonly Patient[]): string | undefined => {
  const patient = patients.find((one) => numberOf(one));
  const number = patient && numberOf(patient);
  if (!number) return undefined;
  const name = patient.name?.[0]?.text ?? '';
  const [year = '', month = '', day = ''] = (patient.birthDate ?? '').split('-');
  const sex = { male: 'Nam', female: 'Nữ' }[patient.gender ?? ''] ?? '';
  return [number, '', name, `${day}${month}${year}`, sex, '', ''].join('|');
};

/** The person number of a Patient. */
export const numberOf = (patient: Patient): string | undefined =>
  patient.identifier?.find(({ system }) => system === PERSON)?.value;
