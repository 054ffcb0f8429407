import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Caller, Context, Resource } from '@yba/fhir';
import { OutcomeError } from '@yba/fhir';
import { contextOf, testRepository } from '@yba/repository/testing';
import type { TestRepository } from '@yba/repository/testing';
import { INSURANCE, PERSON } from '@yba/vietnam';
import { meanwhile } from '@yba/postgres/testing';
import { recordLinks, resolvePersons } from '../index.ts';
import { confirm, fall, propose, stand, undo } from './decide.ts';
import type { DecisionKind, DecisionRow } from './decide.ts';

/** Sequences of the property test; the long form has 10,000 (docs/client-registry.md). */
const SEQUENCES = Number(process.env['YBA_LINK_SEQUENCES'] ?? 12);

/** Seeds that once showed a fault. */
const REMEMBERED = [1251];

let store: TestRepository;
const officer = (name: string, facility = '01013'): Caller =>
  contextOf(facility, { role: 'identity-officer', subject: `account/${name}`, name }).caller;

before(async () => {
  store = await testRepository({ persons: { resolve: resolvePersons, linked: recordLinks } });
});
after(() => store.close());

type Numbers = { person?: string | undefined; insurance?: string | undefined };

function patient({ person, insurance }: Numbers, id?: string): Resource {
  const identifier = [
    ...(person ? [{ system: PERSON, value: person }] : []),
    ...(insurance ? [{ system: INSURANCE, value: insurance }] : []),
  ];
  return {
    resourceType: 'Patient',
    ...(id ? { id } : {}),
    ...(identifier.length > 0 ? { identifier } : {}),
    name: [{ text: 'Lê Thị Mai' }],
  };
}

const create = async (context: Context, numbers: Numbers) =>
  (await store.repository.create(context, patient(numbers))).id;
const personOf = async (id: string) => (await store.repository.patient(id))!.person;
const isOne = async (one: string, other: string) => (await personOf(one)) === (await personOf(other));

let serial = 0;
const cccd = () => String(1163000000 + ++serial).padStart(12, '0');

async function decide(
  kind: DecisionKind,
  one: string,
  other?: string,
  facility = '01013',
): Promise<DecisionRow> {
  const { id } = await propose(store.pools.owner, officer('an', facility), {
    kind,
    patient: one,
    ...(other ? { other } : {}),
  });
  return (await confirm(store.pools.owner, officer('binh', facility), id, true)).decision;
}

test('nothing changes before a second person confirms, and never by the first', async () => {
  const [one, other] = [await create(contextOf('01013'), {}), await create(contextOf('27001'), {})];
  const { owner } = store.pools;
  const { id } = await propose(owner, officer('an'), { kind: 'merge', patient: one, other });
  assert.equal(await isOne(one, other), false);
  const error = await confirm(owner, officer('an'), id, true).catch((thrown: unknown) => thrown);
  assert.ok(error instanceof OutcomeError && error.code === 'forbidden');
  await confirm(owner, officer('binh'), id, true);
  assert.equal(await isOne(one, other), true);
});

test('a merge joins all Patients of both, also those that come later by either number; undone, it is as if it had never been', async () => {
  const [a, b] = [cccd(), cccd()];
  const one = await create(contextOf('01013'), { person: a });
  const other = await create(contextOf('27001'), { person: b });
  const { id } = await decide('merge', one, other);
  const later = await create(contextOf('79024'), { person: b });
  assert.ok((await isOne(one, other)) && (await isOne(later, one)));
  await undo(store.pools.owner, officer('an'), id, 'two persons after all');
  assert.ok(await isOne(one, other));
  await confirm(store.pools.owner, officer('chi', '27001'), id, true);
  assert.equal(await isOne(one, other), false);
  assert.equal(await isOne(later, other), true);
});

test('what is kept by the key of a person is found by the other key after a merge, and no more when it is undone', async () => {
  const [one, other] = [await create(contextOf('01013'), {}), await create(contextOf('27001'), {})];
  const keys = [await personOf(one), await personOf(other)].sort();
  const keysOf = async (key: string) => {
    const [row] = await store.pools.owner<{ keys: string[] }[]>`select yba_person_keys(${key}) as keys`;
    return row!.keys.sort();
  };
  const decision = await decide('merge', one, other);
  assert.deepEqual([await keysOf(keys[0]!), await keysOf(keys[1]!)], [keys, keys]);
  await store.pools.owner.begin((tx) => fall(tx, decision, officer('binh')));
  assert.deepEqual(await keysOf(keys[0]!), [keys[0]]);
});

test('a Patient taken out stays out when it is written again with the same number, until that is undone', async () => {
  const number = cccd();
  const one = await create(contextOf('01013'), { person: number });
  const wrong = await create(contextOf('27001'), { person: number });
  const { id } = await decide('unlink', wrong, undefined, '27001');
  assert.equal(await isOne(one, wrong), false);
  await store.repository.update(contextOf('27001'), {
    ...patient({ person: number }, wrong),
    gender: 'female',
  });
  assert.equal(await isOne(one, wrong), false);
  await undo(store.pools.owner, officer('an', '27001'), id, undefined);
  await confirm(store.pools.owner, officer('binh', '27001'), id, true);
  assert.equal(await isOne(one, wrong), true);
});

test('a decision of other facilities is absent', async () => {
  const [one, other] = [await create(contextOf('01013'), {}), await create(contextOf('27001'), {})];
  const { id } = await propose(store.pools.owner, officer('an'), { kind: 'link', patient: one, other });
  const error = await confirm(store.pools.owner, officer('dung', '79024'), id, true).catch(
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof OutcomeError && error.code === 'not-found');
});

