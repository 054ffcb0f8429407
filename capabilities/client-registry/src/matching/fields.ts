/**
 * What is compared, and the ways two registrations can agree in it, the best first. A level is the place in the list
 * counted from 1; 0 means that one of the two does not say.
 */
export const FIELDS = {
  family: ['same', 'same-letters', 'regional', 'similar', 'different'],
  middle: ['same', 'same-letters', 'shorter', 'similar', 'different'],
  given: ['same', 'same-letters', 'similar', 'different'],
  order: ['as-usual', 'swapped'],
  birth: ['same-day', 'vague', 'both-vague', 'day-month', 'one-digit', 'year-off', 'same-year', 'near', 'different'],
  sex: ['same', 'different'],
  person: ['same', 'one-digit', 'different'],
  old: ['same', 'one-digit', 'different'],
  insurance: ['same', 'one-digit', 'different'],
  phone: ['same', 'different'],
  address: ['same', 'commune', 'line', 'province', 'different'],
  mother: ['same', 'similar', 'different'],
} as const; // prettier-ignore

export type FieldName = keyof typeof FIELDS;

export const FIELD_NAMES = Object.keys(FIELDS) as FieldName[];

/** Place of each field in a list of levels. */
export const AT = Object.fromEntries(FIELD_NAMES.map((name, at) => [name, at])) as Record<FieldName, number>;

/** The level of a field by its name. */
export function level<F extends FieldName>(field: F, name: (typeof FIELDS)[F][number]): number {
  return (FIELDS[field] as readonly string[]).indexOf(name) + 1;
}
