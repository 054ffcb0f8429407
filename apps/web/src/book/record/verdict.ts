import type { CodeableConcept, Quantity } from './fhir.ts';

/**
 * What a result says beside its reference range. `slightlyHigh` and `slightlyLow` are within a tenth of the
 * limit; `danger…` is only what the laboratory itself marked as critical.
 */
export type Verdict =
  | 'normal'
  | 'slightlyHigh'
  | 'high'
  | 'dangerHigh'
  | 'slightlyLow'
  | 'low'
  | 'dangerLow'
  | 'abnormal'
  | 'positive'
  | 'negative'
  | 'unknown';

/** Limits of the normal range; a missing one is open. */
export type Range = { low?: number; high?: number };

/** What `verdictOf` looks at: an Observation or one of its components. */
export type Judged = {
  valueQuantity?: Quantity;
  interpretation?: CodeableConcept[];
  referenceRange?: { low?: Quantity; high?: Quantity; text?: string }[];
};

const nearLimit = 0.1;

/** Codes of http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation in our words. */
const laboratoryWords: Record<string, Verdict> = {
  N: 'normal',
  H: 'high',
  HU: 'high',
  HH: 'dangerHigh',
  L: 'low',
  LU: 'low',
  LL: 'dangerLow',
  A: 'abnormal',
  AA: 'abnormal',
  POS: 'positive',
  DET: 'positive',
  RR: 'positive',
  NEG: 'negative',
  ND: 'negative',
  NR: 'negative',
};

/** The normal range of a result. */
export const rangeOf = (judged: Judged): Range => {
  const { low, high } = judged.referenceRange?.[0] ?? {};
  return {
    ...(low?.value !== undefined && { low: low.value }),
    ...(high?.value !== undefined && { high: high.value }),
  };
};

/** The laboratory's own word first; else the value beside the range; else `unknown`. */
export const verdictOf = (judged: Judged): Verdict => {
  const said = judged.interpretation
    ?.flatMap((concept) => concept.coding ?? [])
    .find((coding) => coding.code);
  const word = said?.code ? laboratoryWords[said.code] : undefined;
  const measured = compare(judged.valueQuantity?.value, rangeOf(judged));
  if (word === undefined) return measured;
  const softer = { high: 'slightlyHigh', low: 'slightlyLow' } as const;
  return (word === 'high' || word === 'low') && measured === softer[word] ? measured : word;
};

const compare = (value: number | undefined, { low, high }: Range): Verdict => {
  if (value === undefined || (low === undefined && high === undefined)) return 'unknown';
  if (high !== undefined && value > high) return value <= high * (1 + nearLimit) ? 'slightlyHigh' : 'high';
  if (low !== undefined && value < low) return value >= low * (1 - nearLimit) ? 'slightlyLow' : 'low';
  return 'normal';
};

/** Where a verdict points: the shape drawn beside it. */
export const directionOf = (
  verdict: Verdict,
): 'up' | 'down' | 'doubleUp' | 'doubleDown' | 'notice' | undefined => {
  switch (verdict) {
    case 'high':
    case 'slightlyHigh':
      return 'up';
    case 'low':
    case 'slightlyLow':
      return 'down';
    case 'dangerHigh':
      return 'doubleUp';
    case 'dangerLow':
      return 'doubleDown';
    case 'abnormal':
    case 'positive':
      return 'notice';
    default:
      return undefined;
  }
};

const bySeverity: readonly Verdict[] = [
  'dangerHigh',
  'dangerLow',
  'high',
  'low',
  'abnormal',
  'positive',
  'slightlyHigh',
  'slightlyLow',
  'unknown',
  'negative',
  'normal',
];

/** Order of verdicts, the one to ask about first has the lowest number. */
export const severityOf = (verdict: Verdict): number => bySeverity.indexOf(verdict);

/** Whether a doctor should be asked about it. */
export const isOut = (verdict: Verdict): boolean => directionOf(verdict) !== undefined;
