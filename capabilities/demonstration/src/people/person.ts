import { type InsuranceHolding, insuranceOf } from './insurance.ts';
import { makePersonNumber } from '@yba/vietnam';
import type { Random } from '../random.ts';
import type { Area } from '../facilities.ts';
import { ageAt, date, DAY } from '../time.ts';
import { allergens, type Allergen } from '../catalogue/allergens.ts';
import { familyName, fullName, makeName, type Name, type Sex } from './names.ts';
import type { Home } from './home.ts';

/** Why a person of the demonstration is registered without a person number. */
export type Unnumbered = 'newborn' | 'foreigner' | 'unknown' | 'no-card';

export type Allergy = {
  allergen: Allergen;
  reaction: string;
  severity: 'mild' | 'moderate' | 'severe';
  since: string;
};

/** A synthetic person. Everything follows from the seed, the index and the day the demonstration ends. */
export type Person = {
  index: number;
  name: Name;
  sex: Sex;
  /** YYYY-MM-DD, or YYYY for those of whom only the year is known. */
  birthDate: string;
  /** Code of the national list; absent for foreigners. */
  ethnic?: string;
  /** Name of the country, for foreigners. */
  nationality?: string;
  unnumbered?: Unnumbered;
  personNumber?: string;
  passport?: string;
  insurance?: InsuranceHolding;
  home: Home;
  phone?: string;
  occupation: string;
  contact?: { relation: 'MTH' | 'FTH' | 'CHILD' | 'SPS'; name: string; phone: string };
  blood: string;
  /** Absent: nobody asked. Empty: asked, none known. */
  allergies?: Allergy[];
};

/** What a household decides about one of its members. */
export type Draft = {
  index: number;
  sex: Sex;
  /** Age in days at the end of the demonstration. */
  ageDays: number;
  home: Home;
  family?: string;
  ethnic?: string;
  contact?: Person['contact'];
};

const foreigners: readonly (readonly [country: string, family: string, given: string])[] = [
  ['Hàn Quốc', 'Kim', 'Min Su'],
  ['Nhật Bản', 'Tanaka', 'Haruto'],
  ['Pháp', 'Moreau', 'Claire'],
  ['Hoa Kỳ', 'Miller', 'Anna'],
];

const bloodGroups: readonly (readonly [string, number])[] = [
  ['O Rh+', 45],
  ['B Rh+', 29],
  ['A Rh+', 20.5],
  ['AB Rh+', 5],
  ['O Rh−', 0.3],
];

/** Phone numbers of the demonstration, numbered as the persons are, lie in one block that starts 0900. */
export const phoneOf = (index: number): string => `0900${String((index + 1) % 1_000_000).padStart(6, '0')}`;

/** Fills in a member of a household. `until`: the day the demonstration ends, in milliseconds. */
export function makePerson(chance: Random, draft: Draft, until: number): Person {
  const { index, sex, home } = draft;
  const born = until - draft.ageDays * DAY;
  const full = date(born);
  const age = ageAt(full, until);
  const unnumbered = whyUnnumbered(chance, draft.ageDays, age);
  const foreigner = unnumbered === 'foreigner' ? foreigners[index % foreigners.length] : undefined;
  const ethnic = draft.ethnic ?? peopleOf(chance, home.area);
  const family = draft.family ?? familyName(chance, ethnic, home.area.south);
  const name: Name = foreigner
    ? { family: foreigner[1], middle: [], given: foreigner[2] }
    : nameOf(chance, unnumbered, family, sex, Number(full.slice(0, 4)));
  const birthDate = age >= 70 && chance.chance(0.12) ? full.slice(0, 4) : full;
  const province = chance.chance(0.88) ? home.oldProvince : chance.pick(migrantProvinces);
  const insurance =
    unnumbered && unnumbered !== 'newborn'
      ? undefined
      : insuranceOf(chance, { index, sex, age, home, ethnic, until });
  const allergies = allergiesOf(chance, age, Number(birthDate.slice(0, 4)), until);
  return {
    index,
    name,
    sex,
    birthDate,
    ...(foreigner
      ? { nationality: foreigner[0], passport: `M${String(index + 1).padStart(8, '0')}` }
      : { ethnic }),
    ...(unnumbered ? { unnumbered } : { personNumber: numberOf(province, sex, birthDate, index) }),
    ...(insurance && unnumbered !== 'newborn' ? { insurance } : {}),
    home,
    ...(age >= 16 && unnumbered !== 'unknown' ? { phone: phoneOf(index) } : {}),
    occupation: occupationOf(chance, age, sex, insurance?.group),
    ...(draft.contact ? { contact: draft.contact } : {}),
    blood: chance.weighted(bloodGroups),
    ...(allergies ? { allergies } : {}),
  };
}

