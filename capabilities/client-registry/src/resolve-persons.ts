import { outcomeError } from '@yba/fhir';
import type { Transaction } from '@yba/postgres';
import { demographicsOf } from './demographics.ts';
import { newPerson } from '@yba/repository';
import type { PersonAnswer, PersonLink, PersonQuestion } from '@yba/repository';
import { personNumbers } from './person-numbers.ts';
import type { PersonNumber } from './person-numbers.ts';

/**
 * Whose each Patient is: the person known by its person number, else by its insurance number, else a new one.
 * Nobody is merged on a guess: numbers that point at two persons, and Patients without a number, keep a person of
 * their own and go to the identity work list. Changes nothing: numbers are claimed with the write (`recordLinks`).
 */
export async function resolvePersons(
  tx: Transaction,
  questions: readonly PersonQuestion[],
): Promise<Map<string, PersonAnswer>> {
  const numbers = new Map(questions.map((question) => [question.key, personNumbers(question.resource)]));
  const known = await holders(tx, [...numbers.values()].flat());
  const answers = new Map<string, PersonAnswer>();
  for (const question of questions) {
    const own = numbers.get(question.key)!;
    const answer = answerOne(question, own, known);
    answers.set(question.key, answer);
    if (answer.unknown) continue;
    // another Patient of the same commit with this number is the same person's
    for (const number of own) if (!known.has(key(number))) known.set(key(number), answer.person);
  }
  return answers;
}

function answerOne(
  question: PersonQuestion,
  own: readonly PersonNumber[],
  known: ReadonlyMap<string, string>,
): PersonAnswer {
  if (own.length === 0) return { person: question.linked ?? newPerson(), unknown: 'no-number' };
  const holders = new Set(own.flatMap((number) => known.get(key(number)) ?? []));
  if (holders.size > 1) return disagreeing(question, own, known);
  const [holder] = holders;
  return { person: holder ?? question.linked ?? newPerson() };
}

/** Two numbers of one Patient that belong to two persons: an officer decides; until then it stays where it was. */
function disagreeing(
  question: PersonQuestion,
  own: readonly PersonNumber[],
  known: ReadonlyMap<string, string>,
): PersonAnswer {
  const holders = new Set(own.flatMap((number) => known.get(key(number)) ?? []));
  if (holders.size === 1) return { person: [...holders][0]! };
  return { person: question.linked ?? newPerson(), unknown: 'numbers-disagree' };
}

function key({ system, value }: PersonNumber): string {
  return `${system}|${value}`;
}

async function holders(tx: Transaction, numbers: readonly PersonNumber[]): Promise<Map<string, string>> {
  if (numbers.length === 0) return new Map();
  const rows = await tx<{ system: string; value: string; person: string }[]>`
    select system, value, person from person_identifier
    where active and value = any(${numbers.map(({ value }) => value)}) and system = any(${numbers.map(({ system }) => system)})`;
  return new Map(rows.map((row) => [`${row.system}|${row.value}`, row.person]));
}

/** Keeps numbers, the look-up by name, the work list and the record of links in step with what is written. */
export async function recordLinks(tx: Transaction, links: readonly PersonLink[]): Promise<void> {
  if (links.length === 0) return;
  await Promise.all([
    claimNumbers(tx, links),
    keepDemographics(tx, links),
    ...keepWorkList(tx, links),
    ...keepChanges(tx, links),
  ]);
}

/**
 * Makes the numbers the persons'. Two hospitals that send the same new number at once meet at the unique index: the
 * later waits, finds another person there, and is told so by `transient`: it looks again and finds the person.
 */
async function claimNumbers(tx: Transaction, links: readonly PersonLink[]): Promise<void> {
  const claims = new Map<string, PersonNumber & { person: string; facility: number }>();
  for (const { resource, answer, facility } of links) {
    if (answer.unknown) continue;
    for (const number of personNumbers(resource))
      claims.set(key(number), { ...number, person: answer.person, facility });
  }
  if (claims.size === 0) return;
  const list = [...claims.values()];
  const rows = await tx<{ system: string; value: string; person: string }[]>`
    insert into person_identifier (system, value, person, facility)
    select * from unnest(${list.map(({ system }) => system)}::text[], ${list.map(({ value }) => value)}::text[],
      ${list.map(({ person }) => person)}::uuid[], ${list.map(({ facility }) => facility)}::int[]) as claim (system, value, person, facility)
    where not exists (select from person_identifier held
      where held.active and held.value = claim.value and held.system = claim.system and held.person = claim.person)
    order by value, system -- one order for all writers, so they wait instead of deadlocking
    on conflict (value, system) where active do update set active = true
    returning system, value, person`;
  for (const row of rows) {
    if (claims.get(`${row.system}|${row.value}`)!.person !== row.person)
      throw outcomeError(
        'transient',
        'Another request brought the same person at the same moment; send yours again',
      );
  }
}

function keepWorkList(tx: Transaction, links: readonly PersonLink[]): PromiseLike<unknown>[] {
  const unknown = links.filter(({ answer }) => answer.unknown);
  const known = links.filter(({ answer, was }) => !answer.unknown && was !== undefined);
  return [
    ...(unknown.length > 0
      ? [
          tx`insert into unidentified (patient, facility, reason)
             select * from unnest(${unknown.map(({ patient }) => patient)}::uuid[], ${unknown.map(({ facility }) => facility)}::int[],
               ${unknown.map(({ answer }) => answer.unknown!)}::text[])
             on conflict (patient) do update set reason = excluded.reason`,
        ]
      : []),
    ...(known.length > 0
      ? [tx`delete from unidentified where patient = any(${known.map(({ patient }) => patient)}::uuid[])`]
      : []),
  ];
}

function keepChanges(tx: Transaction, links: readonly PersonLink[]): PromiseLike<unknown>[] {
  const changed = links.filter(({ was, answer }) => was !== undefined && was !== answer.person);
  return changed.map(
    ({ patient, was, answer, by }) => tx`
      insert into link_change (patient, was, person, by, reason)
      values (${patient}, ${was!}, ${answer.person}, ${by}, 'the Patient was written with a number known as this person''s')`,
  );
}

async function keepDemographics(tx: Transaction, links: readonly PersonLink[]): Promise<void> {
  const rows = links.map(({ patient, resource }) => {
    const { birthYear, birthDate, gender, foldedName, words } = demographicsOf(resource);
    return {
      patient,
      birth_year: birthYear,
      birth_date: birthDate,
      gender,
      folded_name: foldedName,
      name_words: words,
    };
  });
  await tx`
    insert into demographics ${tx(rows)}
    on conflict (patient) do update set birth_year = excluded.birth_year, birth_date = excluded.birth_date,
      gender = excluded.gender, folded_name = excluded.folded_name, name_words = excluded.name_words`;
}
