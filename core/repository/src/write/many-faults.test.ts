// Bundles with more faults or conditions than anybody could be told of, or than fit into memory: some megabytes of them ended the server.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { OutcomeError } from '@yba/fhir';
import type { Issue, Resource } from '@yba/fhir';
import { anObservation } from '@yba/fhir/testing';
import { contextOf, testRepository } from '../testing.ts';
import type { TestRepository } from '../testing.ts';

const A = contextOf('01901');
const TOLD = 1_000;

let store: TestRepository;

before(async () => {
  store = await testRepository();
});
after(() => store.close());

type Sent = { resource: object; request?: object };

const bundle = (type: 'transaction' | 'batch', entries: readonly Sent[]) =>
  ({
    resourceType: 'Bundle',
    type,
    entry: entries.map(({ resource, request }) => ({
      resource,
      request: { method: 'POST', url: (resource as Resource).resourceType, ...request },
    })),
  }) as unknown as Resource;

const transaction = (...entries: Sent[]) =>
  store.repository.transaction(A, bundle('transaction', entries), { handling: 'strict' });

/** An Observation with a hundred faults, as many as are told of one resource. */
const faulty = (): Sent => ({
  resource: { ...anObservation({}), component: Array.from({ length: 100 }, () => ({ unknown: 1 })) },
});

const list = (references: readonly string[]): Sent => ({
  resource: {
    resourceType: 'List',
    status: 'current',
    mode: 'working',
    entry: references.map((reference) => ({ item: { reference } })),
  },
});

const issuesOf = async (refused: Promise<unknown>): Promise<Issue[]> => {
  const error = await refused.then(
    () => assert.fail('it was not refused'),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof OutcomeError, String(error));
  return error.issues;
};

const assertToldInPart = (issues: readonly Issue[]) => {
  assert.equal(issues.length, TOLD + 1);
  assert.equal(issues[0]!.severity, 'error');
  assert.match(issues.at(-1)!.diagnostics!, /^More was found/);
};

test('of a transaction with very many faults a thousand are told, and that there are more', async () => {
  assertToldInPart(await issuesOf(transaction(...Array.from({ length: 12 }, faulty))));
});

test('entries of a batch are told all their faults while there is room for that, then the first', async () => {
  let left = 200_000;
  const room = {
    turn: () => Promise.resolve(() => {}),
    hold(characters: number) {
      if (characters > left) throw new OutcomeError([{ severity: 'error', code: 'too-costly' }]);
      left -= characters;
    },
    isLeft: () => false,
  };
  const sent = bundle('batch', Array.from({ length: 12 }, faulty));
  const { text } = await store.repository.batch(A, sent, { handling: 'strict', room });
  const { entry } = JSON.parse(text) as {
    entry: { response: { status: string; outcome: { issue: Issue[] } } }[];
  };
  assert.ok(entry.every(({ response }) => response.status === '422 Unprocessable Entity'));
  assert.equal(entry[0]!.response.outcome.issue.length, 100);
  assert.equal(entry.at(-1)!.response.outcome.issue.length, 1);
});

test('a resource that names another facility two hundred thousand times is refused for a thousand of them', async () => {
  const identifier = Array.from({ length: 200_000 }, () => ({
    system: 'https://yba.vn/fhir/sid/facility',
    value: '99999',
  }));
  const organization = { resourceType: 'Organization', name: 'x', identifier } as Resource;
  const issues = await issuesOf(store.repository.create(A, organization));
  assertToldInPart(issues);
  assert.deepEqual(issues[TOLD - 1]!.expression, [`Organization.identifier[${TOLD - 1}].value`]);
});

test('references that lead to no entry are told with their places, a thousand of them', async () => {
  const nowhere = Array.from(
    { length: 100_000 },
    (_, at) => `urn:uuid:00000000-0000-4000-8000-${String(at).padStart(12, '0')}`,
  );
  const issues = await issuesOf(transaction(list(nowhere)));
  assertToldInPart(issues);
  assert.deepEqual(issues[TOLD - 1]!.expression, [
    `Bundle.entry[0].resource.entry[${TOLD - 1}].item.reference`,
  ]);
});

test('a request may name ten thousand conditions in its references, each as often as it likes', async () => {
  const named = (count: number) =>
    list(Array.from({ length: count }, (_, at) => `Practitioner?identifier=https://x.vn/a|${at}`));
  const [issue] = await issuesOf(transaction(named(10_001)));
  assert.equal(issue!.code, 'too-costly');
  assert.deepEqual(issue!.expression, ['Bundle.entry[0].resource.entry[10000].item.reference']);
  const again = await issuesOf(
    transaction(list(Array.from({ length: 12_000 }, () => 'Practitioner?name=x'))),
  );
  assert.equal(again[0]!.code, 'not-found', 'one condition, asked once');
});
