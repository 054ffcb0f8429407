import type { Resource } from '@yba/fhir';
import type { Chance } from './chance.ts';
import { bad, example, JSON_HEADER, wire, written, type FuzzClass } from './classes.ts';
import { otherType, places } from './mutate.ts';
import type { RawRequest } from './raw-client.ts';

// What is wrong is in how something is asked: its headers, its method, its bytes, its address, an operation's or a patch's form.

const HEADERS = [
  'if-match', 'if-none-match', 'if-modified-since', 'if-none-exist', 'prefer', 'accept', 'accept-encoding', 'content-encoding', 'idempotency-key',
  'authorization', 'range', 'expect', 'x-forwarded-for', 'content-language', 'x-request-id', 'cookie', 'host', 'connection', 'transfer-encoding',
  'content-length', 'upgrade', 'content-type', 'forwarded', 'origin', 'x-http-method-override',
]; // prettier-ignore

function oddHeader(chance: Chance): RawRequest {
  const value = () =>
    chance
      .pick([
        () => chance.oddText(chance.int(0, 20)),
        () => `W/"${chance.oddText(4)}"`,
        () =>
          chance.pick([
            '*',
            '0',
            '-1',
            '1e9',
            'W/',
            '"',
            'return=',
            'handling=maybe',
            'xml',
            'text/html',
            'gzip, br',
            '100-continue',
            'chunked, chunked',
          ]),
        () => 'x'.repeat(chance.int(100, 20_000)),
        () => 'Thu, 99 Foo 2026 99:99:99 GMT',
      ])()
      .replace(/[\r\n]/g, '');
  const headers = Array.from({ length: chance.int(1, 4) }, () => [chance.pick(HEADERS), value()] as const);
  const [method, path] = chance.pick<readonly [string, string]>([
    ['GET', '/fhir/Patient/known'],
    ['GET', '/fhir/Patient?_count=1'],
    ['POST', '/fhir/Patient'],
    ['PUT', '/fhir/Patient/fuzz-header'],
    ['PATCH', '/fhir/Patient/fuzz-header'],
    ['DELETE', '/fhir/Patient/fuzz-header'],
  ]);
  const body =
    method === 'GET' || method === 'DELETE' ? undefined : '{"resourceType":"Patient","birthDate":"never"}';
  const closing = [...JSON_HEADER, ...headers, ['connection', 'close']] as const;
  return { method, path, headers: closing, ...(body === undefined ? {} : { body }) };
}

const METHODS = [
  'PUT',
  'DELETE',
  'PATCH',
  'POST',
  'GET',
  'TRACE',
  'PROPFIND',
  'MKCOL',
  'REPORT',
  'SEARCH',
  'CONNECT',
  'FOO',
  'get',
  'G\u00cbT',
];
const PLACES = [
  '/fhir', '/fhir/metadata', '/fhir/Patient', '/fhir/Patient/known', '/fhir/Patient/known/_history', '/fhir/Patient/known/_history/1',
  '/fhir/Patient/_search', '/fhir/Patient/$match', '/fhir/_history', '/fhir/Patient/known/$everything', '/fhir/Patient/known/Observation', '/fhir/a/b/c/d/e',
]; // prettier-ignore
const RIGHT =
  /^(GET|POST) \/fhir$|^GET |^POST \/fhir\/(Patient|Patient\/_search|Patient\/\$match|Patient\/known\/\$everything)$|^(PUT|PATCH|DELETE) \/fhir\/Patient\/known$|^(PUT|PATCH|DELETE) \/fhir\/Patient$/;

function wrongMethod(chance: Chance): RawRequest {
  for (;;) {
    const method = chance.pick(METHODS);
    const path = chance.pick(PLACES);
    if (RIGHT.test(`${method} ${path}`)) continue;
    const headers = [...JSON_HEADER, ['connection', 'close']] as const;
    return { method, path, headers, ...(chance.happens(0.5) ? { body: '{"resourceType":"Patient"}' } : {}) };
  }
}

