import { test } from '../catalogue/tests.ts';
import type { Person } from '../people/person.ts';
import type { Random } from '../random.ts';
import { ageAt } from '../time.ts';
import type { Result, Vitals } from './planned-visit.ts';

/** A value of this test: within the span, else well inside the reference range. */
export function draw(chance: Random, code: string, person: Person, span?: readonly [number, number]): Result {
  const { decimals, range } = test(code);
  const [low, high] = range[person.sex];
  if (span) return { test: code, value: round(chance.between(...span), decimals) };
  if (low !== undefined && high !== undefined) {
    return { test: code, value: round(chance.normal((low + high) / 2, (high - low) / 6), decimals) };
  }
  if (high !== undefined)
    return { test: code, value: round(chance.between(0.35 * high, 0.92 * high), decimals) };
  return { test: code, value: round(chance.between(1.12 * (low ?? 1), 1.6 * (low ?? 1)), decimals) };
}

/** Rounded to so many decimals. */
export const round = (value: number, decimals: number): number => Number(value.toFixed(decimals));

/**
 * Filtration rate in mL/min/1.73 m² from creatinine in µmol/L (CKD-EPI 2021, without race).
 * Source: https://www.kidney.org/professionals/kdoqi/gfr_calculator/formula
 */
export function filtrationRate(creatinine: number, age: number, sex: Person['sex']): number {
  const [kappa, alpha] = sex === 'female' ? [0.7, -0.241] : [0.9, -0.302];
  const ratio = creatinine / 88.4 / kappa;
  const rate = 142 * Math.min(ratio, 1) ** alpha * Math.max(ratio, 1) ** -1.2 * 0.9938 ** age;
  return Math.round(sex === 'female' ? rate * 1.012 : rate);
}

/** Height in cm and weight in kg that go with age and sex; steady for a person. */
export function build(person: Person, chance: Random, at: number): { height: number; weight: number } {
  const age = ageAt(person.birthDate, at);
  const grown = person.sex === 'male' ? 166 : 155;
  const height =
    age >= 18
      ? chance.normal(grown - Math.max(0, age - 50) * 0.08, 5)
      : Math.min(grown, 51 + 24 * Math.sqrt(Math.max(0.02, age)));
  const index = age >= 18 ? chance.normal(22.6, 2.6) : 15.5 + age * 0.25;
  return { height: Math.round(height), weight: round(index * (height / 100) ** 2, 1) };
}

/** Pulse and, from 15 years on, blood pressure of a person at rest; fever raises the pulse. */
export function atRest(chance: Random, person: Person, at: number, temperature?: number): Vitals {
  const age = ageAt(person.birthDate, at);
  const calm = age < 3 ? 118 : age < 10 ? 95 : 76;
  const fever = temperature === undefined ? 0 : Math.max(0, temperature - 37) * 9;
  return {
    pulse: Math.round(chance.normal(calm + fever, 6)),
    ...(age >= 15
      ? {
          systolic: Math.round(chance.normal(112 + Math.max(0, age - 30) * 0.4, 8)),
          diastolic: Math.round(chance.normal(71 + Math.max(0, age - 30) * 0.12, 5)),
        }
      : {}),
    ...(temperature === undefined ? {} : { temperature }),
  };
}
