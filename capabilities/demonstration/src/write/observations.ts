import { Decimal, type Resource } from '@yba/fhir';
import { type Range, type Test, test } from '../catalogue/tests.ts';
import type { Result, Vitals } from '../journey/planned-visit.ts';
import type { Person } from '../people/person.ts';
import { ageAt, dateTime, MINUTE } from '../time.ts';
import { concept, hl7, testConcept } from './terms.ts';

/** What all facts of a visit share. */
export type Frame = { subject: { reference: string }; encounter: { reference: string } };

type Category = 'laboratory' | 'vital-signs';
const category = (code: Category) => [concept(hl7('observation-category'), code)];

/** The number with as many decimals as the test is reported with: 7.0 stays 7.0. */
function digits(value: number, decimals: number): number | Decimal {
  const text = value.toFixed(decimals);
  return text === String(value) ? value : new Decimal(text);
}

const quantity = (of: Test, value: number) => ({
  value: digits(value, of.decimals),
  ...(of.unit ? { unit: of.shown || of.unit, system: 'http://unitsofmeasure.org', code: of.unit } : {}),
});

/** `H`, `L`, doubled where it is dangerous; absent inside the reference range. */
export function interpret(of: Test, sex: Person['sex'], value: number): 'H' | 'L' | 'HH' | 'LL' | undefined {
  const [low, high] = of.range[sex];
  const [lowest, highest] = of.danger ?? [undefined, undefined];
  if (highest !== undefined && value >= highest) return 'HH';
  if (lowest !== undefined && value <= lowest) return 'LL';
  if (high !== undefined && value > high) return 'H';
  return low !== undefined && value < low ? 'L' : undefined;
}

function judged(of: Test, person: Person, value: number) {
  const found = interpret(of, person.sex, value);
  const [low, high] = of.range[person.sex];
  return {
    ...(found ? { interpretation: [concept(hl7('v3-ObservationInterpretation'), found)] } : {}),
    ...(low === undefined && high === undefined ? {} : { referenceRange: [range(of, [low, high])] }),
  };
}

const shown = (value: number) => String(value).replace('.', ',');

function range(of: Test, [low, high]: Range) {
  const unit = of.shown ? { unit: of.shown } : {};
  const text =
    low === undefined
      ? `≤ ${shown(high!)}`
      : high === undefined
        ? `≥ ${shown(low)}`
        : `${shown(low)} – ${shown(high)}`;
  return {
    ...(low === undefined ? {} : { low: { value: low, ...unit } }),
    ...(high === undefined ? {} : { high: { value: high, ...unit } }),
    text,
  };
}

/** A laboratory result. `at`: when the sample was taken. */
export function laboratory(
  frame: Frame,
  person: Person,
  result: Result,
  at: number,
  performer: unknown,
): Resource {
  const of = test(result.test);
  const { value } = result;
  return {
    resourceType: 'Observation',
    status: 'final',
    category: category('laboratory'),
    code: testConcept(of.code),
    ...frame,
    effectiveDateTime: dateTime(at),
    performer: [performer],
    ...(typeof value === 'number'
      ? { valueQuantity: quantity(of, value), ...judged(of, person, value) }
      : { valueString: value }),
  };
}

const single = {
  pulse: 'PULSE',
  temperature: 'TEMP',
  respiration: 'RESP',
  saturation: 'SPO2',
  weight: 'WEIGHT',
  height: 'HEIGHT',
} as const;

/** Vital signs: blood pressure as one Observation with two components, the others each on its own. */
export function vitalSigns(frame: Frame, person: Person, vitals: Vitals, start: number): Resource[] {
  const base = (code: string): Resource => ({
    resourceType: 'Observation',
    status: 'final',
    category: category('vital-signs'),
    code: testConcept(code),
    ...frame,
    effectiveDateTime: dateTime(start + 6 * MINUTE),
  });
  const grown = ageAt(person.birthDate, start) >= 15;
  const part = (code: string, value: number) => {
    const of = test(code);
    return { code: testConcept(code), valueQuantity: quantity(of, value), ...judged(of, person, value) };
  };
  const found: Resource[] = [];
  if (vitals.systolic !== undefined && vitals.diastolic !== undefined) {
    found.push({ ...base('BP'), component: [part('SYS', vitals.systolic), part('DIA', vitals.diastolic)] });
  }
  for (const [key, code] of Object.entries(single) as [keyof typeof single, string][]) {
    const value = vitals[key];
    if (value === undefined) continue;
    const of = test(code);
    const known = grown || code === 'TEMP' || code === 'SPO2' ? judged(of, person, value) : {};
    found.push({ ...base(code), valueQuantity: quantity(of, value), ...known });
  }
  return found;
}
