import { random, type Random } from '../random.ts';
import { type Home, makeHome } from './home.ts';
import { type Draft, makePerson, nameText, type Person, phoneOf } from './person.ts';

/** Persons come in blocks of eight: a family of four, an older couple, two who live alone. */
export const BLOCK = 8;

const YEAR = 365.25;

/** The eight persons of a block. `until`: the day the demonstration ends, in milliseconds. */
export function block(seed: number, number: number, until: number): Person[] {
  const chance = random(seed, 'block', number);
  const first = number * BLOCK;
  return [
    ...family(chance, first, until),
    ...couple(chance, first + 4, until),
    ...[first + 6, first + 7].map((index) => alone(chance, index, until)),
  ];
}

function family(chance: Random, first: number, until: number): Person[] {
  const home = makeHome(chance);
  const motherAge = chance.between(24, 46);
  const mother = person(chance, { index: first + 1, sex: 'female', ageDays: motherAge * YEAR, home }, until);
  const father = person(
    chance,
    {
      index: first,
      sex: 'male',
      ageDays: (motherAge + chance.between(-1, 6)) * YEAR,
      home,
      contact: spouse(mother),
    },
    until,
  );
  const mothersYears = motherAge - 20;
  const children = [0, 1].map((n) => {
    const age = Math.min(17, chance.between(0, mothersYears)) * (n === 1 && chance.chance(0.09) ? 0.008 : 1);
    const draft: Draft = {
      index: first + 2 + n,
      sex: chance.chance(0.52) ? 'male' : 'female',
      ageDays: Math.max(3, age * YEAR),
      home,
      family: father.name.family,
      contact: { relation: 'MTH', name: nameText(mother), phone: phoneOf(mother.index) },
      ...(father.ethnic ? { ethnic: father.ethnic } : {}),
    };
    return person(chance, draft, until);
  });
  return [father, mother, ...children];
}

function couple(chance: Random, first: number, until: number): Person[] {
  const home = makeHome(chance);
  const age = chance.weighted([
    [chance.between(48, 60), 45],
    [chance.between(60, 75), 42],
    [chance.between(75, 90), 13],
  ]);
  const wife = person(chance, { index: first + 1, sex: 'female', ageDays: age * YEAR, home }, until);
  const older = (age + chance.between(-2, 5)) * YEAR;
  return [
    person(chance, { index: first, sex: 'male', ageDays: older, home, contact: spouse(wife) }, until),
    wife,
  ];
}

function alone(chance: Random, index: number, until: number): Person {
  const sex = chance.chance(0.5) ? 'male' : 'female';
  const age = chance.weighted([
    [chance.between(18, 35), 60],
    [chance.between(35, 60), 27],
    [chance.between(60, 92), 13],
  ]);
  return person(chance, { index, sex, ageDays: age * YEAR, home: makeHome(chance) }, until);
}

const spouse = (of: Person): NonNullable<Person['contact']> => ({
  relation: 'SPS',
  name: nameText(of),
  phone: phoneOf(of.index),
});

function person(
  chance: Random,
  draft: Omit<Draft, 'ageDays'> & { ageDays: number; home: Home },
  until: number,
): Person {
  return makePerson(chance, { ...draft, ageDays: Math.floor(draft.ageDays) }, until);
}
