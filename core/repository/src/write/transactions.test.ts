import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { parseJson } from '@yba/fhir';
import type { Resource } from '@yba/fhir';
import { maLk } from '@yba/vietnam';
import { testRepository } from '../testing.ts';
import type { TestRepository } from '../testing.ts';
import { A, idsOf, number, outcome, sendTo, strict, visit } from '../testing/visits.ts';

let store: TestRepository;
const send = sendTo(() => store);

before(async () => (store = await testRepository()));
after(() => store.close());

test('a transaction stores a visit whose references point at each other', async () => {
  const [patientId, encounterId, observationId] = await idsOf(await send(visit(number(), 'LK1')));
  const observation = parseJson((await store.repository.read(A, 'Observation', observationId!)).text);
  assert.deepEqual(observation['subject'], { reference: `Patient/${patientId}` });
  assert.deepEqual(observation['encounter'], { reference: `Encounter/${encounterId}` });
  assert.equal(observation.meta?.versionId, '1');
  assert.equal(observation.meta?.['source'], 'https://yba.vn/fhir/facility/01013');
});

test('a key of a visit that is no text is told as such', async () => {
  const visit = { resourceType: 'Encounter', identifier: [{ system: true, value: 'x' }], status: 'finished' };
  const { issues } = await outcome(store.repository.create(A, visit));
  assert.ok(issues.some(({ expression }) => expression?.[0] === 'Encounter.identifier[0].system'));
});

test('the same submission twice is applied once and says so', async () => {
  const bundle = visit(number(), 'LK5');
  const first = await send(bundle, A, { bodyHash: 'h5' });
  const again = await send(bundle, A, { bodyHash: 'h5' });
  assert.deepEqual(await idsOf(again), await idsOf(first));
  assert.equal(again.duplicate, true);
  assert.match(again.text, /"code":"duplicate"/);
  const other = await outcome(
    send(visit(number(), 'LK6'), A, { idempotencyKey: 'k', bodyHash: 'x' }).then(() =>
      send(visit(number(), 'LK7'), A, { idempotencyKey: 'k', bodyHash: 'y' }),
    ),
  );
  assert.equal(other.code, 'business-rule');
});

test('submissions of the same visit at the same moment are applied once', async () => {
  const bundle = visit(number(), 'LK8');
  const answers = await Promise.all(Array.from({ length: 8 }, () => send(bundle, A, { bodyHash: 'h8' })));
  assert.equal(answers.filter(({ duplicate }) => !duplicate).length, 1);
  assert.equal(
    new Set(await Promise.all(answers.map(async (answer) => (await idsOf(answer)).join()))).size,
    1,
  );
});

test('a failing entry leaves nothing of the transaction and names its element', async () => {
  const bundle = visit(number(), 'LK9');
  const entries = bundle['entry'] as { resource: Resource }[];
  delete entries[2]!.resource['status'];
  const error = await outcome(send(bundle));
  assert.match(error.issues[0]!.expression![0]!, /^Bundle\.entry\[2\]\.resource/);
  const page = await store.repository.search(
    A,
    'Encounter',
    new URLSearchParams({ identifier: `${maLk('01013')}|LK9` }),
    strict,
  );
  assert.equal(page.entries.length, 0);
});

test('a urn:uuid that no entry has fails the transaction', async () => {
  const bundle = visit(number(), 'LK10');
  const entries = bundle['entry'] as { resource: Resource }[];
  entries[2]!.resource['encounter'] = { reference: 'urn:uuid:00000000-0000-4000-8000-00000000dead' };
  assert.equal(
    (await outcome(send(bundle))).issues[0]!.expression![0],
    'Bundle.entry[2].resource.encounter.reference',
  );
});