// -- any sequence ends in the expected charts ------------------------------------------------------------------------

type Step =
  | { do: 'create'; facility: string; numbers: Numbers }
  | { do: 'write'; at: number; numbers: Numbers }
  | { do: DecisionKind; at: number; other: number; undone: boolean }
  | { do: 'undo'; step: number };

function randomOf(seed: number): (below: number) => number {
  let state = (seed * 2654435761 + 1) | 0;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

/** Creates, writes, links, unlinks, merges and undoes over few numbers, so that they meet. `undone` tells what will be. */
function sequence(seed: number): Step[] {
  const random = randomOf(seed);
  const [persons, insurances] = [
    Array.from({ length: 4 }, cccd),
    Array.from({ length: 3 }, () => cccd().slice(2)),
  ];
  const numbers = (): Numbers => ({
    person: random(3) > 0 ? persons[random(4)] : undefined,
    insurance: random(3) === 0 ? insurances[random(3)] : undefined,
  });
  const steps: Step[] = [];
  let patients = 0;
  for (let n = 0; n < 14; n++) {
    const roll = n < 4 ? 0 : random(10);
    if (roll < 3) {
      steps.push({ do: 'create', facility: `791${10 + patients}`, numbers: numbers() });
      patients++;
    } else if (roll === 3) steps.push({ do: 'write', at: random(patients), numbers: numbers() });
    else if (roll < 8) {
      const [at, other] = [random(patients), random(patients)];
      if (at === other) continue;
      steps.push({
        do: (['merge', 'link', 'unlink', 'merge'] as const)[random(4)]!,
        at,
        other,
        undone: false,
      });
    } else {
      const open = steps.flatMap((step, index) => ('undone' in step && !step.undone ? [index] : []));
      if (open.length === 0) continue;
      const step = open[random(open.length)]!;
      (steps[step] as { undone: boolean }).undone = true;
      steps.push({ do: 'undo', step });
    }
  }
  return steps;
}

/** Carries steps out; answers for each Patient the first Patient that is the same person. */
async function carryOut(steps: readonly Step[]): Promise<number[]> {
  const ids: { id: string; facility: string }[] = [];
  const decisions = new Map<number, DecisionRow>();
  const by = { subject: 'account/test', name: 'test' };
  for (const [index, step] of steps.entries()) {
    if (step.do === 'create')
      ids.push({ id: await create(contextOf(step.facility), step.numbers), facility: step.facility });
    else if (step.do === 'write') {
      const { id, facility } = ids[step.at]!;
      await store.repository.update(contextOf(facility), patient(step.numbers, id));
    } else if (step.do === 'undo') {
      const row = decisions.get(step.step);
      if (row) await store.pools.owner.begin((tx) => fall(tx, row, by));
    } else {
      const other = step.do === 'unlink' ? null : ids[step.other]!.id;
      await store.pools.owner.begin(async (tx) => {
        const [row] = await tx<DecisionRow[]>`
          insert into identity_decision (kind, state, patient, other, facility, proposed_by, proposed_name)
          values (${step.do}, 'proposed', ${ids[step.at]!.id}, ${other}, 0, 'account/test', 'test') returning *`;
        await stand(tx, row!, by);
        decisions.set(index, row!);
      });
    }
  }
  const persons = await Promise.all(ids.map(({ id }) => personOf(id)));
  return persons.map((person) => persons.indexOf(person));
}

/** The same sequence, had what was undone never been; with numbers of its own, so that the two do not meet. */
function without(steps: readonly Step[]): Step[] {
  const renamed = new Map<string, string>();
  const rename = (number: string | undefined) => {
    if (number === undefined) return undefined;
    if (!renamed.has(number)) renamed.set(number, cccd().slice(12 - number.length));
    return renamed.get(number);
  };
  return steps
    .filter((step) => step.do !== 'undo' && !('undone' in step && step.undone))
    .map((step) =>
      'numbers' in step
        ? {
            ...step,
            numbers: { person: rename(step.numbers.person), insurance: rename(step.numbers.insurance) },
          }
        : step,
    );
}

test(`${SEQUENCES} random sequences of writes and decisions end in the charts as if what was undone had never been`, async () => {
  for (const seed of [...REMEMBERED, ...Array.from({ length: SEQUENCES }, (_, n) => n + 1)]) {
    const steps = sequence(seed);
    assert.deepEqual(
      await carryOut(steps),
      await carryOut(without(steps)),
      `seed ${seed}: ${JSON.stringify(steps)}`,
    );
  }
});

test('charts follow the decisions made while they are written', async () => {
  for (let round = 0; round < 8; round++) {
    const context = contextOf('01013');
    const [one, other] = await Promise.all([
      create(context, { person: cccd() }),
      create(context, { person: cccd() }),
    ]);
    const numbers = await Promise.all(
      [one, other].map(
        async (id) => JSON.parse((await store.repository.read(context, 'Patient', id)).text) as Resource,
      ),
    );
    const write = () =>
      Promise.all(numbers.map((resource) => store.repository.update(context, { ...resource })));
    await meanwhile(write, async () => {
      const { id } = await decide('merge', one, other);
      assert.equal(await isOne(one, other), true);
      await undo(store.pools.owner, officer('an'), id, 'nhầm người');
      await confirm(store.pools.owner, officer('binh'), id, true);
    });
    assert.equal(await isOne(one, other), false);
  }
});
