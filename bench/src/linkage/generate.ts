import { chanceOf } from './chance.ts';
import type { Chance } from './chance.ts';
import { household } from './population.ts';
import type { Person } from './population.ts';
import { RATES } from './rates.ts';
import { writeRecord } from './write-record.ts';
import type { Habit, LinkageRecord } from './write-record.ts';

export type { LinkageRecord } from './write-record.ts';

const FACILITIES = 1_400;

/**
 * A Vietnamese linkage benchmark: `size` registrations of persons at facilities between 2017 and 2026, with the truth.
 * The same seed gives the same records. `withoutNumbers` leaves person, identity-card and insurance numbers out: what
 * names, dates, phones and addresses alone can tell.
 */
export function* linkageRecords(
  seed: number,
  size: number,
  { withoutNumbers = false }: { withoutNumbers?: boolean } = {},
): Generator<LinkageRecord> {
  let record = 0;
  let persons = 0;
  for (let house = 0; record < size; house++) {
    const chance = chanceOf(seed, house);
    const members = household(chance, persons);
    persons += members.length;
    const near = chance.whole(0, FACILITIES - 1);
    for (const person of members) {
      for (const visit of visitsOf(chance, person, near)) {
        if (record === size) return;
        const made = writeRecord(chance, person, { ...visit, record, habit: habitOf(seed, visit.facility) });
        yield withoutNumbers ? numberless(made) : made;
        record++;
      }
    }
  }
}

function numberless({
  personNumber: _p,
  oldNumber: _o,
  insurance: _i,
  ...rest
}: LinkageRecord): LinkageRecord {
  return rest;
}

type Planned = { facility: number; on: string; newborn: boolean };

/** Registrations of a person at different facilities, mostly near home. */
function visitsOf(chance: Chance, person: Person, near: number): Planned[] {
  const count = 1 + RATES.recordsOfPerson.findIndex((_, at) => below(chance, at));
  const year = Number(person.born.slice(0, 4));
  const visits: Planned[] = [];
  if (year >= 2017 && chance.happens(RATES.newborn.recorded))
    visits.push({ facility: near, on: person.born, newborn: true });
  for (let n = 0; n < Math.max(1, count); n++) {
    const facility = chance.happens(0.7)
      ? (near + chance.whole(0, 5)) % FACILITIES
      : chance.whole(0, FACILITIES - 1);
    const from = Math.max(2017, year);
    const late = chance.happens(0.7) ? Math.max(from, 2023) : from;
    const on = `${chance.whole(late, 2026)}-${pad(chance.whole(1, 10))}-${pad(chance.whole(1, 28))}`;
    visits.push({ facility, on: on < person.born ? person.born : on, newborn: false });
  }
  return visits;
}

/** Draws "no more than this many records" step by step: rests of the shares. */
function below(chance: Chance, at: number): boolean {
  const rest = RATES.recordsOfPerson.slice(at).reduce((sum: number, share) => sum + share, 0);
  return chance.happens(RATES.recordsOfPerson[at]! / rest);
}

const habits = new Map<string, Habit>();

function habitOf(seed: number, facility: number): Habit {
  const key = `${seed}/${facility}`;
  let habit = habits.get(key);
  if (!habit) {
    const chance = chanceOf(seed, -1 - facility);
    const rates = RATES.name;
    habit = {
      capitals: chance.happens(rates.facilityCapitals),
      withoutMarks: chance.happens(rates.facilityWithoutMarks),
      decomposed: chance.happens(rates.facilityDecomposed),
      newTones: chance.happens(rates.facilityNewTonePlacement),
    };
    habits.set(key, habit);
  }
  return habit;
}

const pad = (value: number) => String(value).padStart(2, '0');
