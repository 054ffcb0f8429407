// Headers of a write: its provenance, its key, what its answer is to be.
// Source: https://hl7.org/fhir/R4/http.html#ops
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Shown } from '../testing/fhir-client.ts';
import { fhirPathPatch } from '../testing/fhirpath-patch.ts';
import { aPatient, aResult, fault, MRN, resources, restClients, unused } from '../testing/rest-clients.ts';

const { client, other, created } = restClients();

describe('X-Provenance', () => {
  const provenance = (over: object = {}) => ({
    'x-provenance': JSON.stringify({
      resourceType: 'Provenance',
      id: 'the-senders',
      recorded: '2026-11-20T08:00:00+07:00',
      agent: [{ who: { display: 'HIS' } }],
      ...over,
    }),
  });
  const targetsOf = async (of: string) =>
    resources(await client.get(`/Provenance?target=${of}`)).map(
      (one) => (one['target'] as { reference: string }[])[0]!.reference,
    );

  test('is stored with what is created, updated or patched, and leads to the version written', async () => {
    const answer = await client.send('POST', '/Patient', aPatient(), provenance());
    assert.deepEqual([answer.status, answer.body.resourceType], [201, 'Patient']);
    const of = `Patient/${answer.body.id}`;
    assert.deepEqual(await targetsOf(of), [`${of}/_history/1`]);
    const next = { ...answer.body, active: true };
    assert.equal((await client.send('PUT', `/${of}`, next, provenance())).status, 200);
    const patch = JSON.stringify([{ op: 'replace', path: '/active', value: false }]);
    const type = { 'content-type': 'application/json-patch+json' };
    assert.equal((await client.send('PATCH', `/${of}`, patch, { ...provenance(), ...type })).status, 200);
    assert.deepEqual(
      (await targetsOf(of)).sort(),
      [1, 2, 3].map((version) => `${of}/_history/${version}`),
    );
    const sources = await client.get(`/Patient?_id=${answer.body.id}&_revinclude=Provenance:target`);
    assert.equal(resources(sources, 'include').length, 3);
    assert.equal(resources(await client.get(`/Provenance?patient=${answer.body.id}`)).length, 3);
  });

  test('$meta-add and $meta-delete take it and If-Match as the patches they are; other operations refuse it', async () => {
    const { id } = await created(aPatient());
    const of = `Patient/${id}`;
    const tag = {
      resourceType: 'Parameters',
      parameter: [{ name: 'meta', valueMeta: { tag: [{ system: 'urn:x', code: 'seen' }] } }],
    };
    const send = (code: string, headers: Record<string, string>) =>
      client.send('POST', `/${of}/$${code}`, tag, headers);
    assert.equal((await send('meta-add', { ...provenance(), 'if-match': 'W/"1"' })).status, 200);
    assert.deepEqual(fault(await send('meta-delete', { 'if-match': 'W/"1"' })), [412, 'lock-error']);
    assert.deepEqual(fault(await send('meta-delete', { 'if-match': 'one' })), [400, 'invalid']);
    assert.equal((await send('meta-delete', { ...provenance(), 'if-match': 'W/"2"' })).status, 200);
    assert.deepEqual((await targetsOf(of)).sort(), [`${of}/_history/2`, `${of}/_history/3`]);
    const entry = (ifMatch: string) => ({
      resourceType: 'Bundle',
      type: 'batch',
      entry: [{ resource: tag, request: { method: 'POST', url: `${of}/$meta-add`, ifMatch } }],
    });
    for (const [ifMatch, status] of [
      ['W/"1"', '412 Precondition Failed'],
      ['W/"3"', '200 OK'],
    ] as const) {
      const { body } = await client.send('POST', '', entry(ifMatch));
      assert.equal(body.entry![0]!.response!.status, status);
    }
    const asked = { resourceType: 'Parameters', parameter: [{ name: 'resource', resource: aPatient() }] };
    for (const code of ['$validate', '$match'])
      assert.equal((await client.send('POST', `/Patient/${code}`, asked, provenance())).status, 400, code);
    assert.equal((await client.send('GET', `/${of}/$meta`, undefined, provenance())).status, 200);
  });

  test('takes names in UTF-8, and keeps what else the sender says is its target', async () => {
    const { 'x-provenance': text } = provenance({
      agent: [{ who: { display: 'Nguyễn Thị Hạnh' } }],
      target: [{ reference: 'Patient/1' }],
    });
    const header = { 'x-provenance': Buffer.from(text).toString('latin1') };
    const { body } = await client.send(
      'POST',
      '/Schedule',
      { resourceType: 'Schedule', actor: [{ display: 'x' }] },
      header,
    );
    const [stored] = resources(await client.get(`/Provenance?target=Schedule/${body.id}`));
    assert.deepEqual(stored!['agent'], [{ who: { display: 'Nguyễn Thị Hạnh' } }]);
    assert.deepEqual(stored!['target'], [
      { reference: `Schedule/${body.id}/_history/1` },
      { reference: 'Patient/1' },
    ]);
  });

  test('is not stored where nothing is written', async () => {
    const identifier = [{ system: MRN, value: unused() }];
    const condition = { 'if-none-exist': `identifier=${MRN}|${identifier[0]!.value}` };
    const send = () =>
      client.send('POST', '/Patient', aPatient({ identifier }), { ...condition, ...provenance() });
    const [first, second] = [await send(), await send()];
    assert.deepEqual([first.status, second.status], [201, 200]);
    assert.equal((await targetsOf(`Patient/${first.body.id}`)).length, 1);
  });

  test('is found by the version it is of, and refused where it would be dropped', async () => {
    const { body } = await client.send('POST', '/Patient', aPatient(), provenance());
    const of = `Patient/${body.id}`;
    const next = aPatient({ id: body.id, active: true });
    assert.equal((await client.send('PUT', `/${of}`, next, provenance())).status, 200);
    assert.deepEqual(await targetsOf(`${of}/_history/2`), [`${of}/_history/2`]);
    assert.deepEqual(await targetsOf(`${of}/_history/3`), []);
    assert.equal((await targetsOf(of)).length, 2);
    for (const path of [`/${of}`, `/Patient?_id=${body.id}`]) {
      const answer = await client.send('DELETE', path, undefined, provenance());
      assert.deepEqual([answer.status, answer.body.issue?.[0]?.expression?.[0]], [400, 'X-Provenance']);
    }
    assert.equal((await client.get(`/${of}`)).status, 200);
  });

  test('that cannot be understood or is not valid refuses the write', async () => {
    const identifier = [{ system: MRN, value: unused() }];
    const sent = aPatient({ identifier });
    for (const [header, status, expression] of [
      ['{"resourceType":"Provenance"', 400, 'X-Provenance'],
      ['{"resourceType":"Patient"}', 400, 'X-Provenance'],
      ['[]', 400, 'X-Provenance'],
      [provenance({ target: 'x' })['x-provenance'], 422, 'X-Provenance.target'],
      ['{"resourceType":"Provenance","recorded":"2026-11-20T08:00:00Z"}', 422, 'X-Provenance.agent'],
    ] as const) {
      const answer = await client.send('POST', '/Patient', sent, { 'x-provenance': header });
      assert.deepEqual(
        [answer.status, answer.body.issue?.[0]?.expression?.[0]],
        [status, expression],
        header,
      );
    }
    const bundle = { resourceType: 'Bundle', type: 'batch' };
    assert.equal((await client.send('POST', '/', bundle, provenance())).status, 400);
    assert.equal(resources(await client.get(`/Patient?identifier=${MRN}|${identifier[0]!.value}`)).length, 0);
  });
});

