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
/** A resource posted to its type, as this text. */
export const written = (chance: Chance, resource: Resource, text = JSON.stringify(resource)): RawRequest =>
  resource.id && chance.happens(0.5)
    ? { ...bad(text), method: 'PUT', path: `/fhir/${resource.resourceType}/${resource.id}` }
    : bad(text, resource.resourceType);

/** What a request line can carry: no blanks, no line ends, Latin-1. */
export const wire = (text: string) =>
  text.replace(/[^\x21-\x7e\x80-\xff]/g, (one) => encodeURIComponent(one.isWellFormed() ? one : '?'));

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

/** The kinds of malformed content that are tried. */
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
];
