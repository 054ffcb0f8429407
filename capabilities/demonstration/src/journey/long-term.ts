import type { Person } from '../people/person.ts';
import type { Random } from '../random.ts';
import { ageAt, date, DAY } from '../time.ts';

/** Days the demonstration looks back: two years. */
export const WINDOW = 730;

/** What a person lives with, and how it develops over the two years. */
export type LongTerm = {
  /** Codes of the problems, the leading one first. */
  codes: readonly string[];
  since: Readonly<Record<string, string>>;
  programme: Programme;
  /** 0 mild to 1 severe: drives values and doses. */
  severity: number;
  /** Gains from treatment over the window, 0 none to 1 full. */
  response: number;
  /** Loss of kidney function over the window, as a share of creatinine. */
  decline: number;
};

export type Programme =
  'metabolic' | 'pressure' | 'airways' | 'liver' | 'joints' | 'thyroid' | 'mood' | 'tuberculosis';

type Band = readonly [under35: number, under50: number, under65: number, older: number];
const at = (band: Band, age: number): number =>
  age < 18 ? 0 : band[age < 35 ? 0 : age < 50 ? 1 : age < 65 ? 2 : 3];

/** Draws the long-term problems of a person, or none. Shares by age follow the usual surveys in round numbers. */
export function longTerm(chance: Random, person: Person, until: number): LongTerm | undefined {
  const age = ageAt(person.birthDate, until);
  const male = person.sex === 'male';
  const codes: string[] = [];
  const has = (code: string, share: number) => {
    if (chance.next() < share) codes.push(code);
    return codes.includes(code);
  };
  const diabetes = chance.next() < at([0.004, 0.06, 0.17, 0.24], age);
  const kidney = diabetes && chance.chance(0.35);
  if (diabetes) codes.push(kidney ? 'E11.2' : 'E11.9');
  const pressure = has('I10', diabetes ? 0.7 : at([0.01, 0.12, 0.34, 0.55], age));
  if (kidney) codes.push('N18.3');
  has('E78.2', diabetes || pressure ? 0.45 : at([0, 0.04, 0.07, 0.05], age));
  has('I25.1', at([0, 0.01, 0.05, 0.12], age) * (pressure ? 1.4 : 0.5));
  has('J44.9', at([0, 0.01, 0.06, 0.14], age) * (male ? 1 : 0.2));
  has('B18.1', at([0.025, 0.05, 0.05, 0.03], age));
  has('M10.9', at([0.005, 0.06, 0.07, 0.06], age) * (male ? 1 : 0.1));
  has('M17.0', at([0, 0.02, 0.12, 0.24], age) * (male ? 0.6 : 1));
  has(male ? 'E03.9' : 'E05.0', at([0.012, 0.014, 0.008, 0.004], age) * (male ? 0.2 : 1));
  has('F32.1', at([0.012, 0.012, 0.01, 0.01], age));
  has('A15.0', at([0.003, 0.005, 0.006, 0.006], age));
  if (age >= 5 && age < 50 && codes.length === 0) has('J45.9', 0.035);
  const programme = programmeOf(codes);
  if (!programme) return undefined;
  keepApart(codes, programme);
  const born = Number(person.birthDate.slice(0, 4));
  const thisYear = Number(date(until).slice(0, 4));
  const since = Object.fromEntries(
    codes.map((code) => [
      code,
      String(Math.max(born + 2, thisYear - chance.whole(code === 'N18.3' ? 0 : 1, 14))),
    ]),
  );
  return {
    codes,
    since,
    programme,
    severity: chance.next(),
    response: chance.between(0.1, 1),
    decline: kidney ? chance.between(0.05, 0.25) : chance.between(-0.02, 0.05),
  };
}

/** Sensitive problems are treated in visits of their own, so that their label hides nothing else. */
function keepApart(codes: string[], programme: Programme): void {
  const own = { mood: 'F32.1', tuberculosis: 'A15.0' }[programme as string];
  const kept = codes.filter((code) => (own ? code === own : code !== 'F32.1' && code !== 'A15.0'));
  codes.splice(0, codes.length, ...kept);
}

function programmeOf(codes: readonly string[]): Programme | undefined {
  const any = (...wanted: string[]) => wanted.some((code) => codes.includes(code));
  if (any('A15.0')) return 'tuberculosis';
  if (any('E11.2', 'E11.9')) return 'metabolic';
  if (any('I10', 'I25.1', 'E78.2')) return 'pressure';
  if (any('J44.9', 'J45.9')) return 'airways';
  if (any('B18.1')) return 'liver';
  if (any('E05.0', 'E03.9')) return 'thyroid';
  if (any('F32.1')) return 'mood';
  return any('M10.9', 'M17.0') ? 'joints' : undefined;
}

/** How far through the two years an instant is, 0 to 1. */
export const progress = (when: number, until: number): number =>
  Math.max(0, Math.min(1, 1 - (until - when) / (WINDOW * DAY)));