describe('a create under a key', () => {
  const patient = aPatient({ identifier: [{ system: MRN, value: unused() }] });
  const keyed = (key: string, more: Record<string, string> = {}) => ({ 'idempotency-key': key, ...more });

  test('twenty at once and one later make one resource; repeats get 200 and the version that was made', async () => {
    const { id: about } = await created(patient);
    const result = aResult(about!);
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => client.send('POST', '/Observation', result, keyed('k-1'))),
    );
    assert.deepEqual(answers.map(({ status }) => status).sort(), [...Array<number>(19).fill(200), 201]);
    const [{ id }] = answers.map(({ body }) => body) as [Shown];
    await client.send('PUT', `/Observation/${id}`, { ...result, id, status: 'amended' });
    const late = await client.send('POST', '/Observation', result, keyed('k-1'));
    assert.equal(late.status, 200);
    assert.match(late.headers.get('location') ?? '', new RegExp(`/Observation/${id}/_history/1$`));
    assert.deepEqual([late.body.id, late.body['status']], [id, 'final']);
    assert.deepEqual(new Set(answers.map(({ body }) => body.id)), new Set([id]));
    const found = await client.get(`/Observation?patient=Patient/${about}&_summary=count`);
    assert.equal(found.body['total'], 1);
  });

  test('a key is the sender’s own, and of one body', async () => {
    const basic = (text: string) => ({ resourceType: 'Basic', code: { text } });
    assert.equal((await client.send('POST', '/Basic', basic('một'), keyed('k-2'))).status, 201);
    assert.equal((await other.send('POST', '/Basic', basic('một'), keyed('k-2'))).status, 201);
    for (const [body, more] of [
      [basic('hai'), {}],
      [basic('một'), { 'if-none-exist': `identifier=${MRN}|x` }],
    ] as const) {
      const again = await client.send('POST', '/Basic', body, keyed('k-2', more));
      assert.deepEqual(fault(again), [422, 'business-rule']);
      assert.deepEqual(again.body.issue?.[0]?.expression, ['Idempotency-Key']);
    }
  });

  test('what was refused the first time is made the second', async () => {
    const bad = await client.send('POST', '/Basic', { resourceType: 'Basic' }, keyed('k-3'));
    assert.equal(bad.status, 422);
    const good = await client.send(
      'POST',
      '/Basic',
      { resourceType: 'Basic', code: { text: 'ba' } },
      keyed('k-3'),
    );
    assert.equal(good.status, 201);
  });
});

