// A patch tells by its answer what is stored: whoever may not read a resource may not patch it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Resource } from '@yba/fhir';
import { anObservation, aPatient } from '@yba/fhir/testing';
import { fhirClient, type Answer, type FhirClient } from './testing/fhir-client.ts';
import { startPlatform, type TestPlatform } from './testing/platform.ts';
import { staffToken } from './testing/sign-in.ts';

const BACH_MAI = { facility: '01013', facilityName: 'Bạch Mai' };
const CATEGORY = 'http://terminology.hl7.org/CodeSystem/observation-category';
const MRN = 'https://yba.vn/fhir/sid/mrn/01013';
const PROFILE = 'http://example.org/StructureDefinition/guess';
const PASSWORD = 'mot mat khau rat dai';
const JSON_PATCH = { 'content-type': 'application/json-patch+json' };
const NOBODY = '01900000-0000-7000-8000-000000000001';

let server: TestPlatform;
let whole: FhirClient;
const ids: Record<string, string> = {};

before(async () => {
  server = await startPlatform();
  whole = fhirClient(server.url, await server.facilityToken(BACH_MAI.facility, BACH_MAI.facilityName));
  ids.patient = await make(aPatient({ identifier: [{ system: MRN, value: 'BN-1' }] }));
  for (const category of ['laboratory', 'vital-signs'])
    ids[category] = await make({
      ...anObservation({}),
      status: 'final',
      subject: { reference: `Patient/${ids.patient}` },
      category: [{ coding: [{ system: CATEGORY, code: category }] }],
      identifier: [{ system: 'http://example.org/own', value: category }],
    });
  ids.binary = await make({ resourceType: 'Binary', contentType: 'text/plain', data: 'bOG7nWk=' });
  // whoever says which profile a resource claims learns whether it meets that profile
  await make({
    resourceType: 'StructureDefinition',
    url: PROFILE,
    name: 'Guess',
    status: 'active',
    kind: 'resource',
    abstract: false,
    type: 'Observation',
    baseDefinition: 'http://hl7.org/fhir/StructureDefinition/Observation',
    derivation: 'constraint',
    differential: {
      element: [
        {
          id: 'Observation',
          path: 'Observation',
          constraint: [
            { key: 'g-1', severity: 'error', human: 'a guess', expression: "status = 'preliminary'" },
          ],
        },
      ],
    },
  });
});
after(() => server.stop());

async function make({ id: _, ...resource }: Resource): Promise<string> {
  const answer = await whole.send('POST', `/${resource.resourceType}`, resource);
  assert.equal(answer.status, 201, answer.text);
  return answer.body.id!;
}

async function scoped(scope: string): Promise<FhirClient> {
  const { facility, facilityName } = BACH_MAI;
  return fhirClient(server.url, await server.facilityToken(facility, facilityName, scope));
}

const binary = (operations: object[]) => ({
  resourceType: 'Binary',
  contentType: 'application/json-patch+json',
  data: Buffer.from(JSON.stringify(operations)).toString('base64'),
});
const fhirPathPatch = (...parts: [name: string, value: object][]) => ({
  resourceType: 'Parameters',
  parameter: [{ name: 'operation', part: parts.map(([name, value]) => ({ name, ...value })) }],
});
const inBundle = (type: string, url: string, resource: object) => ({
  resourceType: 'Bundle',
  type,
  entry: [{ resource, request: { method: 'PATCH', url } }],
});

type Send = (as: FhirClient, path: string) => Promise<Answer>;
const jsonPatch =
  (operations: object[], headers = {}): Send =>
  (as, path) =>
    as.send('PATCH', path, operations, { ...JSON_PATCH, ...headers });
const pathPatch =
  (...parts: [string, object][]): Send =>
  (as, path) =>
    as.send('PATCH', path, fhirPathPatch(...parts));

const testIn =
  (type: string, status: string): Send =>
  (as, path) => {
    const patch = binary([{ op: 'test', path: '/status', value: status }]);
    return as.send('POST', '', inBundle(type, path.slice(1), patch));
  };

