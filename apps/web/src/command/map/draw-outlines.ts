/**
 * Draws the province outlines of `core/vietnam/data/admin-provinces-2026.geojson` into `outlines.json`,
 * which the map ships. Run it again when the outlines change: `node apps/web/src/command/map/draw-outlines.ts`.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { outline, type Outline, type ProvinceFeature } from './project.ts';

const data = new URL('../../../../../core/vietnam/data/', import.meta.url);
const drawn = new URL('./outlines.json', import.meta.url);

/** The 34 outlines in order of their code, with the English name of each province. */
export const drawOutlines = (): (Outline & { nameEn: string })[] => {
  const { features } = JSON.parse(readFileSync(new URL('admin-provinces-2026.geojson', data), 'utf8')) as {
    features: ProvinceFeature[];
  };
  const english = englishNames();
  return features
    .map((feature) => ({ ...outline(feature), nameEn: english.get(feature.properties.code) ?? '' }))
    .sort((one, other) => one.code.localeCompare(other.code));
};

const englishNames = (): Map<string, string> =>
  new Map(
    readFileSync(new URL('admin-provinces-2026.csv', data), 'utf8')
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => line.split(','))
      .map((cells) => [cells[0]!, cells[3]!]),
  );

if (import.meta.main) writeFileSync(drawn, `${JSON.stringify(drawOutlines(), null, 1)}\n`);