function wrongContentType(chance: Chance): RawRequest {
  const type = chance.pick([
    'text/plain', 'application/fhir+xml', 'application/octet-stream', 'multipart/form-data; boundary=x', 'application/x-www-form-urlencoded',
    'application', '/', 'application/fhir+json+x', 'application/xml', 'image/png', ';', 'application/fhir+json, text/plain', 'text/json', '\x80\xff',
    chance.oddText(8).replace(/[^\x21-\x7e]/g, ''), 'application/json-patch+json',
  ]); // prettier-ignore
  const body = chance.pick(['{"resourceType":"Patient"}', '<Patient/>', 'a=b', '--x--', '[]']);
  const [method, path] = chance.pick<readonly [string, string]>([
    ['POST', '/fhir/Patient'],
    ['PUT', '/fhir/Patient/fuzz-type'],
    ['POST', '/fhir'],
  ]);
  return { method, path, headers: [['content-type', type]], body };
}

const NOT_UTF8 = [
  [0xff],
  [0xc0, 0xaf],
  [0xe1, 0xba],
  [0xed, 0xa0, 0x80],
  [0xf4, 0x90, 0x80, 0x80],
  [0x80],
  [0xfe, 0xfe],
];

function notUtf8(chance: Chance): RawRequest {
  const resource = example(chance);
  const bytes = Buffer.from(JSON.stringify(resource));
  const at = chance.int(1, bytes.length - 1);
  const body = Buffer.concat([bytes.subarray(0, at), Buffer.from(chance.pick(NOT_UTF8)), bytes.subarray(at)]);
  return { ...written(chance, resource), body };
}

function byteOrderMark(chance: Chance): RawRequest {
  const resource = { ...example(chance), birthDate: 'never', effectiveDateTime: 7 } as Resource;
  const text = JSON.stringify(resource);
  const body = chance.pick([
    () => Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from(text)]),
    () => Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf, 0xef, 0xbb, 0xbf]), Buffer.from(text)]),
    () => Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, 'utf16le')]),
    () => Buffer.concat([Buffer.from([0xfe, 0xff]), Buffer.from(text, 'utf16le').swap16()]),
    () => Buffer.from(text, 'utf16le'),
    () => Buffer.from(`${text.slice(0, 10)}\ufeff${text.slice(10)}`),
    () => Buffer.from([0xef, 0xbb, 0xbf]),
    () => Buffer.from([0xef, 0xbb]),
  ])();
  return { ...written(chance, resource), body };
}

function oddPatch(chance: Chance): RawRequest {
  const path = `/fhir/Patient/${chance.pick(['known', 'known', 'absent', 'a b', '$x'])}`.replace(' ', '%20');
  const pointer = chance.pick([
    '',
    '/',
    '/name',
    '/name/0',
    '/name/-',
    '/name/99',
    '/id',
    '/resourceType',
    '/__proto__/x',
    '/constructor',
    'name',
    '/~',
    '/name/0/given/~2',
    '/a/b/c',
  ]);
  const operation = {
    op: chance.pick(['add', 'remove', 'replace', 'move', 'copy', 'test', 'x', 1, null]),
    path: pointer,
    from: chance.pick(['/name', '/x', 7]),
    value: chance.pick([1, null, {}, 'x', [[]]]),
  };
  if (chance.happens(0.5)) {
    const body = chance.pick([
      () => JSON.stringify([operation]),
      () => JSON.stringify(operation),
      () => '[',
      () => '[1,null,"x"]',
      () => JSON.stringify(Array(1000).fill(operation)),
    ])();
    return { method: 'PATCH', path, headers: [['content-type', 'application/json-patch+json']], body };
  }
  const expression = chance.pick([
    'Patient',
    'Patient.birthDate',
    'Patient.name[0]',
    'Patient.name.given',
    '',
    '1 +',
    'Patient.where(',
    'Observation.code',
    'Patient.id',
    '%resource',
    'Patient.x.y',
    chance.oddText(10),
  ]);
  const part = [
    { name: 'type', valueCode: chance.pick(['add', 'insert', 'delete', 'replace', 'move', 'x']) },
    { name: 'path', valueString: expression },
    { name: 'name', valueString: chance.pick(['birthDate', 'x', '__proto__', 'name']) },
    {
      name: 'value',
      ...chance.pick<object>([
        { valueString: 'x' },
        { valueDate: 'never' },
        { valueHumanName: { text: 'x' } },
        {},
        { part: [] },
      ]),
    },
    { name: 'index', valueInteger: chance.pick([-1, 0, 99]) },
  ].filter(() => chance.happens(0.8));
  const body = JSON.stringify({
    resourceType: 'Parameters',
    parameter: [{ name: chance.pick(['operation', 'x']), part }],
  });
  return { method: 'PATCH', path, headers: JSON_HEADER, body };
}

