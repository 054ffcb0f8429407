// Resources and Bundles that are large without a single long text: what they would take is bounded, and others go on.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { OutcomeError } from '@yba/fhir';
import type { Resource } from '@yba/fhir';
import { aPatient, anObservation } from '@yba/fhir/testing';
import { contextOf, testRepository } from '../testing.ts';
import type { TestRepository } from '../testing.ts';
import { checkAll } from './transact.ts';

const A = contextOf('01901');

/** No definitions beside R4 and ours. */
const NOTHING_MORE = {
  profiles: {
    structureDefinition: () => undefined,
    valueSet: () => undefined,
    codeSystem: () => undefined,
  },
  parameters: () => [],
};

let store: TestRepository;

before(async () => {
  store = await testRepository();
});
after(() => store.close());

/** A Patient whose names have so many different words. */
const named = (count: number) =>
  aPatient({
    name: Array.from({ length: count }, (_, at) => ({ text: ((at * 48_271) % 2_147_483_647).toString(36) })),
  });

const refused = (error: unknown, expression: string) => {
  assert.ok(error instanceof OutcomeError, String(error));
  assert.equal(error.code, 'too-costly');
  assert.match(error.message, /more than 150000 search terms/);
  assert.deepEqual(error.issues[0]!.expression, [expression]);
  return true;
};

test('a resource that would be found by too many search terms is refused, and says so', async () => {
  const { repository } = store;
  const { id: _, ...many } = named(60_000);
  await assert.rejects(repository.create(A, many as Resource), (error) => refused(error, 'Patient'));
  const { id: __, ...some } = named(2_000);
  assert.ok((await repository.create(A, some as Resource)).id);
});

test('a List of 140,000 references is written', async () => {
  const { repository } = store;
  const list = {
    resourceType: 'List',
    status: 'current',
    mode: 'working',
    entry: Array.from({ length: 140_000 }, (_, at) => ({
      item: { reference: `https://x.vn/fhir/Device/${at}` },
    })),
  };
  assert.ok((await repository.create(A, list as Resource)).id);
});

test('others get their turn while the entries of a large Bundle are checked', async () => {
  let turns = 0;
  let isChecking = true;
  const other = () => {
    turns++;
    if (isChecking) setImmediate(other);
  };
  setImmediate(other);
  const requests = Array.from({ length: 1_000 }, (_, at) => ({
    method: 'POST' as const,
    resource: anObservation({}) as Resource,
    path: `Bundle.entry[${at}].resource`,
  }));
  await checkAll(requests, A, NOTHING_MORE);
  isChecking = false;
  assert.ok(turns >= 9, `${turns} turns`);
});
