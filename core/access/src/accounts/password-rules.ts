import { foldName } from '@yba/vietnam';

/** Characters a password has by itself, and beside a second factor. Source: TCVN 14423:2026, authentication of users */
export const ALONE_LENGTH = 14;
export const WITH_FACTOR_LENGTH = 8;
const LONGEST = 256;

/** How many characters a password has at least. */
export const PASSWORD_LENGTHS = { alone: ALONE_LENGTH, withFactor: WITH_FACTOR_LENGTH };

/** A part of a name this short is in too many words to be refused. */
const TELLING_LETTERS = 4;

/** What an attacker of a Vietnamese hospital tries beside the world's commonest passwords. */
const LOCAL_WORDS = [
  'matkhau',
  'benhvien',
  'bacsi',
  'dieuduong',
  'yte',
  'vietnam',
  'hanoi',
  'saigon',
  'anhyeuem',
  'emyeuanh',
];

/** Guesses (as a power of ten) a password has to stand: what zxcvbn calls “safely unguessable”. */
const GUESSES = 10;

/** Why a password is refused. */
export type PasswordFault = 'too-short' | 'too-long' | 'name' | 'common';

/** Whose password it is to be, and what else protects them. */
export type PasswordHolder = {
  username: string;
  name: string;
  facilityName?: string | null;
  /** True with one-time codes or a passkey set up. */
  secondFactor: boolean;
  /** True in the demonstration, whose passwords everybody may read: only the length is not asked for. */
  rehearsal?: boolean;
};

/**
 * The first rule a new password breaks; undefined when it may be used. 14 characters, or 8 beside a second factor;
 * not the person's own name; not what is guessed first, by zxcvbn's measure with 49,000 leaked passwords and what is
 * usual here.
 * Sources: TCVN 14423:2026; https://pages.nist.gov/800-63-4/sp800-63b.html#passwordver
 */
export async function passwordFault(
  password: string,
  holder: PasswordHolder,
): Promise<PasswordFault | undefined> {
  const length = [...password.normalize('NFC')].length;
  const least = holder.secondFactor || holder.rehearsal ? WITH_FACTOR_LENGTH : ALONE_LENGTH;
  if (length < least) return 'too-short';
  if (length > LONGEST) return 'too-long';
  if (containsName(password, holder)) return 'name';
  return (await guessesOf(password, holder)) < GUESSES ? 'common' : undefined;
}

/** True when a password of this length may be used alone. */
export function standsAlone(password: string): boolean {
  return [...password.normalize('NFC')].length >= ALONE_LENGTH;
}

const letters = (text: string) => foldName(text).replaceAll(/[^a-z]/g, '');

function containsName(password: string, { username, name }: PasswordHolder): boolean {
  const folded = letters(password);
  const parts = foldName(name).split(/[^a-z]+/);
  const pairs = parts.slice(1).map((part, n) => parts[n]! + part);
  return [letters(username), ...foldName(username).split(/[^a-z]+/), ...parts, ...pairs]
    .filter((part) => part.length >= TELLING_LETTERS)
    .some((part) => folded.includes(part));
}

type Estimator = { check(password: string, known?: string[]): { guessesLog10: number } };
let estimator: Promise<Estimator> | undefined;

/** Loaded when first needed: 17 MB that most processes never use. */
async function loadEstimator(): Promise<Estimator> {
  const [{ ZxcvbnFactory }, { adjacencyGraphs, dictionary }] = await Promise.all([
    import('@zxcvbn-ts/core'),
    import('@zxcvbn-ts/language-common'),
  ]);
  return new ZxcvbnFactory({ graphs: adjacencyGraphs, dictionary });
}

/** Its first 64 characters are measured: beyond, time grows and the answer does not change. */
async function guessesOf(
  password: string,
  { name, username, facilityName }: PasswordHolder,
): Promise<number> {
  estimator ??= loadEstimator();
  const known = [
    ...LOCAL_WORDS,
    ...`${username} ${foldName(name)} ${foldName(facilityName ?? '')}`.split(/[^\p{L}\d]+/u),
    letters(facilityName ?? ''),
  ].filter((word) => word.length > 2);
  return (await estimator).check(foldMarks(password).slice(0, 64), known).guessesLog10;
}

/** “Mật khẩu” is guessed as “mat khau” is. */
function foldMarks(text: string): string {
  return text
    .normalize('NFD')
    .replaceAll(/\p{M}+/gu, '')
    .replaceAll(/[đĐ]/g, 'd');
}
