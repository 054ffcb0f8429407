import { arrayText } from '@yba/postgres';
import type { Transaction } from '@yba/postgres';
import { newPerson } from '@yba/repository';
import type { PersonAnswer, PersonQuestion } from '@yba/repository';
import { turnToWrite } from './decisions/turns.ts';
import { formerNumbers, numberKey, personNumbers } from './person-numbers.ts';
import type { PersonNumber } from './person-numbers.ts';

/**
 * An answer with what it rests on: `base`, the person the numbers lead to before any decision; `decided`, when an
 * officer took the Patient out, the person of its own it has since; `isNew`, when nobody was known by its numbers;
 * `claims`, its numbers that nobody holds yet.
 */
export type ResolvedPerson = PersonAnswer & {
  base: string;
  decided?: string;
  isNew?: true;
  claims: readonly PersonNumber[];
};

/**
 * Whose each Patient is: as an officer decided, else the person known by its person number, else by its insurance
 * number, else a new one. Nobody is merged on a guess: numbers that point at two persons, and Patients without a
 * number, keep a person of their own and go to the identity work list. Changes nothing: numbers are claimed with the
 * write (`recordLinks`). Until that is committed no decision about persons is made.
 */
export async function resolvePersons(
  tx: Transaction,
  questions: readonly PersonQuestion[],
): Promise<Map<string, ResolvedPerson>> {
  const numbers = new Map(questions.map((question) => [question.key, personNumbers(question.resource)]));
  const former = questions.flatMap(({ resource }) => formerNumbers(resource));
  const turn = Promise.resolve(turnToWrite(tx)); // sent ahead: what is asked below sees the decision it waited for
  const [known, before] = await Promise.all([
    holdersOf(tx, [...[...numbers.values()].flat(), ...former]),
    storedOf(
      tx,
      questions.flatMap(({ patient }) => patient ?? []),
    ),
    turn,
  ]);
  const answers = new Map<string, ResolvedPerson>();
  for (const question of questions) {
    const own = numbers.get(question.key)!;
    const answer = answerOne(question, own, known, before.get(question.patient ?? ''));
    const claims = answer.unknown ? [] : own.filter((number) => !known.has(numberKey(number)));
    answers.set(question.key, { ...answer, claims });
    // another Patient of the same commit with this number is the same person's
    for (const number of claims)
      known.set(numberKey(number), { base: answer.decided ?? answer.base, root: answer.person });
  }
  return answers;
}

/** Who holds a number: the person it was first known of, and whom that one was merged into. */
type Holder = { base: string; root: string };

/** What the Patient was known as before, and whose it is now. */
type Stored = { person: string; base: string | null; pin: string | null };

function answerOne(
  { linked: asked, resource }: PersonQuestion,
  own: readonly PersonNumber[],
  known: ReadonlyMap<string, Holder>,
  before: Stored | undefined,
): Omit<ResolvedPerson, 'claims'> {
  const linked = asked && (before?.person ?? asked);
  const named = own.flatMap((number) => known.get(numberKey(number)) ?? []);
  // a number issued anew is known to nobody yet: the one it replaced is
  const holders =
    named.length > 0 || linked
      ? named
      : formerNumbers(resource).flatMap((number) => known.get(numberKey(number)) ?? []);
  const bases = new Set(holders.map(({ base }) => base).filter((base) => base !== before?.pin));
  const roots = new Set(holders.map(({ root }) => root));
  const [base] = bases;
  if (before?.pin && linked)
    return { person: linked, base: bases.size === 1 ? base! : (before.base ?? linked), decided: before.pin };
  const same = linked ? { person: linked, base: before?.base ?? linked } : fresh();
  if (own.length === 0 && holders.length === 0) return { ...same, unknown: 'no-number' };
  // two numbers of one Patient that belong to two persons: an officer decides; until then it stays where it was
  if (roots.size > 1) return { ...same, unknown: 'numbers-disagree' };
  if (bases.size === 1) return { person: holders[0]!.root, base: base! };
  // two persons who are one by decision: should it be undone, the Patient is neither's
  if (bases.size > 1) return { ...same, person: holders[0]!.root };
  return linked ? same : { ...same, isNew: true };
}

function fresh(): { person: string; base: string } {
  const person = newPerson();
  return { person, base: person };
}

async function holdersOf(tx: Transaction, numbers: readonly PersonNumber[]): Promise<Map<string, Holder>> {
  if (numbers.length === 0) return new Map();
  const rows = await tx<{ system: string; value: string; base: string; root: string }[]>`
    select asked.system, asked.value, held.person as base,
      coalesce((select root from person_root r where r.person = held.person), held.person) as root
    from unnest(${arrayText(numbers, ({ system }) => system)}::text[], ${arrayText(numbers, ({ value }) => value)}::text[]) as asked (system, value)
    cross join lateral (
      select person from person_identifier where active and value = asked.value and system = asked.system
      offset 0 -- a look-up by key, however small the table was when the statement was planned
    ) as held`;
  return new Map(rows.map(({ base, root, ...number }) => [numberKey(number), { base, root }]));
}

async function storedOf(tx: Transaction, patients: readonly string[]): Promise<Map<string, Stored>> {
  if (patients.length === 0) return new Map();
  const rows = await tx<(Stored & { patient: string })[]>`
    select l.patient, l.person, r.base, p.person as pin
    from patient_link l left join registration r on r.patient = l.patient left join identity_pin p on p.patient = l.patient
    where l.patient = any(${patients as string[]}::uuid[])`;
  return new Map(rows.map((row) => [row.patient, row]));
}
