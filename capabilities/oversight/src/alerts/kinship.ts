import type { Resource } from '@yba/fhir';
import { foldName, PERSON } from '@yba/vietnam';

/** What is known of somebody that tells a relative or a colleague: folded, so that spelling does not matter. */
export type Likeness = {
  surname: string;
  fullName: string;
  birthDate: string;
  /** Addresses in force, as one folded line each. */
  addresses: readonly string[];
  /** National person numbers. */
  numbers: readonly string[];
};

type Name = { use?: string; text?: string; family?: string; given?: string[] };
type Address = {
  use?: string;
  text?: string;
  line?: string[];
  district?: string;
  city?: string;
  state?: string;
};

/** Titles before a name, folded, as they are printed: `BS. Lê Minh Khôi`, `ThS.BS.CKII Ma Thị Hoài`. */
const TITLE =
  /^(?:(?:(?:bs|ds|dd|cn)?ck ?(?:i{1,2}|[12])|bs(?:nt|dk)?|bac si|gs|pgs|tskh|ts|ths|dd|cn(?:dd)?|ktv|ds|nhs|ys) )+/;

/**
 * Surnames that nine in ten people bear: to share one says nothing.
 * Source: https://vi.wikipedia.org/wiki/Họ_người_Việt_Nam, “Phổ biến”
 */
const COMMON: ReadonlySet<string> = new Set([
  'nguyen',
  'tran',
  'le',
  'pham',
  'hoang',
  'huynh',
  'phan',
  'vu',
  'vo',
  'dang',
  'bui',
  'do',
  'ho',
  'ngo',
  'duong',
  'li', // Lý, folded
]);

/** What a Patient or Practitioner tells. */
export function likenessOf(resource: Resource): Likeness {
  const names = (resource['name'] ?? []) as Name[];
  const name = names.find(({ use }) => use === 'official') ?? names[0] ?? {};
  const text = name.text ?? [name.family, ...(name.given ?? [])].filter(Boolean).join(' ');
  const identifiers = (resource['identifier'] ?? []) as { system?: string; value?: string }[];
  return {
    ...namesOf(text),
    birthDate: typeof resource['birthDate'] === 'string' ? resource['birthDate'] : '',
    addresses: ((resource['address'] ?? []) as Address[])
      .filter(({ use }) => use !== 'old')
      .map(addressLine)
      .filter((line) => line.includes(' ')),
    numbers: identifiers.flatMap(({ system, value }) => (system === PERSON && value ? [value] : [])),
  };
}

/** What an account's name alone tells. */
export function likenessOfName(text: string): Likeness {
  return { ...namesOf(text), birthDate: '', addresses: [], numbers: [] };
}

function namesOf(text: string): Pick<Likeness, 'surname' | 'fullName'> {
  const fullName = foldName(text).replace(TITLE, '');
  return { fullName, surname: fullName.split(' ')[0] ?? '' };
}

function addressLine({ text, line = [], district, city, state }: Address): string {
  return foldName(text ?? [...line, district, city, state].filter(Boolean).join(' '))
    .replace(/[^a-z0-9]+/g, ' ')
    .trim();
}

/**
 * Why two people may be of one family: an address in common, or a surname that few bear. Undefined when nothing
 * speaks for it; a common surname alone does not.
 */
export function kinship(looker: Likeness, person: Likeness): 'address' | 'surname' | undefined {
  if (looker.addresses.some((line) => person.addresses.includes(line))) return 'address';
  const same = looker.surname !== '' && looker.surname === person.surname;
  return same && looker.fullName.includes(' ') && !COMMON.has(looker.surname) ? 'surname' : undefined;
}

/** Whether these are the same human being: a number in common, or full name and birth date. */
export function isSame(one: Likeness, other: Likeness): boolean {
  if (one.numbers.some((number) => other.numbers.includes(number))) return true;
  return one.birthDate.length === 10 && one.birthDate === other.birthDate && one.fullName === other.fullName;
}
