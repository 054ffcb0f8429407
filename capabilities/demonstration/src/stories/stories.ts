import { areas } from '../facilities.ts';
import { allergens } from '../catalogue/allergens.ts';
import { settle } from '../journey/journey.ts';
import type { PlannedVisit } from '../journey/planned-visit.ts';
import { homeIn } from '../people/home.ts';
import { numberOf, type Person, phoneOf } from '../people/person.ts';
import type { Sex } from '../people/names.ts';
import { random } from '../random.ts';
import { date } from '../time.ts';
import { childVisits, motherVisits } from './mother-and-child.ts';
import { elderVisits } from './elder.ts';
import { diabetesVisits } from './diabetes.ts';
import { heartVisits } from './heart.ts';

/** The eight first persons of every nation, with names that documentation and tests can rely on. */
type Cast = {
  name: string;
  sex: Sex;
  birthDate: string;
  area: string;
  commune: string;
  line: string;
  ethnic?: string;
  group: string;
  level: string;
  occupation: string;
  contact?: readonly [relation: 'MTH' | 'CHILD' | 'SPS', index: number];
  allergies?: readonly (readonly [
    allergen: string,
    reaction: string,
    severity: 'mild' | 'moderate' | 'severe',
    since: string,
  ])[];
  visits?: (person: Person, until: number) => PlannedVisit[];
};

const bacNinh = { area: 'Bắc Ninh', commune: '09190', line: 'Khu Bồ Sơn' };
const anGiang = { area: 'An Giang', commune: '30463', line: 'Ấp Bình Hòa' };
const binhDuong = { area: 'Bình Dương', commune: '25966', line: '41 Nguyễn Trãi' };

const cast: readonly Cast[] = [
  {
    name: 'Nguyễn Thị Hạnh',
    sex: 'female',
    birthDate: '1963-03-14',
    ...bacNinh,
    group: 'GD',
    level: '4',
    occupation: 'Buôn bán',
    contact: ['SPS', 1],
    allergies: [
      ['penicillin', 'sốc phản vệ', 'severe', '2019-06'],
      ['iodine-contrast', 'mày đay', 'moderate', '2026-03'],
    ],
    visits: diabetesVisits,
  },
  {
    name: 'Nguyễn Văn Bình',
    sex: 'male',
    birthDate: '1960-11-02',
    ...bacNinh,
    group: 'HT',
    level: '3',
    occupation: 'Hưu trí',
    contact: ['SPS', 0],
    allergies: [],
  },
  {
    name: 'Võ Văn Thành',
    sex: 'male',
    birthDate: '1968-09-02',
    ...anGiang,
    group: 'GD',
    level: '4',
    occupation: 'Nông dân',
    contact: ['SPS', 3],
    allergies: [['nsaid', 'phù mặt', 'moderate', '2021']],
    visits: heartVisits,
  },
  {
    name: 'Huỳnh Thị Kim Hoa',
    sex: 'female',
    birthDate: '1970-01-25',
    ...anGiang,
    group: 'GD',
    level: '4',
    occupation: 'Nội trợ',
    contact: ['SPS', 2],
  },
  {
    name: 'Bùi Ngọc Anh',
    sex: 'female',
    birthDate: '1994-05-20',
    ...binhDuong,
    group: 'DN',
    level: '4',
    occupation: 'Công nhân',
    contact: ['SPS', 6],
    allergies: [],
    visits: motherVisits,
  },
  {
    name: 'Đặng Bảo Châu',
    sex: 'female',
    birthDate: '2023-04-11',
    ...binhDuong,
    group: 'TE',
    level: '1',
    occupation: 'Trẻ em',
    contact: ['MTH', 4],
    allergies: [['peanut', 'mày đay', 'moderate', '2025']],
    visits: childVisits,
  },
  {
    name: 'Đặng Quốc Việt',
    sex: 'male',
    birthDate: '1991-07-08',
    ...binhDuong,
    group: 'DN',
    level: '4',
    occupation: 'Kỹ sư',
    contact: ['SPS', 4],
    allergies: [],
  },
  {
    name: 'Nông Văn Sáng',
    sex: 'male',
    birthDate: '1941',
    area: 'Thái Nguyên',
    commune: '05692',
    line: 'Xóm Gò Cao',
    ethnic: '02',
    group: 'HT',
    level: '3',
    occupation: 'Hưu trí',
    allergies: [],
    visits: elderVisits,
  },
];

/** The first block of every nation. */
export function storyBlock(until: number): Person[] {
  const year = date(until).slice(0, 4);
  return cast.map((of, index): Person => {
    const area = areas.find((each) => each.name === of.area)!;
    const home = { ...homeIn(random('story', index), area, of.commune), line: of.line };
    const words = of.name.split(' ');
    const number = String(index + 1).padStart(10, '0');
    return {
      index,
      name: { family: words[0]!, middle: words.slice(1, -1), given: words[words.length - 1]! },
      sex: of.sex,
      birthDate: of.birthDate,
      ethnic: of.ethnic ?? '01',
      personNumber: numberOf(area.oldProvince, of.sex, of.birthDate, index),
      insurance: {
        card: `${of.group}${of.level}${area.oldProvince}${number}`,
        number,
        group: of.group,
        level: of.level,
        registeredAt: home.station,
        from: `${year}-01-01`,
        to: `${year}-12-31`,
      },
      home,
      ...(of.group === 'TE' ? {} : { phone: phoneOf(index) }),
      occupation: of.occupation,
      ...(of.contact
        ? {
            contact: {
              relation: of.contact[0],
              name: cast[of.contact[1]]!.name,
              phone: phoneOf(of.contact[1]),
            },
          }
        : {}),
      blood: index === 4 ? 'A Rh+' : 'O Rh+',
      ...(of.allergies
        ? {
            allergies: of.allergies.map(([code, reaction, severity, since]) => ({
              allergen: allergens.find((each) => each.code === code)!,
              reaction,
              severity,
              since,
            })),
          }
        : {}),
    };
  });
}

/** The hand-written visits of the persons who have a story; undefined for everyone else. */
export function storyVisits(person: Person, until: number): PlannedVisit[] | undefined {
  const tell = cast[person.index]?.visits;
  return tell && settle(tell(person, until), person, until);
}

/** Indexes of the persons with a story: they sign in to the book. */
export const storyPersons: readonly number[] = cast.flatMap((of, index) => (of.visits ? [index] : []));
