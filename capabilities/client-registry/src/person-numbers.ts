import type { Resource } from '@yba/fhir';
import { INSURANCE, PERSON } from '@yba/vietnam';

/** A number that tells a person without doubt: the person number, or the insurance number. */
export type PersonNumber = { system: typeof PERSON | typeof INSURANCE; value: string };

type Identifier = { system?: string; value?: string; use?: string; period?: { end?: string } };

/**
 * The numbers of a Patient by which its person is found, the person number first. Former (`use` old) or malformed ones
 * do not count: 12 digits for a person number, the last 10 characters of an insurance number or card (identity facts
 * §1, §4).
 */
export const personNumbers = (patient: Resource): PersonNumber[] =>
  wellFormed(patient, ({ use }) => use !== 'old');

/** Numbers the Patient had before: cancelled ones that were issued anew lead to the same person. */
export const formerNumbers = (patient: Resource): PersonNumber[] =>
  wellFormed(patient, ({ use }) => use === 'old');

function wellFormed(patient: Resource, which: (identifier: Identifier) => boolean): PersonNumber[] {
  const numbers = ((patient['identifier'] ?? []) as Identifier[])
    .filter(which)
    .flatMap(({ system, value }): PersonNumber[] => {
      if (system === PERSON && value && /^\d{12}$/.test(value)) return [{ system: PERSON, value }];
      if (system === INSURANCE && value && /^(?:[A-Z]{2}\d{3})?\d{10}$/.test(value))
        return [{ system: INSURANCE, value: value.slice(-10) }];
      return [];
    });
  return [
    ...numbers.filter(({ system }) => system === PERSON),
    ...numbers.filter(({ system }) => system === INSURANCE),
  ];
}

/** A number as one text, to keep it in a map. */
export const numberKey = ({ system, value }: { system: string; value: string }): string =>
  `${system}|${value}`;
