import type { Chance } from './chance.ts';
import { isSouth, makeHome } from './places.ts';
import type { Home } from './places.ts';
import { RATES } from './rates.ts';
import { familyNames, givenNames, middleNames, twinNames } from './words.ts';

/** A person as they are; what is written about them is another matter. */
export type Person = {
  index: number;
  family: string;
  middle: string[];
  given: string;
  sex: 'male' | 'female';
  /** YYYY-MM-DD. */
  born: string;
  home: Home;
  /** The home before or after, when they moved. */
  otherHome: Home;
  personNumber: string;
  /** The number after the first was cancelled. */
  reissued?: string;
  /** 9 digits, for those who had a card before 2016. */
  oldNumber?: string;
  insurance?: string;
  insuranceGroup: string;
  phone: string;
  /** Children and others who are registered with a relative's. */
  phoneOfRelative?: string;
  mother?: string;
  twin: boolean;
  relatives: Person[];
};

const THIS_YEAR = 2026;

/** The persons of one household; `first` is the index of its first. */
export function household(chance: Chance, first: number): Person[] {
  const home = makeHome(chance);
  const persons: Person[] = [];
  const add = (over: Partial<Person> & { sex: Person['sex']; year: number }) => {
    const { year, ...given } = over;
    const person = makePerson(chance, first + persons.length, home, year, given);
    persons.push(person);
    return person;
  };
  const parentYear = chance.whole(1958, 2001);
  const kind = chance.next();
  if (kind < 0.2) {
    add({ sex: chance.happens(0.5) ? 'male' : 'female', year: chance.whole(1935, 2006) });
  } else {
    const father = add({ sex: 'male', year: parentYear });
    const mother = add({ sex: 'female', year: parentYear + chance.whole(-2, 6) });
    if (chance.happens(0.25))
      add({ sex: 'male', year: parentYear - chance.whole(22, 32), family: father.family });
    if (chance.happens(0.35)) add({ sex: 'female', year: parentYear - chance.whole(20, 30) });
    children(chance, father, mother, add);
  }
  for (const person of persons) person.relatives = persons.filter((other) => other !== person);
  return persons;
}

function children(
  chance: Chance,
  father: Person,
  mother: Person,
  add: (over: Partial<Person> & { sex: Person['sex']; year: number }) => Person,
): void {
  const motherYear = Number(mother.born.slice(0, 4));
  let year = motherYear + chance.whole(20, 30);
  let before: Person | undefined;
  for (let n = chance.whole(0, 3); n > 0 && year <= THIS_YEAR - 1; n--, year += chance.whole(1, 6)) {
    const sex = chance.happens(0.52) ? 'male' : 'female';
    const shared = before?.sex === sex && chance.happens(0.35) ? { middle: before.middle } : {};
    const common = { family: father.family, mother: fullName(mother), phoneOfRelative: mother.phone };
    const child = add({ sex, year, ...shared, ...common });
    if (chance.happens(RATES.twins)) addTwin(chance, child, add, common);
    before = child;
  }
}

function addTwin(
  chance: Chance,
  child: Person,
  add: (over: Partial<Person> & { sex: Person['sex']; year: number }) => Person,
  common: Partial<Person>,
): void {
  const sex = chance.happens(0.65) ? child.sex : child.sex === 'male' ? 'female' : 'male';
  const near = sex === child.sex && chance.happens(0.4) ? chance.pick(twinNames[sex]) : undefined;
  if (near) child.given = near[0];
  const twin = add({
    sex,
    year: Number(child.born.slice(0, 4)),
    ...common,
    born: child.born,
    ...(chance.happens(0.7) && sex === child.sex ? { middle: child.middle } : {}),
    ...(near ? { given: near[1] } : {}),
  });
  if (twin.given === child.given) twin.given = chance.pick(twinNames[sex])[1];
  child.twin = twin.twin = true;
}

/** A prime above any number of persons in one data set: multiplying modulo it never repeats a serial. */
const PRIME = 9_999_991;
const serial = (index: number, factor: number, digits: number) =>
  String((index * factor + 1_234_567) % PRIME)
    .padStart(7, '0')
    .slice(-digits);

function makePerson(
  chance: Chance,
  index: number,
  home: Home,
  year: number,
  over: Partial<Person> & { sex: Person['sex'] },
): Person {
  const { sex } = over;
  const born = dayOf(chance, year);
  const south = isSouth(home.old.provinceCode);
  const family = chance.draw(familyNames);
  const middles = middleNames(sex, year);
  const given = chance.draw(givenNames(sex, year));
  const middle = [
    chance.happens(middles.classical) ? (sex === 'male' ? 'Văn' : 'Thị') : chance.draw(middles.table),
    ...(year > 1980 && chance.happens(0.16) ? [chance.draw(middles.table)] : []),
  ];
  const birthProvince = chance.happens(0.85) ? home.old.provinceCode : makeHome(chance).old.provinceCode;
  const era = Math.floor(year / 100) - 19;
  const number = (from: number) =>
    `0${birthProvince}${era * 2 + (sex === 'female' ? 1 : 0)}${String(year % 100).padStart(2, '0')}${String((from * 48_271 + 271_828) % 999_983).padStart(6, '0')}`;
  const insured = chance.happens(RATES.insurance.holders);
  return {
    index,
    family: regional(family, south, chance),
    middle: middle.filter((word, at) => word !== given && middle.indexOf(word) === at),
    given,
    born,
    home,
    otherHome: chance.happens(0.25) ? makeHome(chance) : home,
    personNumber: number(index),
    ...(chance.happens(RATES.number.reissued) ? { reissued: number(index + 500_009) } : {}),
    ...(year <= 2002 ? { oldNumber: `${birthProvince}${serial(index, 7_919, 7)}` } : {}),
    ...(insured ? { insurance: `${birthProvince}${chance.whole(0, 9)}${serial(index, 104_729, 7)}` } : {}),
    insuranceGroup:
      year >= 2020 ? 'TE1' : chance.pick(['GD4', 'DN4', 'HS4', 'HT3', 'CN3', 'HN2', 'DT2', 'CH4']),
    phone: `0${chance.pick(['32', '33', '34', '35', '36', '37', '38', '39', '70', '76', '77', '79', '90', '91', '93', '94', '96', '97', '98'])}${serial(index, 15_485_863 % PRIME, 7)}`,
    twin: false,
    relatives: [],
    ...over,
  };
}

/** Most southerners write Huỳnh and Võ, most northerners Hoàng and Vũ. */
function regional(family: string, south: boolean, chance: Chance): string {
  if (!chance.happens(0.9)) return family;
  if (south) return family === 'Hoàng' ? 'Huỳnh' : family === 'Vũ' ? 'Võ' : family;
  return family === 'Huỳnh' ? 'Hoàng' : family === 'Võ' ? 'Vũ' : family;
}

function dayOf(chance: Chance, year: number): string {
  const day = new Date(Date.UTC(year, 0, chance.whole(1, 365)));
  return day.toISOString().slice(0, 10);
}

/** "Nguyễn Thị Hạnh". */
export const fullName = ({ family, middle, given }: Pick<Person, 'family' | 'middle' | 'given'>): string =>
  [family, ...middle, given].join(' ');
