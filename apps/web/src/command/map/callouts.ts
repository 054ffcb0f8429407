import type { Point } from './project.ts';
import { provinces } from './provinces.ts';

/** A name written beside the map with a line to its province. */
export type Callout = { code: string; from: Point; to: Point; anchor: 'start' | 'end' };

/** Where the names of the large cities stand; the sea and the west are free there. */
const standing: readonly [code: string, dx: number, dy: number][] = [
  ['01', -760, 250],
  ['31', 560, 90],
  ['40', -560, 330],
  ['46', 430, -220],
  ['48', 340, 150],
  ['79', 560, 330],
  ['92', -760, 190],
];

/** The names drawn at all times, and that of the chosen province when it is not among them. */
export const callouts = (chosen: string | undefined): Callout[] => {
  const places =
    standing.some(([code]) => code === chosen) || !chosen ? standing : [...standing, extra(chosen)];
  return places.flatMap(([code, dx, dy]) => {
    const from = provinces.find((province) => province.code === code)?.at;
    if (!from) return [];
    return [{ code, from, to: [from[0] + dx, from[1] + dy], anchor: dx > 0 ? 'start' : 'end' }];
  });
};

/** A name that is not always there goes to the east where the coast runs, to the west in the far south. */
const extra = (code: string): [string, number, number] => {
  const [x, y] = provinces.find((province) => province.code === code)?.at ?? [0, 0];
  return x < 1500 && y > 4500 ? [code, -420, 60] : [code, 620 + Math.max(0, 1700 - x) * 0.5, 40];
};
