import { communes, legacyUnits, provinces, provinceSuccession } from '@yba/vietnam/data';
import type { Chance } from './chance.ts';

/** A place to live, in the units of before and since July 2025. */
export type Home = {
  line: string;
  old: { commune: string; district: string; province: string; provinceCode: string };
  now: { commune: string; province: string; provinceCode: string };
};

const newProvince = new Map(provinceSuccession().map((row) => [row.oldCode, row.newCode]));
const provinceNames = new Map(provinces().map(({ code, fullName }) => [code, fullName]));
const oldUnits = new Map(legacyUnits().map((unit) => [`${unit.level}${unit.code}`, unit]));

type Place = Omit<Home, 'line'>;

/**
 * Every commune of before with the commune of today whose code is nearest below it in the same province of today:
 * codes follow the districts, so this is near where it went. An approximation that serves the benchmark alone.
 */
const places: readonly Place[] = (() => {
  const nowOf = new Map(
    provinces().map(({ code }) => [
      code,
      communes(code).toSorted((one, other) => one.code.localeCompare(other.code)),
    ]),
  );
  return legacyUnits()
    .filter(({ level }) => level === 'commune')
    .flatMap((unit): Place[] => {
      const district = oldUnits.get(`district${unit.parent}`);
      const province = oldUnits.get(`province${district?.parent}`);
      const code = newProvince.get(province?.code ?? '');
      const now = code && nowOf.get(code);
      if (!district || !province || !now || now.length === 0) return [];
      const commune = now.findLast((each) => each.code <= unit.code) ?? now[0]!;
      return [
        {
          old: {
            commune: unit.fullName,
            district: district.fullName,
            province: province.fullName,
            provinceCode: province.code,
          },
          now: { commune: commune.fullName, province: provinceNames.get(code)!, provinceCode: code },
        },
      ];
    });
})();

/** Hà Nội, Hồ Chí Minh City and its neighbours hold a third of the people. */
const crowded = places.filter(({ old }) =>
  ['01', '79', '74', '75', '31', '38', '40'].includes(old.provinceCode),
);

const streets =
  'Trần Phú|Lê Lợi|Nguyễn Trãi|Quang Trung|Hùng Vương|Lý Thái Tổ|Ngô Gia Tự|Nguyễn Huệ|Hai Bà Trưng|Lê Duẩn|Trần Hưng Đạo|Phan Chu Trinh|Nguyễn Văn Cừ|Điện Biên Phủ|Cách Mạng Tháng Tám|Lý Thường Kiệt'.split('|'); // prettier-ignore
const hamlets =
  'Đông|Đoài|Trung|Thượng|Hạ|Chùa|Giếng|Mới|Bình An|Hòa Long|Phú Thành|Tân Lợi|An Hưng|Mỹ Hòa|Nà Lầu|Pác Bó|Tân Tiến|Đồng Tâm|Quyết Thắng|Trại Mới'.split('|'); // prettier-ignore

export function makeHome(chance: Chance): Home {
  const place = chance.pick(chance.happens(0.3) ? crowded : places);
  const urban = /^(Phường|Thị trấn)/.test(place.old.commune);
  const line =
    urban && chance.happens(0.7)
      ? `Số ${chance.whole(1, 400)}${chance.happens(0.3) ? `/${chance.whole(1, 60)}` : ''} đường ${chance.pick(streets)}`
      : urban
        ? `${isSouth(place.old.provinceCode) ? 'Khu phố' : 'Tổ dân phố'} ${chance.whole(1, 20)}`
        : `${isSouth(place.old.provinceCode) ? 'Ấp' : 'Thôn'} ${chance.pick(hamlets)}`;
  return { line, ...place };
}

/** Provinces from Đà Nẵng southwards, where Huỳnh and Võ are written. */
export const isSouth = (oldProvince: string): boolean => Number(oldProvince) >= 48;
