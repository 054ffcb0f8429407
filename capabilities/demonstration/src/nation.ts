import type { Resource } from '@yba/fhir';
import { type Facility, facilities } from './facilities.ts';
import { journey } from './journey/journey.ts';
import { BLOCK, block } from './people/household.ts';
import type { Person } from './people/person.ts';
import { type Member, staff } from './people/staff.ts';
import { storyBlock, storyVisits } from './stories/stories.ts';
import { year } from './time.ts';
import { locations, organizations, practitionerRoles, practitioners } from './write/places.ts';
import { visitBundle } from './write/visit-bundle.ts';

/** A visit as its facility sends it. */
export type Visit = {
  /** 5-character code of the sending facility. */
  facility: string;
  /** Index of the person; visits of one person are to be sent in order. */
  person: number;
  /** When it began, in milliseconds. */
  at: number;
  bundle: Resource;
};

/** A nation: registries as arrays, persons and visits lazily, so that its size does not matter. */
export type Nation = {
  seed: number;
  size: number;
  now: number;
  facilities: readonly Facility[];
  staff: readonly Member[];
  organizations: Resource[];
  locations: Resource[];
  practitioners: Resource[];
  practitionerRoles: Resource[];
  /** Persons by index, from `from` (0) on. */
  persons(from?: number): Iterable<Person>;
  /** Their visits, person by person, each person's in order of time. */
  visits(from?: number): Iterable<Visit>;
};

/**
 * The demonstration nation of this seed. The same seed, size and `now` (milliseconds; the last day of the two
 * years) give the same bytes on every machine, and person n is the same in a nation of any size.
 */
export function nation(of: { persons: number; seed: number; now: number }): Nation {
  const { seed, now } = of;
  function* persons(from = 0): Generator<Person> {
    for (let index = from; index < of.persons;) {
      const number = Math.floor(index / BLOCK);
      const members = number === 0 ? storyBlock(now) : block(seed, number, now);
      for (const person of members.slice(index % BLOCK)) {
        if (index++ < of.persons) yield person;
      }
    }
  }
  function* visits(from = 0): Generator<Visit> {
    for (const person of persons(from)) yield* visitsOf(seed, person, now);
  }
  return {
    seed,
    size: of.persons,
    now,
    facilities,
    staff,
    organizations: organizations(),
    locations: locations(now),
    practitioners: practitioners(),
    practitionerRoles: practitionerRoles(),
    persons,
    visits,
  };
}

function* visitsOf(seed: number, person: Person, until: number): Generator<Visit> {
  const seen = new Set<string>();
  const planned = storyVisits(person, until) ?? journey(seed, person, until);
  for (const [number, visit] of planned.entries()) {
    const { facility, start } = visit;
    const thisYear = `${facility} ${year(start)}`;
    const bundle = visitBundle(person, visit, {
      seed,
      number: number + 1,
      first: !seen.has(facility),
      firstOfYear: !seen.has(thisYear),
      until,
    });
    seen.add(facility).add(thisYear);
    yield { facility, person: person.index, at: start, bundle };
  }
}
