import type { Figures, HourFigures, ProvinceFigures } from './read-figures.ts';

/** Where today's visits were: the busiest provinces, and all others together, adding up to the whole. */
export type VisitPlaces = { top: ProvinceFigures[]; rest: number; restProvinces: number; unplaced: number };

/** The busiest provinces of today. `unplaced` are visits of facilities whose province is not known. */
export const visitPlaces = ({ provinces, visitsToday }: Figures, count: number): VisitPlaces => {
  const busy = provinces
    .filter((province) => province.visitsToday > 0)
    .sort((one, other) => other.visitsToday - one.visitsToday);
  const sum = (some: ProvinceFigures[]) => some.reduce((total, province) => total + province.visitsToday, 0);
  const others = busy.slice(count);
  return {
    top: busy.slice(0, count),
    rest: sum(others),
    restProvinces: others.length,
    unplaced: visitsToday - sum(busy),
  };
};

/** The hour that is running: the last one with a count. */
export const runningHour = (hours: readonly HourFigures[]): HourFigures | undefined =>
  hours.findLast(({ visits }) => visits !== undefined);

/** Round values for the axis, from nought to at least `most`, in at most four steps. */
export const ticksTo = (most: number): number[] => {
  const rough = Math.max(most, 1) / 3;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = Math.max(1, [1, 2, 5, 10].map((factor) => factor * power).find((each) => each >= rough) ?? 1);
  const count = Math.ceil(Math.max(most, 1) / step);
  return Array.from({ length: count + 1 }, (_, index) => index * step);
};

/** How long ago, in the two largest units that matter. */
export const silenceOf = (
  lastContact: string,
  asOf: string,
): { days: number; hours: number; minutes: number } => {
  const minutes = Math.max(0, Math.floor((Date.parse(asOf) - Date.parse(lastContact)) / 60_000));
  return {
    days: Math.floor(minutes / 1440),
    hours: Math.floor((minutes % 1440) / 60),
    minutes: minutes % 60,
  };
};