function oddAddress(chance: Chance): RawRequest {
  const id = () =>
    chance.pick([
      chance.oddText(chance.int(1, 6)),
      'x'.repeat(chance.int(60, 300)),
      '..',
      '%2e%2e',
      '%00',
      '1/2',
      '',
      'known',
    ]);
  const path = chance.pick([
    () => `/fhir/Patient/${id()}`,
    () => `/fhir/Patient/known/_history/${id()}`,
    () => `/fhir/Patient/${id()}/_history?_at=${id()}&_since=${id()}&_count=${id()}&_page=${id()}`,
    () => `/fhir/${id()}/known`,
    () => `/fhir/Patient/${id()}/${id()}`,
    () => `/fhir/Patient/known/$everything?_type=${id()}&start=${id()}&_page=${id()}`,
    () => `/fhir/_history?_count=${id()}`,
    () => `/fhir/${id()}`,
    () => `/fhir/Patient/known?_elements=${id()}&_summary=${id()}`,
    () => `/fhir/Patient/known/*?_page=${id()}`,
  ])();
  return {
    method: chance.pick(['GET', 'GET', 'GET', 'HEAD', 'DELETE']),
    path: wire(path),
    headers: [['connection', 'close']],
  };
}

function oddOperation(chance: Chance): RawRequest {
  const [method, path] = chance.pick<readonly [string, string]>([
    ['POST', '/fhir/Patient/$validate'], ['POST', '/fhir/Observation/$validate'], ['POST', '/fhir/Patient/known/$meta-add'], ['POST', '/fhir/Patient/known/$meta-delete'],
    ['GET', '/fhir/Observation/$lastn'], ['POST', '/fhir/Observation/$lastn'], ['GET', '/fhir/Patient/known/$everything'], ['POST', '/fhir/Patient/known/$everything'],
    ['GET', '/fhir/Patient/known/$meta'], ['POST', '/fhir/Nope/$validate'], ['POST', '/fhir/$nothing'], ['POST', '/fhir/Patient/known/$nothing'],
  ]); // prettier-ignore
  const query = chance.happens(0.4)
    ? `?${wire(`${chance.pick(['mode', 'profile', 'max', 'patient', 'code', 'start', '_type', 'x'])}=${chance.oddText(4)}`)}`
    : '';
  if (method === 'GET') return { method, path: path + query };
  const resource = example(chance);
  const all = places(resource);
  if (all.length > 0) {
    const { holder, name } = chance.pick(all);
    holder[name] = otherType(chance, holder[name]);
  }
  const parameter = chance.pick<unknown>([
    [{ name: 'resource', resource }],
    [{ name: 'meta', valueMeta: { tag: 'x' } }],
    [{ name: 'meta' }],
    'x',
    [null],
    [{}],
    [{ name: 'max', valueInteger: -1 }],
  ]);
  const body = chance.happens(0.5) ? resource : { resourceType: 'Parameters', parameter };
  return { method, path: path + query, headers: JSON_HEADER, body: JSON.stringify(body) };
}

