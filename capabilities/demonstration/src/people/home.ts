import { commune, communes, provinces, provinceSuccession } from '@yba/vietnam/data';
import { areas, type Area, facility } from '../facilities.ts';
import type { Random } from '../random.ts';

/** Where a household lives, in the units of today, and who cares for it. */
export type Home = {
  area: Area;
  /** 2-digit code in the list before July 2025. */
  oldProvince: string;
  line: string;
  commune: { code: string; name: string };
  province: { code: string; name: string };
  /** Facility of first registration. */
  station: string;
};

const streets = [
  'Trần Phú',
  'Lê Lợi',
  'Nguyễn Trãi',
  'Quang Trung',
  'Hùng Vương',
  'Lý Thái Tổ',
  'Ngô Gia Tự',
  'Nguyễn Huệ',
];
const hamlets = ['Đông', 'Đoài', 'Trung', 'Thượng', 'Hạ', 'Chùa', 'Giếng', 'Mới'];
const lowlandHamlets = ['Bình An', 'Hòa Long', 'Phú Thành', 'Tân Lợi', 'An Hưng', 'Mỹ Hòa'];

/** A home; four in a hundred households live in a province without a facility of the demonstration. */
export function makeHome(chance: Random): Home {
  const area = chance.weighted(areas.map((each) => [each, each.weight] as const));
  const away = chance.chance(0.04) ? elsewhere(chance) : undefined;
  const code = away?.commune ?? chance.pick(area.communes);
  return homeIn(chance, away?.area ?? area, code, away?.oldProvince);
}

/** A home in this commune of today, cared for by the facilities of the area. */
export function homeIn(
  chance: Random,
  area: Area,
  communeCode: string,
  oldProvince = area.oldProvince,
): Home {
  const place = commune(communeCode);
  if (!place) throw new Error(`no commune ${communeCode}`);
  const province = provinces().find((each) => each.code === place.province)!;
  const near = area.stations.find((code) => facility(code).commune === communeCode);
  return {
    area,
    oldProvince,
    line: lineOf(chance, area, place.kind === 'ward'),
    commune: { code: place.code, name: place.fullName },
    province: { code: province.code, name: province.fullName },
    station: near ?? chance.pick(area.stations),
  };
}

function elsewhere(chance: Random): { area: Area; commune: string; oldProvince: string } {
  const home = new Set(areas.map((each) => each.province));
  const province = chance.pick(provinces().filter((each) => !home.has(each.code)));
  const south = Number(province.code) >= 46;
  return {
    area: areas.find((each) => each.name === (south ? 'TP Hồ Chí Minh' : 'Hà Nội'))!,
    commune: chance.pick(communes(province.code)).code,
    oldProvince: chance.pick(provinceSuccession().filter((row) => row.newCode === province.code)).oldCode,
  };
}

function lineOf(chance: Random, area: Area, ward: boolean): string {
  if (ward && chance.chance(0.55)) return `${chance.whole(1, 280)} ${chance.pick(streets)}`;
  if (ward) return `${area.south ? 'Khu phố' : 'Tổ dân phố'} ${chance.whole(1, 14)}`;
  if (area.south) return `Ấp ${chance.pick(lowlandHamlets)}`;
  return `${area.oldProvince === '19' ? 'Xóm' : 'Thôn'} ${chance.pick(hamlets)}`;
}
