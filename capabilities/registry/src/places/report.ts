import { type PlaceKey, placeListOn, placeOf, provinceOf, resolvePlace } from '@yba/vietnam/places';
import { type FacilityFacts, facilityOn, provinceKey } from '../facilities/facility-facts.ts';
import { type FactsOf, resolveFacility } from '../facilities/resolve-facility.ts';

/** A number that belongs to a facility on a day: visits, say. It keeps the code of its day. */
export type Fact = { facility: string; day: string; count: number };

/** A line of a report. `key` undefined: the directory does not tell where. */
export type Line = { key?: string; name?: string; list?: string; count: number };

export type View = 'as-then' | 'as-now';

type Grouping = { by: 'province' | 'facility'; view: View; today: string; factsOf: FactsOf };

/**
 * Sums facts by facility or province, in the units of the day of each (`as-then`) or in those of today (`as-now`). No fact
 * is lost or counted twice: both views have one total, and what has no known place is a line of its own.
 */
export async function reportOf(facts: readonly Fact[], grouping: Grouping): Promise<Line[]> {
  const known = await grouping.factsOf([...new Set(facts.map(({ facility }) => facility))]);
  const lines = new Map<string, Line>();
  const places = new Map<string, Line>();
  for (const { facility, day, count } of facts) {
    const on = grouping.view === 'as-then' ? day : grouping.today;
    const memo = `${facility} ${on} ${day}`;
    let line = places.get(memo);
    if (!line) places.set(memo, (line = await lineOf(facility, day, known.get(facility), grouping)));
    const key = `${line.list ?? ''} ${line.key ?? ''}`;
    const sum = lines.get(key) ?? { ...line, count: 0 };
    lines.set(key, { ...sum, count: sum.count + count });
  }
  return [...lines.values()].sort((a, b) => b.count - a.count || (a.key ?? '~').localeCompare(b.key ?? '~'));
}

async function lineOf(
  code: string,
  day: string,
  facts: FacilityFacts | undefined,
  grouping: Grouping,
): Promise<Line> {
  const now = grouping.view === 'as-now';
  const to = now ? grouping.today : day;
  const end =
    now && facts
      ? await resolveFacility(
          code,
          { on: day, to },
          { factsOf: grouping.factsOf, predecessorsOf: async () => [] },
        )
      : undefined;
  // one that was divided, or closed with nobody after it, stays itself
  const heir = end?.codes.length === 1 ? (await grouping.factsOf(end.codes)).get(end.codes[0]!) : facts;
  if (grouping.by === 'facility')
    return { key: heir?.code ?? code, name: heir ? facilityOn(heir, to).name : code, count: 0 };
  const key = heir && (provinceKey(facilityOn(heir, to)) ?? lastKnown(heir));
  return key ? inList(key, placeListOn(to)) : { count: 0 };
}

/** Where a facility lay last, when no address tells of the day itself. */
function lastKnown(facts: FacilityFacts): PlaceKey | undefined {
  const place = facts.places.flatMap((one) => (one.place ? [placeOf(one.place)!] : []))[0];
  const province = place && provinceOf(place);
  return province && { list: province.list, level: 'province', code: province.code };
}

/** A province in the list asked for; one that cannot be told apart there keeps its own. */
function inList(key: PlaceKey, list: '2024' | '2026'): Line {
  const found = resolvePlace(key, list);
  const unit = found?.extent === 'whole' ? found.units[0]! : placeOf(key)!;
  return { key: unit.code, name: unit.name, list: unit.list, count: 0 };
}
