import { dayOf, type Day } from './dates.ts';
import type { Patient } from './fhir.ts';

/** How the book speaks to the person: the Vietnamese word for "you" depends on age and sex. */
export type You = 'ba' | 'ong' | 'chi' | 'anh' | 'ban';

export type Person = { name: string; givenName: string; you: You; birthDate?: string; gender?: string };

const elderFrom = 50;
const adultFrom = 18;

/** The person as the book greets them. Of several Patients (one for each hospital) the fullest speaks. */
export const personOf = (patients: readonly Patient[], signedInName: string, today: Day): Person => {
  const patient = [...patients].sort((one, other) => known(other) - known(one))[0];
  const name = patient?.name?.[0];
  const text =
    (name?.text ?? [name?.family, ...(name?.given ?? [])].filter(Boolean).join(' ')) || signedInName;
  return {
    name: text,
    givenName: text.trim().split(/\s+/).at(-1) ?? text,
    you: youOf(patient, today),
    ...(patient?.birthDate && { birthDate: patient.birthDate }),
    ...(patient?.gender && { gender: patient.gender }),
  };
};

const known = (patient: Patient): number =>
  Number(Boolean(patient.birthDate)) +
  Number(Boolean(patient.gender)) +
  Number(Boolean(patient.name?.length));

const youOf = (patient: Patient | undefined, today: Day): You => {
  if (!patient?.birthDate || !patient.gender) return 'ban';
  const years = age(patient.birthDate, today);
  if (years < adultFrom) return 'ban';
  if (patient.gender === 'female') return years >= elderFrom ? 'ba' : 'chi';
  if (patient.gender === 'male') return years >= elderFrom ? 'ong' : 'anh';
  return 'ban';
};

/** Whole years lived on a day. */
export const age = (birthDate: string, today: Day): number => {
  const born = dayOf(birthDate);
  const years = Number(today.slice(0, 4)) - Number(born.slice(0, 4));
  return today.slice(5) < born.slice(5) ? years - 1 : years;
};
