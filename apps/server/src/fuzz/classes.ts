import { gzipSync } from 'node:zlib';
import type { Resource } from '@yba/fhir';
import { officialExamples } from '@yba/fhir/testing';
import type { Chance } from './chance.ts';
import { otherType, places } from './mutate.ts';
import type { RawRequest } from './raw-client.ts';

/** A kind of malformed request. */
export type FuzzClass = {
  name: string;
  /** 'always': each must be answered with 4xx. 'mostly': what is generated may happen to be right. */
  refused: 'always' | 'mostly';
  /** The answer names the element or parameter that is wrong. */
  named?: true;
  /** Sent one after another: eight large bodies at once are told to come again, which is right. */
  alone?: true;
  make(chance: Chance): RawRequest;
};

export const JSON_HEADER = [['content-type', 'application/fhir+json']] as const;
const examples = officialExamples()
  .map((example) => JSON.stringify(example))
  .filter((text) => text.length < 6000);
/** One of R4's official examples, a short one. */
export const example = (chance: Chance): Resource => JSON.parse(chance.pick(examples)) as Resource;
/** A body posted to a type. */
export const bad = (body: string | Buffer, type = 'Patient'): RawRequest => ({
  method: 'POST',
  path: `/fhir/${type}`,
  headers: JSON_HEADER,
  body,
});
const written = (chance: Chance, resource: Resource, text = JSON.stringify(resource)): RawRequest =>
  resource.id && chance.happens(0.5)
    ? { ...bad(text), method: 'PUT', path: `/fhir/${resource.resourceType}/${resource.id}` }
    : bad(text, resource.resourceType);

function truncated(chance: Chance): RawRequest {
  const resource = example(chance);
  const text = JSON.stringify(resource);
  return written(chance, resource, text.slice(0, chance.int(1, text.length - 1)));
}

function deep(chance: Chance): RawRequest {
  const depth = chance.int(101, chance.happens(0.1) ? 100_000 : 3000);
  const nest = (open: string, close: string) => open.repeat(depth) + close.repeat(depth);
  return bad(
    chance.pick([
      () => '['.repeat(depth),
      () => '{"a":'.repeat(depth),
      () => nest('[', ']'),
      () => `{"resourceType":"Patient","name":${nest('[', ']')}}`,
      () =>
        `{"resourceType":"Patient","extension":${nest('[{"url":"x","extension":', '}]').replace('}', '[]}')}}`,
      () => `{"resourceType":"Patient","contact":${'[{"a":'.repeat(depth)}1${'}]'.repeat(depth)}}`,
      () =>
        `{"resourceType":"Bundle","type":"batch","entry":${'[{"resource":{"entry":'.repeat(depth)}1${'}}]'.repeat(depth)}}`,
    ])(),
  );
}

function huge(chance: Chance): RawRequest {
  const length = chance.happens(0.02) ? chance.int(50_000, 300_000) : chance.int(1000, 5000);
  const item = chance.pick(['null', '{}', '1', '"x"', '[]', '{"text":1}', '{"system":"x","value":2}']);
  const list = `[${`${item},`.repeat(length - 1)}${item}]`;
  const name = chance.pick(['name', 'identifier', 'telecom', 'contact', 'extension', 'photo', 'gender', 'x']);
  return chance.happens(0.8)
    ? bad(`{"resourceType":"Patient","${name}":${list}}`)
    : { ...bad(`{"resourceType":"Bundle","type":"batch","entry":${list}}`), path: '/fhir' };
}

function wrongType(chance: Chance): RawRequest {
  const resource = example(chance);
  const all = places(resource).filter(({ path }) => !/\/(extension|contained|resource|div)\b/.test(path));
  if (all.length === 0) return bad('{"resourceType":1}');
  const { holder, name } = chance.pick(all);
  holder[name] = otherType(chance, holder[name]);
  return written(chance, resource);
}

