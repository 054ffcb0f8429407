// Whatever is sent, the answer is never 500: what is wrong is said, and it is never our inside.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { fhirClient, type FhirClient } from './testing/fhir-client.ts';
import { startPlatform, type TestPlatform } from './testing/platform.ts';
import { staffToken } from './testing/sign-in.ts';

let server: TestPlatform;
let client: FhirClient;
let patient = '';

before(async () => {
  server = await startPlatform({ demo: true });
  client = fhirClient(server.url, await server.facilityToken('01901', 'Bệnh viện Bạch Mai'));
  patient = (await client.send('POST', '/Patient', { resourceType: 'Patient', name: [{ text: 'A' }] })).body
    .id!;
});
after(() => server.stop());

type Sent = [method: string, path: string, body?: unknown, headers?: Record<string, string>];

/** Sends each, and answers those that were not refused or answered properly. */
async function unanswered(requests: readonly Sent[], sender: FhirClient = client): Promise<string[]> {
  const wrong: string[] = [];
  for (const [method, path, body, headers] of requests) {
    const answer = await sender.send(method, path, body, headers);
    if (answer.status >= 500)
      wrong.push(`${answer.status} ${method} ${path.slice(0, 80)} ${JSON.stringify(body)?.slice(0, 120)}`);
  }
  return wrong;
}

const nul = '\u0000';
const observation = { resourceType: 'Observation', status: 'final', code: { text: 'x' } };
const anyone = { resourceType: 'Patient', name: [{ text: 'A' }] };
const aParameter = {
  resourceType: 'SearchParameter',
  url: 'https://example.vn/fhir/SearchParameter/odd',
  name: 'odd',
  status: 'active',
  description: 'x',
  code: 'odd',
  base: ['Patient'],
  type: 'composite',
  expression: 'Patient',
};
const post = (body: { resourceType: string }): Sent => [
  'POST',
  `/${encodeURIComponent(body.resourceType)}`,
  body,
];