describe('Prefer', () => {
  test('return=minimal, representation and OperationOutcome', async () => {
    const post = (prefer: string) => client.send('POST', '/Patient', aPatient(), { prefer });
    assert.equal((await post('return=minimal')).text, '');
    assert.equal((await post('return=representation')).body.resourceType, 'Patient');
    assert.equal((await post('return=OperationOutcome')).body.resourceType, 'OperationOutcome');
  });

  test('return=OperationOutcome tells the warnings that $validate has, of creates, updates and patches, alone and in a Bundle', async () => {
    const id = `own-${unused()}`;
    const resource = aPatient({
      id,
      maritalStatus: { coding: [{ code: 'x', system: 'http://example.org' }] },
    });
    const { body: judged } = await client.send('POST', '/Patient/$validate', resource);
    const warned = judged.issue!.filter(({ severity }) => severity === 'warning');
    assert.ok(warned.length > 0);
    const prefer = { prefer: 'return=OperationOutcome' };
    const patch = fhirPathPatch('replace', 'Patient.gender', [{ name: 'value', valueCode: 'other' }]);
    for (const [method, url, sent] of [
      ['PUT', `Patient/${id}`, resource],
      ['PATCH', `Patient/${id}`, patch],
      ['POST', 'Patient', resource],
      ['PUT', `Patient?_id=${id}`, resource],
    ] as const) {
      const { body } = await client.send(method, `/${url}`, sent, prefer);
      assert.deepEqual(body.issue?.slice(1), warned, `${method} ${url}`);
      assert.equal(body.issue![0]!.severity, 'information');
      for (const type of ['transaction', 'batch']) {
        const bundle = {
          resourceType: 'Bundle',
          type,
          identifier: { value: unused() },
          entry: [{ resource: sent, request: { method, url } }],
        };
        const { body: answer } = await client.send('POST', '', bundle, prefer);
        const { issue } = answer.entry![0]!.response!.outcome!;
        assert.deepEqual(
          issue!.map(({ expression }) => expression),
          warned.map(({ expression }) => [expression![0]!.replace('Patient', 'Bundle.entry[0].resource')]),
          `${type} ${method} ${url}`,
        );
      }
    }
    assert.equal((await client.get(`/Patient/${id}`)).status, 200);
  });

  test('return=representation fills a transaction response with what was written', async () => {
    const bundle = (prefer: string) =>
      client.send(
        'POST',
        '',
        {
          resourceType: 'Bundle',
          type: 'transaction',
          entry: [
            {
              resource: aPatient({ identifier: [{ system: MRN, value: unused() }] }),
              request: { method: 'POST', url: 'Patient' },
            },
          ],
        },
        { prefer },
      );
    assert.equal((await bundle('return=representation')).body.entry![0]!.resource!.resourceType, 'Patient');
    assert.equal((await bundle('return = representation')).body.entry![0]!.resource!.resourceType, 'Patient');
    assert.equal((await bundle('return=minimal')).body.entry![0]!.resource, undefined);
    assert.equal(
      (await bundle('return=OperationOutcome')).body.entry![0]!.response!.outcome!.resourceType,
      'OperationOutcome',
    );
  });
});
