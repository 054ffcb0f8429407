/** What one record says of who its person is: all a matcher looks at. Texts as they were written. */
export type Registration = {
  name: string;
  /** FHIR date: YYYY, YYYY-MM or YYYY-MM-DD. */
  birthDate?: string;
  sex?: 'male' | 'female';
  /** The 12-digit person number, as typed. */
  personNumber?: string;
  /** The 9-digit number of older identity cards. */
  oldNumber?: string;
  /** 10 digits, or the 15 characters of a card. */
  insurance?: string;
  phone?: string;
  /** Names of units as written, of before or since July 2025. */
  address?: { line?: string; commune?: string; district?: string; province?: string };
  /** Name of the mother. */
  mother?: string;
};