describe('odd requests are answered, never with 500', () => {
  test('searches', async () => {
    const patientQueries = [
      'identifier=a%00b',
      '_id=%00',
      '_count=-1',
      '_count=abc',
      '_count=99999999999',
      '_sort=-nonsense',
      'birthdate=gt',
      'birthdate=2020-13-45',
      'birthdate=2020-01-01T00:00:00%2B25:00',
      '_page=xyz',
      '_include=Patient:nothing',
      '_include=*',
      '_has:Observation:patient:code=1',
      '_has:x',
      'general-practitioner.name=x',
      'name:contains=',
      'name:missing=maybe',
      '_filter=name eq x',
      '_text=a',
      'address-city=%F0%9F%98%80',
      `name=${'x'.repeat(5000)}`,
      `_id=${'a,'.repeat(3000)}b`,
      `identifier=${encodeURIComponent("http://x|';drop table resource;--")}`,
      'active=true,false',
      'family=%5C,%5C$%5C|',
      'near=1|2',
    ];
    const observationQueries = [
      'value-quantity=abc',
      'value-quantity=1e999',
      'value-quantity=5.4||mg',
      'date=gt9999999',
      'code-value-quantity=a$b',
      'subject=Group/1',
      'patient.name=x',
      'code:in=http://x',
      '_sort=date,-code,_id',
      'component-code-value-concept=a|b$c|d',
    ];
    const requests = [
      ...patientQueries.map((query): Sent => ['GET', `/Patient?${query}`]),
      ...observationQueries.map((query): Sent => ['GET', `/Observation?${query}`]),
    ];
    assert.deepEqual(await unanswered(requests), []);
  });

  test('days of years that no calendar here has', async () => {
    const password = 'mot mat khau dai';
    const place = { facility: '01901', facilityName: 'Bệnh viện Bạch Mai' };
    for (const [role, door, more] of [
      ['admin', 'clinic', place],
      ['privacy-officer', 'clinic', place],
      ['ministry', 'command', {}],
    ] as const) {
      await server.platform.access.createAccount({ username: role, role, name: role, password, ...more });
      const sender = fhirClient(server.url, await staffToken(server.url, role, password, door));
      const requests = ['0000-01-01', '0001-01-01', '9999-12-31'].flatMap((day): Sent[] => [
        ['GET', `/AuditEvent?date=ge${day}`],
        ['GET', `/AuditEvent?date=lt${day}`],
        ['GET', `/Patient/_history?_at=${day}`],
        ['GET', `/$connectivity?to=${day}`],
        ['GET', `/$connectivity?from=${day}`],
        ['GET', `/Organization/$visit-report?from=${day}&to=${day}`],
        ['GET', `/Organization/$directory-facility?code=01901&on=${day}`],
        ['GET', `/$message-log?from=${day}`],
      ]);
      assert.deepEqual(await unanswered(requests, sender), [], role);
    }
  });

  test('addresses', async () => {
    const paths = [
      '/Patient/%00',
      '/Patient/a%2Fb',
      `/Patient/${'x'.repeat(65)}`,
      `/Patient/${'x'.repeat(300)}`,
      '/Patient/é',
      '/Patient/%E0%A4%A',
      `/Patient/${patient}/_history/-1`,
      `/Patient/${patient}/_history/99999999999999`,
      `/Patient/${patient}/_history?_since=x`,
      `/Patient/${patient}/$everything?_type=Nope`,
      `/Patient/${patient}/$everything?_page=x`,
      '//Patient',
      '/AuditEvent?date=x',
      '/../metadata',
    ];
    assert.deepEqual(await unanswered(paths.map((path): Sent => ['GET', path])), []);
  });

  test('resources', async () => {
    const resources = [
      { resourceType: 'Patient', name: [{ text: `a${nul}b` }] },
      { resourceType: 'Patient', id: `z${nul}` },
      { resourceType: 'Patient', name: [{ text: '\ud800' }] },
      {
        resourceType: 'Patient',
        identifier: [{ system: 'https://yba.vn/fhir/sid/cccd', value: 'x'.repeat(3000) }],
      },
      { resourceType: 'Patient', birthDate: '0000-00-00' },
      { resourceType: 'Patient', birthDate: '9999-12-31' },
      { resourceType: 'Patient', name: null },
      { resourceType: 'Patient', name: {} },
      { resourceType: 'Patient', contained: [{ resourceType: 'Patient', contained: [] }] },
      { resourceType: 'Patient', meta: 'x' },
      // as STU3 had it, and other shapes
      ...[
        { component: [{ definition: { reference: 'SearchParameter/1' }, expression: 'x' }] },
        { component: [null] },
        { component: 'x' },
        { base: 'Patient' },
        { base: [1, null] },
        { code: 5 },
        { expression: 7 },
        { target: 'Patient' },
        { derivedFrom: {} },
      ].map((odd) => ({ ...aParameter, ...odd })),
      { resourceType: 'Patient', meta: { security: [{ system: 1 }] } },
      { ...observation, subject: { reference: '' } },
      { ...observation, subject: { reference: '#p' } },
      { ...observation, subject: { reference: 'http://elsewhere/fhir/Patient/1' } },
      { ...observation, effectiveDateTime: '-5000-01-01' },
      { ...observation, effectivePeriod: { start: '9999-12-31T23:59:59.999999Z' } },
      { ...observation, valueQuantity: { value: 1e308 } },
      { resourceType: 'toString' },
      { resourceType: '__proto__' },
    ];
    const texts = [
      '{"resourceType":"Patient","__proto__":{"x":1}}',
      '{"resourceType":"Patient","multipleBirthInteger":99999999999999999999}',
      '['.repeat(100_000),
      `{"resourceType":"Patient","extension":${'[{"url":"x","extension":'.repeat(2000)}[]${'}]'.repeat(2000)}}`,
    ];
    const requests = [...resources.map(post), ...texts.map((text): Sent => ['POST', '/Patient', text])];
    assert.deepEqual(await unanswered(requests), []);
  });

  test('bundles', async () => {
    const entries: unknown[] = [
      'x',
      [null],
      [{}],
      [{ request: { method: 'POST', url: 'Patient' } }],
      [{ request: { method: 'GET', url: 'Patient?name=%00' } }],
      [{ request: { method: 'PATCH', url: 'Patient/1' }, resource: anyone }],
      [{ request: { method: 'DELETE', url: 'Patient' } }],
      [{ request: { method: 'PUT', url: 'Patient/a b' }, resource: anyone }],
      [{ request: { method: 'PUT', url: 'http://x/Patient/1' }, resource: { ...anyone, id: '1' } }],
      [{ request: { method: 'POST', url: 'Patient', ifNoneExist: 'name=%00' }, resource: anyone }],
      [{ request: { method: 'GET', url: '../metadata' } }],
      [{ request: 'x', resource: anyone }],
    ];
    const bundles = entries.flatMap((entry) =>
      ['transaction', 'batch'].map((type): Sent => ['POST', '', { resourceType: 'Bundle', type, entry }]),
    );
    assert.deepEqual(await unanswered(bundles), []);
  });

  test('operations', async () => {
    const who = (resource: object) => ({
      resourceType: 'Parameters',
      parameter: [{ name: 'resource', resource }],
    });
    const parameters = [
      {},
      { resourceType: 'Parameters' },
      { resourceType: 'Parameters', parameter: 'x' },
      { resourceType: 'Parameters', parameter: [null] },
      { resourceType: 'Parameters', parameter: [{ name: 'purpose', valueCoding: 'x' }] },
      who({ resourceType: 'Patient' }),
      who({ resourceType: 'Patient', identifier: 'x' }),
      who({ resourceType: 'Patient', name: 'x', birthDate: 5 }),
      who({ resourceType: 'Patient', name: [{ text: 'A' }], birthDate: '19xx' }),
      who({ resourceType: 'Patient', identifier: [{ value: nul }] }),
    ];
    const places = [
      '/Patient/$match',
      `/Patient/${patient}/$open`,
      '/Patient/nobody/$open',
      `/Patient/${patient}/$identify`,
    ];
    const requests = places.flatMap((place) => parameters.map((body): Sent => ['POST', place, body]));
    const xml = [
      '',
      '<',
      '<a/>',
      '<GIAMDINHHS/>',
      '<!DOCTYPE x [<!ENTITY e "x">]><GIAMDINHHS>&e;</GIAMDINHHS>',
      nul,
    ];
    const files = xml.map((body): Sent => [
      'POST',
      '/$submit-xml',
      body,
      { 'content-type': 'application/xml' },
    ]);
    assert.deepEqual(await unanswered([...requests, ...files]), []);
  });

  test('headers', async () => {
    const headers: Record<string, string>[] = [
      { authorization: 'Bearer ' },
      { authorization: 'Bearer a.b.c' },
      { authorization: `Bearer ${'x'.repeat(9000)}` },
      { 'if-match': '*' },
      { 'if-match': 'W/"99999999999999999999"' },
      { 'if-modified-since': 'yesterday' },
      { 'if-none-match': '"' },
      { accept: ';;;,' },
      { prefer: 'return=' },
      { 'content-type': 'x' },
      { 'accept-encoding': 'gzip;q=0, br' },
    ];
    const requests = headers.flatMap((each): Sent[] => [
      ['GET', `/Patient/${patient}`, undefined, each],
      ['PUT', `/Patient/${patient}`, { ...anyone, id: patient }, each],
    ]);
    assert.deepEqual(await unanswered(requests), []);
  });

  test('the sign-in and the event stream', async () => {
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    const requests: [string, string, string?, Record<string, string>?][] = [
      ['GET', '/live?patient=Patient/nope'],
      ['GET', '/oauth/authorize'],
      ['GET', '/oauth/interaction/x'],
      ['GET', '/oauth/vneid/callback'],
      ['GET', '/vneid/auth'],
      ['GET', '/vneid/sign-in/x'],
      ['POST', '/oauth/token', '', form],
      ['POST', '/oauth/token', 'grant_type=client_credentials&client_id=%00&client_secret=x', form],
      ['POST', '/oauth/token', 'grant_type=authorization_code&code=%00&client_id=yba-clinic', form],
      ['POST', '/oauth/interaction/x/password', '{"username":1}', { 'content-type': 'application/json' }],
      ['POST', '/oauth/interaction/x/password', '{', { 'content-type': 'application/json' }],
    ];
    for (const [method, path, body, headers] of requests) {
      const answer = await fetch(server.url + path, {
        method,
        ...(headers ? { headers } : {}),
        ...(body === undefined ? {} : { body }),
      });
      assert.ok(answer.status < 500, `${answer.status} ${method} ${path} ${body}`);
    }
  });
});
