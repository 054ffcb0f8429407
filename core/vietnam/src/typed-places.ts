import { foldName } from './names.ts';
import { type Place, type PlaceList, placesOf, provinceOf, placeOf } from './places.ts';

/** Words before a name that say what kind of unit it is, folded; people leave them out or shorten them. */
const KIND = /^(xa|x|phuong|p|thi tran|tt|huyen|h|quan|q|thi xa|tx|thanh pho|tp|tinh|t|dac khu)\s+(?=\S)/;

/** A name without its kind: `Phường Phúc Xá` and `p. phuc xa` are one. A name that is a number keeps its digits: `Phường 01` is `1`. */
const bare = (name: string): string => {
  const folded = foldName(name);
  return folded.replace(KIND, '').replace(/^0+(?=\d)/, '') || folded;
};

const once = <T>(load: () => T): (() => T) => {
  let value: { is: T } | undefined;
  return () => (value ??= { is: load() }).is;
};

const byName = {
  '2024': once(() => Map.groupBy(placesOf('2024', 'commune'), ({ name }) => bare(name))),
  '2026': once(() => Map.groupBy(placesOf('2026', 'commune'), ({ name }) => bare(name))),
};

/**
 * The communes that an address names as people type it: with or without tone marks and words for the kind, parts apart by
 * commas or dashes, the commune before what it lies in (`p. phuc xa, q ba dinh, ha noi`). Several where the text leaves it open,
 * none where no commune has the name. House and street may stand before.
 */
export function typedCommunes(address: string, list: PlaceList): Place[] {
  const parts = address
    .split(/[,;\n]|\s[-–]\s/)
    .map(bare)
    .filter((part) => part !== '');
  let best: Place[] = [];
  let most = 0;
  for (const [at, part] of parts.entries()) {
    const rest = new Set(parts.slice(at + 1));
    for (const place of byName[list]().get(part) ?? []) {
      const above = aboveOf(place);
      // every unit named behind the commune has to be one it lies in
      const agree = above.filter((name) => rest.has(name)).length;
      if (agree < rest.size || (parts.length > 1 && agree === 0)) continue;
      if (agree > most) [best, most] = [[], agree];
      if (agree === most) best.push(place);
    }
  }
  return best;
}

/** Names of what a commune lies in, bare: its district of 2024, its province. */
function aboveOf(place: Place): string[] {
  const province = provinceOf(place);
  const district =
    place.list === '2024' ? placeOf({ list: '2024', level: 'district', code: place.parent! }) : undefined;
  return [district, province].flatMap((one) => (one ? [bare(one.name)] : []));
}