test('a Bundle is refused by the element that is wrong, its own or an entry’s', async () => {
  const observation = { resourceType: 'Observation', status: 'final', code: { text: 'x' } };
  const post = { resource: observation, request: { method: 'POST', url: 'Observation' } };
  const put = (id: string) => ({
    resource: { ...observation, id },
    request: { method: 'PUT', url: `Observation/${id}` },
  });
  const named = { ...post, fullUrl: 'urn:uuid:00000000-0000-4000-8000-000000000009' };
  const table: [over: object, expression: string][] = [
    [{ entry: [post], total: 'x' }, 'Bundle.total'],
    [{ entry: [{ ...post, more: 1 }] }, 'Bundle.entry[0].more'],
    [
      { entry: [post, { ...post, request: { ...post.request, ifNoneExist: 5 } }] },
      'Bundle.entry[1].request.ifNoneExist',
    ],
    [{ entry: [null] }, 'Bundle.entry[0]'],
    [{ entry: [named, named] }, 'Bundle.entry[1].fullUrl'],
    [{ entry: [put('twice'), put('twice')] }, 'Bundle.entry[1].resource'],
    [
      { entry: [{ ...post, request: { method: 'PUT', url: 'Observation/no_id' } }] },
      'Bundle.entry[0].request.url',
    ],
    [{ entry: [{ ...put('a'), request: put('b').request }] }, 'Bundle.entry[0].resource.id'],
    [{ entry: [{ ...post, request: put('b').request }] }, 'Bundle.entry[0].resource.id'],
    [
      {
        entry: [
          named,
          {
            ...post,
            resource: {
              ...observation,
              hasMember: [{ reference: named.fullUrl, type: 'MolecularSequence' }],
            },
          },
        ],
      },
      'Bundle.entry[1].resource.hasMember[0].type',
    ],
  ];
  for (const [over, expression] of table) {
    const bundle = { resourceType: 'Bundle', type: 'transaction', ...over };
    const { code, issues } = await outcome(send(bundle));
    assert.equal(issues[0]!.expression![0], expression);
    if (expression.endsWith('resource.id')) assert.equal(code, 'invalid'); // 400, as it is alone
  }
});

test('an entry of a batch that cannot be understood stops no other', async () => {
  const basic = { resourceType: 'Basic', code: { text: 'x' } };
  const entry = [
    { request: { method: 'GET', url: 'metadata' } },
    { resource: basic, request: { method: 'BREW', url: 'Basic' } },
    { resource: { resourceType: 'Bogus' }, request: { method: 'POST', url: 'Bogus' } },
    { resource: basic, request: { method: 'POST', url: 'Basic' } },
  ];
  const answer = await store.repository.batch(
    A,
    { resourceType: 'Bundle', type: 'batch', entry },
    { handling: 'strict' },
  );
  const { entry: answers } = JSON.parse(answer.text) as { entry: { response: { status: string } }[] };
  assert.deepEqual(
    answers.map(({ response }) => response.status.slice(0, 3)),
    ['404', '400', '404', '201'],
  );
});

test('a batch whose asker left is read no further, and written to its end', async () => {
  const basic = (id: string) => ({ resourceType: 'Basic', id, code: { text: 'x' } });
  const put = (id: string) => ({ resource: basic(id), request: { method: 'PUT', url: `Basic/${id}` } });
  let held = 0;
  let isLeft = false;
  const room = {
    turn: () => Promise.resolve(() => {}),
    hold: (characters: number) => {
      held += characters;
      isLeft = true; // the first answer is what the asker leaves at
    },
    isLeft: () => isLeft,
  };
  const answer = await store.repository.batch(
    A,
    {
      resourceType: 'Bundle',
      type: 'batch',
      entry: [
        put('left-1'),
        { request: { method: 'GET', url: 'Basic/left-1' } },
        put('left-2'),
        { request: { method: 'GET', url: 'Basic/left-1' } },
      ],
    },
    { handling: 'strict', room },
  );
  const { entry } = JSON.parse(answer.text) as { entry: { response?: { status: string } }[] };
  assert.deepEqual(
    entry.map(({ response }) => response?.status),
    ['201 Created', undefined, '201 Created', undefined],
  );
  assert.ok(held > 0);
});
