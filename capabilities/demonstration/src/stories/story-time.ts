import type { PlannedVisit, Prescription, Result, Vitals } from '../journey/planned-visit.ts';
import { DAY, HOUR, MINUTE, startOfDay, weekday } from '../time.ts';

/** An instant so many days before `until`, at this hour of the local day; Monday where that is a Sunday. */
export function daysAgo(until: number, days: number, hour: number, minute = 0): number {
  const day = startOfDay(until) - days * DAY;
  return day + (weekday(day) === 0 ? DAY : 0) + hour * HOUR + minute * MINUTE;
}

/** So many minutes before `until`, but not before today began. */
export const justNow = (until: number, minutes: number): number =>
  Math.max(startOfDay(until) + MINUTE, until - minutes * MINUTE);

/** A visit of a story: what is usual is filled in. */
export function told(
  visit: Pick<PlannedVisit, 'facility' | 'start' | 'department' | 'diagnoses' | 'reason' | 'advice'> &
    Partial<PlannedVisit> & { hours?: number },
): PlannedVisit {
  const { hours = 1.5, ...rest } = visit;
  return {
    kind: 'outpatient',
    vitals: {},
    results: [],
    drugs: [],
    ...('end' in visit ? {} : { end: visit.start + hours * HOUR }),
    ...rest,
  };
}

/** Prescriptions of these drugs for so many days. */
export const drugsFor = (days: number, ...drugs: string[]): Prescription[] =>
  drugs.map((drug) => ({ drug, days }));

/** Results written as pairs; undefined ones were not measured. */
export const values = (of: Record<string, number | undefined>): Result[] =>
  Object.entries(of).flatMap(([test, value]) => (value === undefined ? [] : [{ test, value }]));

/** Blood pressure and pulse. */
export const pressure = (systolic: number, diastolic: number, pulse: number): Vitals => ({
  systolic,
  diastolic,
  pulse,
});