/** Two questions about what is stored, of which one would succeed and one fail, by every way of patching. */
const QUESTIONS: Record<string, readonly [Send, Send]> = {
  test: [
    jsonPatch([{ op: 'test', path: '/status', value: 'final' }]),
    jsonPatch([{ op: 'test', path: '/status', value: 'amended' }]),
  ],
  'test, answered with the resource': [
    jsonPatch([{ op: 'test', path: '/status', value: 'final' }], { prefer: 'return=representation' }),
    jsonPatch([{ op: 'test', path: '/status', value: 'amended' }], { prefer: 'return=representation' }),
  ],
  remove: [
    jsonPatch([{ op: 'remove', path: '/category' }]),
    jsonPatch([{ op: 'remove', path: '/bodySite' }]),
  ],
  replace: [
    jsonPatch([{ op: 'replace', path: '/category/0/coding/0/display', value: 'x' }]),
    jsonPatch([{ op: 'replace', path: '/status', value: 'final' }]),
  ],
  copy: [
    jsonPatch([{ op: 'copy', from: '/code', path: '/bodySite' }]),
    jsonPatch([{ op: 'copy', from: '/method', path: '/bodySite' }]),
  ],
  move: [
    jsonPatch([{ op: 'move', from: '/category', path: '/category' }]),
    jsonPatch([{ op: 'move', from: '/bodySite', path: '/method' }]),
  ],
  'If-Match': [
    jsonPatch([{ op: 'test', path: '/status', value: 'final' }], { 'if-match': 'W/"1"' }),
    jsonPatch([{ op: 'test', path: '/status', value: 'final' }], { 'if-match': 'W/"9"' }),
  ],
  'a profile': [
    jsonPatch([{ op: 'add', path: '/meta/profile', value: [PROFILE] }]),
    jsonPatch([{ op: 'add', path: '/meta/tag', value: [{ code: 'x' }] }]),
  ],
  'FHIRPath replace': [
    pathPatch(
      ['type', { valueCode: 'replace' }],
      ['path', { valueString: "Observation.where(status = 'final').status" }],
      ['value', { valueCode: 'final' }],
    ),
    pathPatch(
      ['type', { valueCode: 'replace' }],
      ['path', { valueString: "Observation.where(status = 'amended').status" }],
      ['value', { valueCode: 'final' }],
    ),
  ],
  'FHIRPath delete': [
    pathPatch(['type', { valueCode: 'delete' }], ['path', { valueString: 'Observation.issued' }]),
    pathPatch(['type', { valueCode: 'delete' }], ['path', { valueString: 'Observation.category' }]),
  ],
  'in a batch': [testIn('batch', 'final'), testIn('batch', 'amended')],
  'in a transaction': [testIn('transaction', 'final'), testIn('transaction', 'amended')],
};

/** What an answer tells, apart from which request it was. */
const told = ({ status, text }: Answer) => ({ status, text });

/** The rows that a request left in the access log. */
async function logged({ headers }: Answer): Promise<string[]> {
  const request = headers.get('x-request-id')!;
  const rows = await server.pools.owner<{ action: string; target: string; outcome: string; own: boolean }[]>`
    select action, target, outcome, person is not null as own from access_log where request = ${request}`;
  return rows.map(({ action, target, outcome, own }) => `${action} ${target} ${outcome} ${own}`);
}

const versionOf = async (path: string) => (await whole.get(path)).body.meta?.versionId;

