import type { Resource } from '@yba/fhir';
import type { Transaction } from '@yba/postgres';
import { demographicsOf } from './demographics.ts';
import { newPerson } from '@yba/repository';
import type { PersonAnswer, PersonLink, PersonQuestion } from '@yba/repository';
import { personNumbers } from './person-numbers.ts';
import type { PersonNumber } from './person-numbers.ts';

/**
 * Whose each Patient is: the person known by its person number, else by its insurance number, else a new one.
 * Nobody is merged on a guess: numbers that point at two persons, and Patients without a number, keep a person of
 * their own and go to the identity work list. Two hospitals that send the same new number at once meet at the
 * unique index: the later waits and then finds the person.
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
    const unclaimed = own.filter((number) => !known.has(key(number)));
    const claimed = await Promise.all(
      unclaimed.map((number) => claim(tx, number, answer.person, question.facility)),
    );
    unclaimed.forEach((number, index) => known.set(key(number), claimed[index]!));
    if (claimed.some((holder) => holder !== answer.person))
      answers.set(question.key, disagreeing(question, own, known));
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

/** Makes the number the person's, unless another writer was first: then that one's person is the answer. */
async function claim(
  tx: Transaction,
  number: PersonNumber,
  person: string,
  facility: number,
): Promise<string> {
  const [row] = await tx<{ person: string }[]>`
    insert into person_identifier (system, value, person, facility) values (${number.system}, ${number.value}, ${person}, ${facility})
    on conflict (value, system) where active do update set active = true
    returning person`;
  return row!.person;
}

/** Keeps the look-up by name, the work list and the record of links in step with what was written. */
export async function recordLinks(tx: Transaction, links: readonly PersonLink[], by: string): Promise<void> {
  await Promise.all(
    links.flatMap((link) => [
      keepDemographics(tx, link.patient, link.resource),
      ...keepWorkList(tx, link),
      ...keepChange(tx, link, by),
    ]),
  );
}

function keepWorkList(
  tx: Transaction,
  { patient, facility, answer, was }: PersonLink,
): PromiseLike<unknown>[] {
  if (answer.unknown) {
    return [
      tx`insert into unidentified (patient, facility, reason) values (${patient}, ${facility}, ${answer.unknown})
         on conflict (patient) do update set reason = excluded.reason`,
    ];
  }
  return was === undefined ? [] : [tx`delete from unidentified where patient = ${patient}`];
}

function keepChange(
  tx: Transaction,
  { patient, answer, was }: PersonLink,
  by: string,
): PromiseLike<unknown>[] {
  if (was === undefined || was === answer.person) return [];
  return [
    tx`insert into link_change (patient, was, person, by, reason)
       values (${patient}, ${was}, ${answer.person}, ${by}, 'the Patient was written with a number known as this person''s')`,
  ];
}

async function keepDemographics(tx: Transaction, patient: string, resource: Resource): Promise<void> {
  const { birthDate, birthYear, gender, foldedName, words } = demographicsOf(resource);
  await tx`
    insert into demographics (patient, birth_year, birth_date, gender, folded_name, name_words)
    values (${patient}, ${birthYear}, ${birthDate}, ${gender}, ${foldedName}, ${words})
    on conflict (patient) do update set birth_year = excluded.birth_year, birth_date = excluded.birth_date,
      gender = excluded.gender, folded_name = excluded.folded_name, name_words = excluded.name_words`;
}