function oddBundle(chance: Chance): RawRequest {
  const url = () =>
    chance.pick([
      'Patient',
      'Patient/1',
      'Patient?x=y',
      'Nope/1',
      '',
      '/',
      'Patient/1/_history/x',
      '$match',
      'http://elsewhere/Patient/1',
      'Patient/1/$everything',
      '../metadata',
      chance.oddText(6),
    ]);
  const entry = Array.from({ length: chance.int(1, 4) }, () =>
    chance.pick<unknown>([
      null,
      'x',
      {},
      { request: null },
      {
        request: {
          method: chance.pick(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'x', 1]),
          url: url(),
        },
      },
      {
        resource: { resourceType: 'Patient', birthDate: 'never' },
        request: { method: 'POST', url: 'Patient' },
      },
      {
        resource: { resourceType: 'Binary', contentType: 'application/json-patch+json', data: '!!' },
        request: { method: 'PATCH', url: 'Patient/known' },
      },
      {
        request: {
          method: 'GET',
          url: url(),
          ifNoneMatch: chance.oddText(3),
          ifModifiedSince: chance.pick(['never', '2020-01-01T00:00:00Z']),
        },
      },
      {
        resource: { resourceType: 'Patient' },
        request: { method: 'POST', url: 'Patient', ifNoneExist: chance.oddText(5) || '?' },
      },
      {
        resource: { resourceType: 'Patient' },
        request: { method: 'PUT', url: 'Patient/known', ifMatch: chance.oddText(4) || '?' },
      },
      { fullUrl: chance.oddText(5), resource: [], request: { method: 'PUT', url: url() } },
    ]),
  );
  entry.push({
    resource: { resourceType: 'Patient', birthDate: 'never' },
    request: { method: 'POST', url: 'Patient' },
  });
  const type = chance.pick(['transaction', 'transaction', 'batch', 'document', 'x', 7, null]);
  return { ...bad(JSON.stringify({ resourceType: 'Bundle', type, entry })), path: '/fhir' };
}

function oddNumber(chance: Chance): RawRequest {
  const number = chance.pick([
    '1e999',
    '-1e999',
    '1e-999',
    '-0',
    '00',
    '01',
    '+1',
    '.5',
    '5.',
    '1e',
    '0x10',
    'NaN',
    'Infinity',
    '9'.repeat(400),
    `0.${'0'.repeat(400)}1`,
    '1_000',
    '"1"',
    '1e308',
    '1.7976931348623157e309',
    '99999999999999999999',
  ]);
  return bad(
    chance.pick([
      `{"resourceType":"Observation","status":"final","code":{"text":"x"},"valueQuantity":{"value":${number}},"effectiveDateTime":"never"}`,
      `{"resourceType":"Observation","status":"final","code":{"text":"x"},"valueInteger":${number},"issued":"never"}`,
      `{"resourceType":"Patient","multipleBirthInteger":${number},"birthDate":"never"}`,
    ]),
    'Patient',
  );
}

/** The kinds of requests that are made wrongly. */
export const oddClasses: readonly FuzzClass[] = [
  { name: 'bad headers', refused: 'mostly', make: oddHeader },
  { name: 'wrong methods', refused: 'always', make: wrongMethod },
  { name: 'bad content types', refused: 'always', make: wrongContentType },
  { name: 'invalid UTF-8', refused: 'always', make: notUtf8 },
  { name: 'byte order marks', refused: 'always', make: byteOrderMark },
  { name: 'odd patches', refused: 'mostly', make: oddPatch },
  { name: 'odd addresses', refused: 'mostly', make: oddAddress },
  { name: 'odd operations', refused: 'mostly', make: oddOperation },
  { name: 'odd Bundles', refused: 'mostly', make: oddBundle },
  { name: 'odd numbers', refused: 'always', make: oddNumber },
];
