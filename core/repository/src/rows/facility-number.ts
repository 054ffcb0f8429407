import { outcomeError } from '@yba/fhir';

/** The platform itself as owner of rows: registries loaded by no facility. */
export const PLATFORM = 0;

/** A 5-character facility code as the number rows carry: its value in base 36. Throws `value` for another shape. */
export function facilityNumber(code: string): number {
  if (!/^[0-9A-Z]{5}$/.test(code) || code === '00000') {
    throw outcomeError(
      'value',
      `“${code}” is not a facility code: five digits or capital letters, e.g. 01013`,
    );
  }
  return Number.parseInt(code, 36);
}

/** The facility code of a row's number; '' for the platform. */
export function facilityCode(number: number): string {
  return number === PLATFORM ? '' : number.toString(36).toUpperCase().padStart(5, '0');
}