function duplicate(chance: Chance): RawRequest {
  const resource = example(chance);
  const text = JSON.stringify(resource);
  const patient = (id: string) => ({ resourceType: 'Patient', id });
  const bundle = (entry: unknown[]) => ({
    ...bad(JSON.stringify({ resourceType: 'Bundle', type: 'transaction', entry })),
    path: '/fhir',
  });
  return chance.pick<() => RawRequest>([
    () => bad(`${text.slice(0, -1)},"id":"again"}`.replace('{', '{"id":"first",'), resource.resourceType),
    () => bad(`{"resourceType":"${resource.resourceType}",${text.slice(1)}`, resource.resourceType),
    () => ({ ...bad(JSON.stringify(patient('one'))), method: 'PUT', path: '/fhir/Patient/other' }),
    () =>
      bundle(
        ['PUT', 'PUT'].map((method) => ({
          resource: patient('twice'),
          request: { method, url: 'Patient/twice' },
        })),
      ),
    () =>
      bundle(
        [1, 2].map(() => ({
          fullUrl: 'urn:uuid:00000000-0000-4000-8000-000000000001',
          resource: { resourceType: 'Patient' },
          request: { method: 'POST', url: 'Patient' },
        })),
      ),
    () =>
      bundle([
        { resource: patient('x'), request: { method: 'PUT', url: 'Patient/x' } },
        { request: { method: 'DELETE', url: 'Patient/x' } },
        { resource: patient('x'), request: { method: 'PUT', url: 'Patient/x' } },
      ]),
  ])();
}

/** Entries that refer to each other in rings, some of them to nobody. */
function cycle(chance: Chance): RawRequest {
  const size = chance.int(1, 8);
  const url = (index: number) => `urn:uuid:00000000-0000-4000-8000-${String(index).padStart(12, '0')}`;
  const entry = Array.from({ length: size }, (_, index) => {
    const target = chance.happens(0.7) ? url(size + index) : url((index + 1) % size);
    const resource = chance.pick<object>([
      { resourceType: 'Organization', name: 'x', partOf: { reference: target } },
      { resourceType: 'Location', partOf: { reference: target } },
      {
        resourceType: 'Observation',
        status: 'final',
        code: { text: 'x' },
        hasMember: [{ reference: target }],
      },
      { resourceType: 'Patient', link: [{ other: { reference: target }, type: 'seealso' }] },
      { resourceType: 'Encounter', status: 'x', class: {}, partOf: { reference: url(index) } },
    ]);
    return {
      fullUrl: url(index),
      resource,
      request: { method: 'POST', url: (resource as Resource).resourceType },
    };
  });
  // one that leads nowhere, so that nothing is kept
  entry.push({
    fullUrl: url(99),
    resource: { resourceType: 'Basic', code: { text: 'x' }, subject: { reference: url(1000) } } as never,
    request: { method: 'POST', url: 'Basic' },
  });
  return { ...bad(JSON.stringify({ resourceType: 'Bundle', type: 'transaction', entry })), path: '/fhir' };
}

const WRONG_DATES = [
  '2020-13-01', '2020-00-10', '2020-02-30', '2021-02-29', '20200101', '2020-1-1', '01/02/2020', '2020-01-01T25:00:00Z',
  '2020-01-01T10:00', '2020-01-01T10:00:00', '2020-01-01T10:00:00+25:00', 'yesterday', '', ' 2020', '2020 ', '99999', '0000',
  '2020-01-01T10:61:00Z', '2020-01-01 10:00:00Z', '２０２０-01-01', '2020-01-01T10:00:00.Z', 20200101, null, {}, [],
]; // prettier-ignore

function wrongDate(chance: Chance): RawRequest {
  const date = chance.pick(WRONG_DATES);
  const shape = chance.pick<Resource>([
    { resourceType: 'Patient', birthDate: date },
    { resourceType: 'Observation', status: 'final', code: { text: 'x' }, effectiveDateTime: date },
    { resourceType: 'Observation', status: 'final', code: { text: 'x' }, issued: date },
    { resourceType: 'Encounter', status: 'planned', class: { code: 'AMB' }, period: { start: date } },
    { resourceType: 'Patient', meta: { lastUpdated: date as string } },
    { resourceType: 'Patient', identifier: [{ value: 'x', period: { end: date } }] },
    { resourceType: 'Patient', extension: [{ url: 'http://x', valueDate: date }] },
  ]);
  if (
    chance.happens(0.25) &&
    typeof date === 'string' &&
    !['', '0000', '99999', '2020-01-01T10:00', '2020-01-01T10:00:00'].includes(date.trim()) &&
    date.trim() === date
  )
    return { method: 'GET', path: `/fhir/Patient?birthdate=${encodeURIComponent(date)}` };
  return bad(JSON.stringify(shape), shape.resourceType);
}