/**
 * A person number whose province, sex and year are true of the holder and whose serial is the index: the first
 * thousand persons have serials 000001 to 001000, which keeps the made-up numbers together and recognisable.
 */
export const numberOf = (province: string, sex: Sex, birthDate: string, index: number): string =>
  makePersonNumber({
    province,
    sex,
    birthYear: Number(birthDate.slice(0, 4)),
    serial: (index + 1) % 1_000_000,
  });

const migrantProvinces = [
  '36',
  '38',
  '40',
  '34',
  '33',
  '30',
  '25',
  '42',
  '52',
  '83',
  '94',
  '92',
  '60',
  '96',
  '49',
];

function whyUnnumbered(chance: Random, ageDays: number, age: number): Unnumbered | undefined {
  if (ageDays < 60) return 'newborn';
  const draw = chance.next();
  if (age >= 20 && age < 65 && draw < 0.01) return 'foreigner';
  if (age >= 45 && draw < 0.014) return 'unknown';
  return draw > 0.984 ? 'no-card' : undefined;
}

function nameOf(
  chance: Random,
  unnumbered: Unnumbered | undefined,
  family: string,
  sex: Sex,
  year: number,
): Name {
  if (unnumbered === 'unknown')
    return { family: 'Chưa', middle: ['rõ'], given: sex === 'male' ? 'Nam' : 'Nữ' };
  return makeName(chance, family, sex, year);
}

function peopleOf(chance: Random, area: Area): string {
  let draw = chance.next();
  for (const [code, share] of area.peoples) if ((draw -= share) < 0) return code;
  return '01';
}

/** About one person in eight has an allergy; most of the others were asked and know of none. */
function allergiesOf(chance: Random, age: number, bornIn: number, until: number): Allergy[] | undefined {
  const draw = chance.next();
  if (draw > 0.8 || age < 1) return undefined;
  if (draw > 0.125) return [];
  const found: Allergy[] = [];
  for (let n = chance.chance(0.15) ? 2 : 1; n > 0; n--) {
    const allergen = chance.weighted(allergens.map((each) => [each, each.weight] as const));
    if (found.some((other) => other.allergen === allergen)) continue;
    const [reaction, severity] = chance.pick(allergen.reactions);
    const year = Math.max(bornIn + 1, Number(date(until).slice(0, 4)) - chance.whole(0, 12));
    found.push({ allergen, reaction, severity, since: String(year) });
  }
  return found;
}

const trades = [
  'Công nhân',
  'Nông dân',
  'Buôn bán',
  'Lái xe',
  'Thợ xây',
  'Giáo viên',
  'Nhân viên văn phòng',
  'Thợ may',
  'Tự do',
];

function occupationOf(chance: Random, age: number, sex: Sex, group: string | undefined): string {
  if (age < 6) return 'Trẻ em';
  if (age < 18) return 'Học sinh';
  if (group === 'SV') return 'Sinh viên';
  if (group === 'HT') return 'Hưu trí';
  if (age >= 65) return 'Người cao tuổi';
  if (group === 'DN') return chance.pick(['Công nhân', 'Nhân viên văn phòng', 'Kỹ sư', 'Thợ may']);
  if (group === 'HC') return chance.pick(['Giáo viên', 'Công chức', 'Viên chức y tế']);
  if (sex === 'female' && chance.chance(0.15)) return 'Nội trợ';
  return chance.pick(trades);
}

/** "Nguyễn Thị Hạnh". */
export const nameText = (person: { name: Name; nationality?: string }): string =>
  person.nationality ? `${person.name.given} ${person.name.family}` : fullName(person.name);
