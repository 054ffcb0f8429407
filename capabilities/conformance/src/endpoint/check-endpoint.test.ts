import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { checkEndpoint } from './check-endpoint.ts';

/** A FHIR server as a vendor makes one: what it answers by path. */
async function served(
  answers: Record<string, [number, object | string, Record<string, string>?]>,
  token?: string,
): Promise<{ rules: string[]; asked: string[] }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url!);
    const [status, body, headers = {}] = answers[request.url!.split('?')[0]!] ?? [
      404,
      { resourceType: 'OperationOutcome', issue: [] },
    ];
    response.writeHead(status, { 'content-type': 'application/fhir+json', ...headers });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    const { findings } = await checkEndpoint(
      `http://127.0.0.1:${(server.address() as AddressInfo).port}/fhir/`,
      { token },
    );
    for (const { fix, found } of findings)
      assert.ok(fix.vi && fix.en && fix.vi !== fix.en && found.vi !== found.en);
    return { rules: findings.map(({ rule }) => rule), asked };
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

const types = ['Patient', 'Encounter', 'Condition', 'Observation', 'MedicationRequest', 'DiagnosticReport'];
const STATEMENT = {
  resourceType: 'CapabilityStatement',
  status: 'active',
  date: '2026-11-20',
  kind: 'instance',
  implementation: { description: 'HIS' },
  fhirVersion: '4.0.1',
  format: ['json'],
  rest: [
    {
      mode: 'server',
      resource: types.map((type) => ({ type, interaction: [{ code: 'read' }, { code: 'search-type' }] })),
    },
  ],
};
const FOUND = { resourceType: 'Bundle', type: 'searchset', total: 0 };

test('finds nothing wrong with a server that answers as R4 says, and asks it three times', async () => {
  const { rules, asked } = await served({
    '/fhir/metadata': [200, STATEMENT],
    '/fhir/Patient': [200, FOUND],
  });
  assert.deepEqual(rules, []);
  assert.deepEqual(asked, ['/fhir/metadata', '/fhir/Patient?_count=1', '/fhir/Patient/yba-conform-khong-co']);
});

test('tells what is wrong with a live server', async () => {
  const with_ = (
    change: object,
    search: [number, object | string, Record<string, string>?] = [200, FOUND],
  ) => ({
    '/fhir/metadata': [200, { ...STATEMENT, ...change }] as [number, object],
    '/fhir/Patient': search,
  });
  for (const [answers, rules] of [
    [
      {
        '/fhir/metadata': [200, '<html>'] as [number, string],
        '/fhir/Patient': [200, FOUND] as [number, object],
      },
      ['endpoint-metadata'],
    ],
    [with_({ fhirVersion: '5.0.0' }), ['endpoint-version']],
    [with_({ format: ['xml'] }), ['endpoint-format']],
    [with_({ status: 'on' }), ['endpoint-metadata']],
    [with_({ rest: [{ mode: 'server', resource: [{ type: 'Patient' }] }] }), ['endpoint-interactions']],
    [with_({}, [200, []]), ['endpoint-search']],
    [with_({}, [500, 'Lỗi máy chủ']), ['endpoint-search']],
    [with_({}, [401, 'đăng nhập']), ['endpoint-login', 'endpoint-errors']],
    [with_({}, [302, '', { location: 'https://elsewhere.example/' }]), ['endpoint-search']],
    [
      { ...with_({}), '/fhir/Patient/yba-conform-khong-co': [200, '{}'] as [number, string] },
      ['endpoint-errors'],
    ],
  ] as const)
    assert.deepEqual((await served(answers)).rules, rules, JSON.stringify(rules));
});

test('says that nobody answers', async () => {
  const { findings } = await checkEndpoint('http://127.0.0.1:1/fhir');
  assert.deepEqual(
    findings.map(({ rule }) => rule),
    ['endpoint-reach'],
  );
});