function surrogate(chance: Chance): RawRequest {
  const resource = example(chance);
  const texts = places(resource).filter(
    ({ holder, name, path }) =>
      typeof holder[name] === 'string' && !/\/(extension|contained|resource)\b/.test(path),
  );
  if (texts.length === 0) return bad('{"resourceType":"Patient","name":[{"text":"\\ud800"}]}');
  const { holder, name } = chance.pick(texts);
  holder[name] = `${String(holder[name])}LONE`;
  const lone = chance.pick(['\\ud800', '\\udc00', '\\udfff\\ud800', '\\uD83D', 'x\\uDBFFx']);
  return written(chance, resource, JSON.stringify(resource).replace('LONE', lone));
}

const LARGE = 50 * 1024 * 1024;
const packed = gzipSync(Buffer.alloc(LARGE, 32), { level: 1 });

function large(chance: Chance): RawRequest {
  const path = chance.pick(['/fhir', '/fhir/Patient', '/fhir/Patient/$match', '/fhir/Patient/_search']);
  const request: RawRequest = { method: 'POST', path, headers: JSON_HEADER };
  const way = chance.next();
  if (way < 0.01)
    return { ...request, headers: [...JSON_HEADER, ['content-encoding', 'gzip']], body: packed };
  if (way < 0.015) return { ...request, body: Buffer.alloc(17 * 1024 * 1024, 32), chunked: true };
  return { ...request, told: chance.int(17 * 1024 * 1024, LARGE), body: '{"resourceType":"Patient"' };
}

const NAMES = [
  'name', 'birthdate', 'identifier', '_id', '_lastUpdated', 'code', 'date', 'value-quantity', 'subject', 'patient.name', '_has:Observation:patient:code',
  '_sort', '_count', '_include', '_revinclude', '_summary', '_elements', '_total', '_page', '_filter', '_text', '_content', '_list', 'near', 'family:exact',
  'family:contains', 'code:in', 'code:not', 'code:text', 'subject:identifier', '_type', '__proto__', 'constructor', 'toString', '', ':', 'a.b.c.d', '_query',
  'component-code-value-quantity', 'identifier:of-type', 'code:below', '_contained', '_format', '_pretty', '_at', '_since',
]; // prettier-ignore

function hostileSearch(chance: Chance): RawRequest {
  const type = chance.pick([
    'Patient',
    'Observation',
    'Encounter',
    'Practitioner',
    'Nope',
    '%24',
    'AuditEvent',
    '_history',
    '',
  ]);
  const parameters = Array.from({ length: chance.int(1, 5) }, () => {
    const prefix = chance.pick(['', '', 'gt', 'lt', 'eq', 'ap', 'sa', 'ne']);
    const text = prefix + chance.oddText(chance.happens(0.05) ? chance.int(500, 4000) : chance.int(0, 12));
    const name = chance.happens(0.15) ? chance.oddText(4) : chance.pick(NAMES);
    return [name, text] as const;
  });
  const encode = chance.happens(0.7);
  const query = parameters
    .map(([name, text]) =>
      encode ? `${encodeURIComponent(name)}=${encodeURIComponent(text)}` : `${name}=${text}`,
    )
    .join('&');
  if (chance.happens(0.25)) {
    const headers = [['content-type', 'application/x-www-form-urlencoded']] as const;
    return { method: 'POST', path: `/fhir/${type}/_search`, headers, body: query };
  }
  const inside = chance.happens(0.2)
    ? chance.pick(['/1/Observation', '/1/*', '/_history', '/1/_history', '/1/$everything'])
    : '';
  return { method: 'GET', path: `/fhir/${type}${inside}?${wire(query)}` };
}

/** What a request line can carry: no blanks, no line ends, Latin-1. */
const wire = (text: string) =>
  text.replace(/[^\x21-\x7e\x80-\xff]/g, (one) => encodeURIComponent(one.isWellFormed() ? one : '?'));

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

/** The kinds of malformed requests that are tried. */
export const fuzzClasses: readonly FuzzClass[] = [
  { name: 'truncated JSON', refused: 'always', make: truncated },
  { name: 'deep nesting', refused: 'always', make: deep },
  { name: 'huge arrays', refused: 'always', make: huge },
  { name: 'wrong types', refused: 'always', named: true, make: wrongType },
  { name: 'duplicate ids', refused: 'always', make: duplicate },
  { name: 'cyclic bundle references', refused: 'always', make: cycle },
  { name: 'invalid dates', refused: 'always', named: true, make: wrongDate },
  { name: 'lone surrogates', refused: 'always', make: surrogate },
  { name: '50 MB bodies', refused: 'always', alone: true, make: large },
  { name: 'hostile search strings', refused: 'mostly', make: hostileSearch },
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
