import type { Result } from './results.ts';
import { isOut } from './verdict.ts';

/** How a test moved over time, in relation to its normal range. */
export type Course =
  'first' | 'steadyNormal' | 'backToNormal' | 'better' | 'worse' | 'leftNormal' | 'same' | 'moved';

export type Trend = {
  /** Oldest first, the shown result last. */
  points: Result[];
  course: Course;
  /** How many different hospitals measured. */
  places: number;
};

const noticeable = 0.03;

/** The same test up to and including a result: the last `count` values that have a number and the same unit. */
export const trendOf = (result: Result, all: readonly Result[], count = 4): Trend => {
  const points = all
    .filter((other) => same(other, result) && other.value !== undefined && other.at <= result.at)
    .sort((one, other) => (one.at < other.at ? -1 : 1))
    .slice(-count);
  return {
    points,
    course: courseOf(points),
    places: new Set(points.map((point) => point.facility ?? point.place)).size,
  };
};

const same = (one: Result, other: Result): boolean =>
  one.unit === other.unit && (one.code !== undefined ? one.code === other.code : one.name === other.name);

const courseOf = (points: Result[]): Course => {
  const first = points[0];
  const last = points.at(-1);
  if (!first || !last || first === last) return 'first';
  const before = points.at(-2)!;
  if (!isOut(last.verdict) && last.verdict !== 'unknown') {
    return points.some((point) => isOut(point.verdict)) ? 'backToNormal' : 'steadyNormal';
  }
  if (last.verdict === 'unknown') return change(first, last) < noticeable ? 'same' : 'moved';
  if (!isOut(before.verdict) && before.verdict !== 'unknown') return 'leftNormal';
  const [was, is] = [distance(first), distance(last)];
  if (Math.abs(was - is) < noticeable * Math.abs(last.value!)) return 'same';
  return is < was ? 'better' : 'worse';
};

const change = (first: Result, last: Result): number =>
  Math.abs(last.value! - first.value!) / (Math.abs(first.value!) || 1);

/** How far outside the range a value lies, in its unit. The range of the day it was measured counts. */
const distance = ({ value, range }: Result): number => {
  if (range.high !== undefined && value! > range.high) return value! - range.high;
  if (range.low !== undefined && value! < range.low) return range.low - value!;
  return 0;
};