test('a token that updates and does not read learns nothing by a patch, and changes nothing; each try stands in the log', async () => {
  const writes = await scoped('system/Observation.u');
  const path = `/Observation/${ids.laboratory}`;
  for (const [name, [yes, no]] of Object.entries(QUESTIONS)) {
    const answers = [await yes(writes, path), await no(writes, path)];
    const [first, second] = answers.map(told);
    assert.deepEqual(first, second, name);
    const inBatch = name === 'in a batch';
    assert.equal(first!.status, inBatch ? 200 : 403, `${name}: ${first!.text}`);
    if (inBatch) assert.match(first!.text, /"status":"403 Forbidden"/);
    for (const answer of answers)
      assert.deepEqual(await logged(answer), [`update Observation/${ids.laboratory} denied true`], name);
  }
  assert.equal(await versionOf(path), '1');
  const byCondition = '/Observation?identifier=http://example.org/own|laboratory';
  for (const ask of QUESTIONS.test!) {
    const answer = await ask(writes, byCondition);
    assert.equal(answer.status, 403, answer.text);
    assert.deepEqual(await logged(answer), ['update Observation denied false']);
  }
});

test('$meta-add and $meta-delete are patches: a profile that is added is held against what is stored', async () => {
  const writes = await scoped('system/Observation.u');
  for (const [code, valueMeta] of [
    ['meta-add', { profile: [PROFILE] }],
    ['meta-add', { tag: [{ system: 'http://example.org', code: 'x' }] }],
    ['meta-delete', { tag: [{ system: 'http://example.org', code: 'x' }] }],
  ] as const) {
    const parameters = { resourceType: 'Parameters', parameter: [{ name: 'meta', valueMeta }] };
    const path = `/Observation/${ids.laboratory}`;
    const answer = await writes.send('POST', `${path}/$${code}`, parameters);
    assert.equal(answer.status, 403, answer.text);
    assert.deepEqual(await logged(answer), [`update Observation/${ids.laboratory} denied true`]);
  }
  assert.equal(await versionOf(`/Observation/${ids.laboratory}`), '1');
});

test('a token that reads some by a filter patches those, and is shown them; the others are as if nobody had them', async () => {
  const some = await scoped(`system/Observation.u system/Observation.rs?category=${CATEGORY}|laboratory`);
  for (const [name, questions] of Object.entries(QUESTIONS))
    for (const ask of questions) {
      const hidden = await ask(some, `/Observation/${ids['vital-signs']}`);
      const nobodys = await ask(some, `/Observation/${NOBODY}`);
      const text = hidden.text.replaceAll(ids['vital-signs']!, NOBODY);
      assert.deepEqual({ status: hidden.status, text }, told(nobodys), name);
      assert.match(hidden.text, /not-found/, name);
      assert.deepEqual(await logged(hidden), [`update Observation/${ids['vital-signs']} denied true`], name);
    }
  const byCondition = (value: string) => `/Observation?identifier=http://example.org/own|${value}`;
  const [ask] = QUESTIONS.test!;
  for (const query of ['http://example.org/own|vital-signs', 'http://example.org/own|nobody'])
    assert.match((await ask(some, `/Observation?identifier=${query}`)).text, /meets this condition/);
  assert.equal(await versionOf(`/Observation/${ids['vital-signs']}`), '1');
  const patched = await ask(some, byCondition('laboratory'));
  assert.equal(patched.status, 200, patched.text);
  assert.match(patched.text, /"status":"final"/);
});

test('whoever may write a file and not take one patches none', async () => {
  for (const role of ['nurse', 'doctor'] as const)
    await server.platform.access.createAccount({
      username: role,
      role,
      name: role,
      password: PASSWORD,
      ...BACH_MAI,
    });
  const as = async (who: string) => fhirClient(server.url, await staffToken(server.url, who, PASSWORD));
  const path = `/Binary/${ids.binary}`;
  const guess = (value: string) => jsonPatch([{ op: 'test', path: '/contentType', value }]);
  const nurse = await as('nurse');
  const answers = [await guess('text/plain')(nurse, path), await guess('text/html')(nurse, path)];
  assert.deepEqual(told(answers[0]!), told(answers[1]!));
  for (const answer of answers) {
    assert.equal(answer.status, 403, answer.text);
    assert.deepEqual(await logged(answer), [`update Binary/${ids.binary} denied false`]);
  }
  assert.equal((await guess('text/plain')(await as('doctor'), path)).status, 200);
});
