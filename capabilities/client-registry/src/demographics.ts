import type { Resource } from '@yba/fhir';
import { foldName } from '@yba/vietnam';

/** What a Patient is looked up by when no number is known. */
export type Demographics = {
  foldedName: string;
  words: string[];
  birthDate: string | null;
  birthYear: number | null;
  gender: string | null;
};

type HumanName = { text?: string; family?: string; given?: string[]; use?: string };

/** The official name (else the first), folded; the birth date as written and its year. */
export function demographicsOf(patient: Resource): Demographics {
  const names = (patient['name'] ?? []) as HumanName[];
  const name = names.find(({ use }) => use === 'official') ?? names[0];
  const text = name?.text ?? [name?.family, ...(name?.given ?? [])].filter(Boolean).join(' ');
  const foldedName = foldName(text);
  const birthDate = typeof patient['birthDate'] === 'string' ? patient['birthDate'] : null;
  return {
    foldedName,
    words: foldedName.split(' ').filter((word) => word !== ''),
    birthDate,
    birthYear: birthDate ? Number(birthDate.slice(0, 4)) : null,
    gender: typeof patient['gender'] === 'string' ? patient['gender'] : null,
  };
}
