import type { Figures, ProvinceFigures } from './read-figures.ts';
import { ratioOf, stateOf, type Share } from './states.ts';

/** What the map colours: facilities connected, facilities heard of in 24 hours, or visits today. */
export type Measure = 'connected' | 'sending' | 'visits';

/** A step of the scale, 0 (palest) to 4; `none`: no facility is known there; `zero`: a count that is nought. */
export type Step = 0 | 1 | 2 | 3 | 4 | 'zero' | 'none';

/** One province as the map shows it. */
export type MapValue = { code: string; step: Step; share: Share | undefined; count: number };

/** Lower limits of the steps of a share. */
export const shareLimits = [0, 0.6, 0.7, 0.8, 0.9] as const;

/** Lower limits of the steps of a count. */
export const countLimits = [1, 10, 100, 1_000, 10_000] as const;

/** The value of every province for a measure. */
export const mapValues = (figures: Figures, measure: Measure): MapValue[] =>
  figures.provinces.map((province) => valueOf(figures, province, measure));

const valueOf = (figures: Figures, province: ProvinceFigures, measure: Measure): MapValue => {
  const { code } = province;
  if (measure === 'visits') {
    const count = province.visitsToday;
    const step = province.facilities === 0 ? 'none' : count === 0 ? 'zero' : stepIn(count, countLimits);
    return { code, step, share: undefined, count };
  }
  const part = measure === 'connected' ? province.connected : sendingIn(figures, code);
  const share = { part, whole: province.facilities };
  const ratio = ratioOf(share);
  return { code, step: ratio === undefined ? 'none' : stepIn(ratio, shareLimits), share, count: part };
};

/** How many facilities of a province were heard of in the last 24 hours. */
export const sendingIn = ({ rows, asOf }: Figures, province: string): number =>
  rows.filter((row) => row.province === province && stateOf(row, asOf) === 'sending').length;

const stepIn = (value: number, limits: readonly number[]): Step => {
  const above = limits.findLastIndex((limit) => value >= limit);
  return Math.max(above, 0) as Step;
};

/** How many provinces stand on each step, for the legend. */
export const countsByStep = (values: readonly MapValue[]): Map<Step, number> =>
  new Map([...Map.groupBy(values, ({ step }) => step)].map(([step, items]) => [step, items.length]));
