/** One field of one table of the national dossier, in both versions of the standard. */
export type FieldDefinition = {
  table: string;
  /** Place in the table; null when that version does not have the field. */
  order4750: number | null;
  order3176: number | null;
  name: string;
  type: 'string' | 'number';
  /** Greatest length, or `n` for unlimited; null when that version does not have the field. */
  len4750: string | null;
  len3176: string | null;
  required: boolean;
  condition: string | null;
  /** Meaning in English and Vietnamese. */
  en: string;
  vi: string;
  rule: string | null;
};
