import {
  commune,
  communePredecessors2024,
  communes,
  communeSuccessors2026,
  legacyUnit,
  legacyUnits,
  type LegacyUnit,
  province,
  provinces,
  provinceSuccession,
  successorOf,
} from './data.ts';

/** The day the two-tier local government began: before it the list of 2024 is in force, from it on that of 2026. */
export const REFORM_DAY = '2025-07-01';

/** A list of the country's units, by the year it is named after. */
export type PlaceList = '2024' | '2026';

export type PlaceLevel = LegacyUnit['level'];

/** A unit of one of the lists: what a code means without doubt. */
export type PlaceKey = { list: PlaceList; level: PlaceLevel; code: string };

/** A unit with its name in full and the unit above it. */
export type Place = PlaceKey & { name: string; parent?: string };

/**
 * How a unit of one list lies in the other. `whole`: all of it is one unit there. `part`: it was divided, or is one of
 * several that were joined; which of `units` an address lies in, the address alone does not tell. `unknown`: the
 * official mapping of this unit is not known; nothing is guessed. `province` is certain whatever the extent, where one
 * province holds all of it.
 */
export type PlaceAnswer = {
  from: Place;
  list: PlaceList;
  extent: 'whole' | 'part' | 'unknown';
  units: Place[];
  province?: Place;
};

/** The list in force on a day (`2025-06-30`, or longer: only the day counts). */
export const placeListOn = (day: string): PlaceList => (day.slice(0, 10) < REFORM_DAY ? '2024' : '2026');

/** The unit with this code in this list; undefined when the list has none. Leading zeros of a province do not matter. */
export function placeOf({ list, level, code }: PlaceKey): Place | undefined {
  if (list === '2024') {
    const unit = legacyUnit(level, level === 'province' ? twoDigits(code) : code);
    return unit && ofLegacy(unit);
  }
  if (level === 'district') return undefined;
  const unit = level === 'province' ? province(code) : commune(code);
  return (
    unit && {
      list,
      level,
      code: unit.code,
      name: unit.fullName,
      ...('province' in unit ? { parent: unit.province } : {}),
    }
  );
}

/** The same place in another list. Throws nothing: a code that its list does not have answers undefined. */
export function resolvePlace(key: PlaceKey, list: PlaceList): PlaceAnswer | undefined {
  const from = placeOf(key);
  if (!from) return undefined;
  if (from.list === list) return answer(from, list, 'whole', [from]);
  return list === '2026' ? forwards(from) : backwards(from);
}

/** The province of its own list that a unit lies in. */
export function provinceOf(place: Place): Place | undefined {
  if (place.level === 'province') return place;
  if (place.list === '2026') return placeOf({ list: '2026', level: 'province', code: place.parent! });
  const district = place.level === 'district' ? place : legacyPlace('district', place.parent!);
  return district && legacyPlace('province', district.parent!);
}

function forwards(from: Place): PlaceAnswer {
  const old = provinceOf(from)!;
  const now = successorOf(old.code)!;
  const holder = placeOf({ list: '2026', level: 'province', code: now.code })!;
  if (from.level !== 'commune') return answer(from, '2026', 'whole', [holder], holder);
  const links = communeSuccessors2026(from.code);
  const units = links.flatMap(
    ({ newCode }) => placeOf({ list: '2026', level: 'commune', code: newCode }) ?? [],
  );
  const extent = units.length === 0 ? 'unknown' : links.every(({ whole }) => whole) ? 'whole' : 'part';
  return answer(from, '2026', extent, units, holder);
}

function backwards(from: Place): PlaceAnswer {
  if (from.level === 'province') {
    const units = provinceSuccession()
      .filter(({ newCode }) => newCode === from.code)
      .flatMap(({ oldCode }) => legacyPlace('province', oldCode) ?? []);
    return answer(from, '2024', units.length === 1 ? 'whole' : 'part', units, onlyOne(units));
  }
  const links = communePredecessors2024(from.code);
  const units = links.flatMap(({ oldCode }) => legacyPlace('commune', oldCode) ?? []);
  const olds = new Map(
    provinceSuccession()
      .filter(({ newCode }) => newCode === from.parent)
      .flatMap(({ oldCode }) => legacyPlace('province', oldCode) ?? [])
      .map((unit) => [unit.code, unit]),
  );
  const extent = units.length === 0 ? 'unknown' : units.length === 1 && links[0]!.whole ? 'whole' : 'part';
  return answer(from, '2024', extent, units, onlyOne([...olds.values()]));
}

const onlyOne = (units: readonly Place[]): Place | undefined => (units.length === 1 ? units[0] : undefined);

function answer(
  from: Place,
  list: PlaceList,
  extent: PlaceAnswer['extent'],
  units: Place[],
  holder = from.list === list ? provinceOf(from) : undefined,
): PlaceAnswer {
  return { from, list, extent, units, ...(holder ? { province: holder } : {}) };
}

const twoDigits = (code: string) => code.replace(/^0+(?=\d)/, '').padStart(2, '0');

function legacyPlace(level: PlaceLevel, code: string): Place | undefined {
  const unit = legacyUnit(level, code);
  return unit && ofLegacy(unit);
}

const ofLegacy = ({ level, code, fullName, parent }: LegacyUnit): Place => ({
  list: '2024',
  level,
  code,
  name: fullName,
  ...(parent ? { parent } : {}),
});

/** Every unit of a list at a level. */
export function placesOf(list: PlaceList, level: PlaceLevel): Place[] {
  if (list === '2024')
    return legacyUnits()
      .filter((unit) => unit.level === level)
      .map(ofLegacy);
  if (level === 'province')
    return provinces().map(({ code, fullName }) => ({ list, level, code, name: fullName }));
  if (level === 'district') return [];
  return communes().map(({ code, fullName, province: parent }) => ({
    list,
    level,
    code,
    name: fullName,
    parent,
  }));
}
