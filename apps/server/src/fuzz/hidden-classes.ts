import { deflateSync, gzipSync } from 'node:zlib';
import type { Chance } from './chance.ts';
import { bad, example, JSON_HEADER, type FuzzClass } from './classes.ts';
import type { RawRequest } from './raw-client.ts';

// What is wrong hides in something well formed: under a compression or an escape, in elements that may hold their own kind,
// in conditions that ask for one another, in what an operation is given.

/** Whole JSON whose compression is cut off, damaged, doubled, or another than it says. */
function damagedCompression(chance: Chance): RawRequest {
  const text = JSON.stringify(example(chance));
  const zipped = gzipSync(text);
  const damaged = () => {
    const bytes = Buffer.from(zipped);
    const at = chance.int(10, bytes.length - 1);
    bytes[at] = bytes[at]! ^ (1 << chance.int(0, 7));
    return bytes;
  };
  const [encoding, body] = chance.pick<() => [string, Buffer | string]>([
    () => ['gzip', zipped.subarray(0, chance.int(0, zipped.length - 1))],
    () => ['gzip', damaged()],
    () => ['gzip', Buffer.concat([zipped, zipped])],
    () => ['gzip', gzipSync(zipped)],
    () => ['gzip', deflateSync(text)],
    () => ['gzip', text],
    () => ['deflate', zipped],
    () => ['br', zipped],
    () => [chance.pick(['compress', 'x-gzip,br', 'aes128gcm', 'gzip;q=1', 'GZIP gzip']), zipped],
  ])();
  const path = chance.pick(['/fhir/Patient', '/fhir', '/fhir/Patient/$validate']);
  return { ...bad(body), path, headers: [...JSON_HEADER, ['content-encoding', encoding]] };
}

const NOT_TEXT = [
  '%FF',
  '%ED%A0%80',
  '%ED%BF%BF',
  '%C0%80',
  '%F0%9F',
  '%F5%80%80%80',
  '%E1%BB',
  '%zz',
  '%',
  '%4',
];

/** Queries whose escapes are no UTF-8: in the address, a form, a condition. */
function notTextInQuery(chance: Chance): RawRequest {
  const name = chance.pick(['name', 'identifier', 'birthdate', '_id', '_tag', 'general-practitioner.name']);
  const query = `gender=male&${name}=${chance.oddText(2).replace(/[^a-z]/gi, '')}${chance.pick(NOT_TEXT)}`;
  const form = [['content-type', 'application/x-www-form-urlencoded']] as const;
  return chance.pick<() => RawRequest>([
    () => ({ method: 'GET', path: `/fhir/Patient?${query}` }),
    () => ({ method: 'GET', path: `/fhir/Patient/known/_history?${query}` }),
    () => ({ method: 'GET', path: `/fhir/Patient/known/$everything?${query}` }),
    () => ({ method: 'DELETE', path: `/fhir/Patient?${query}` }),
    () => ({ ...bad('{"resourceType":"Patient"}'), method: 'PUT', path: `/fhir/Patient?${query}` }),
    () => ({ method: 'POST', path: '/fhir/Patient/_search', headers: form, body: query }),
    () => ({ ...bad('{"resourceType":"Patient"}'), headers: [...JSON_HEADER, ['if-none-exist', query]] }),
  ])();
}

/** Elements that may hold their own kind, more of them in one another than anybody means. */
function lawfulRecursion(chance: Chance): RawRequest {
  const depth = chance.pick([20, 50, 99, 100, 101, 150, 400, 2000, 20_000]);
  const nest = (open: string, close: string, core: string) => open.repeat(depth) + core + close.repeat(depth);
  const patch = (path: string): RawRequest => ({
    ...bad(
      JSON.stringify({
        resourceType: 'Parameters',
        parameter: [
          {
            name: 'operation',
            part: [
              { name: 'type', valueCode: 'delete' },
              { name: 'path', valueString: path },
            ],
          },
        ],
      }),
    ),
    method: 'PATCH',
    path: '/fhir/Patient/known',
  });
  const within = (type: string, rest: string): RawRequest => bad(`{"resourceType":"${type}",${rest}}`, type);
  const link = Math.min(depth, 300);
  return chance.pick<() => RawRequest>([
    () => within('Questionnaire', `"item":[${nest('{"linkId":"a","type":"group","item":[', ']}', '1')}]`),
    () => within('Patient', `"gender":7,"extension":[${nest('{"url":"http://x","extension":[', ']}', '1')}]`),
    () => within('Composition', `"section":[${nest('{"section":[', ']}', '{"title":1}')}]`),
    () =>
      within(
        'Patient',
        `"gender":7,"text":{"status":"generated","div":"<div xmlns='http://www.w3.org/1999/xhtml'>${nest('<b>', '</b>', 'x')}</div>"}`,
      ),
    () => ({
      ...within('Parameters', `"parameter":[${nest('{"name":"a","part":[', ']}', '1')}]`),
      path: '/fhir/Patient/$validate',
    }),
    () => patch(nest('(', ')', 'Patient')),
    () => patch(`Patient${nest('.where(', ')', 'true')}`),
    () => patch(`Patient${'.contact'.repeat(depth)}`),
    () => patch(`'${'a'.repeat(depth)}'.matches('(a+)+$')`),
    () => ({ method: 'GET', path: `/fhir/Patient?${'_has:Observation:patient:'.repeat(link)}code=x` }),
    () => ({ method: 'GET', path: `/fhir/Observation?${'encounter.part-of.'.repeat(link)}status=x` }),
    () => ({ method: 'GET', path: `/fhir/Observation?value-quantity=1||${'m.'.repeat(link)}m` }),
    () => ({
      method: 'GET',
      path: `/fhir/Observation?value-quantity=1||${'('.repeat(link)}m${')'.repeat(link)}`,
    }),
  ])();
}

/** Entries whose conditions, of writes and of references, ask for one another; one leads nowhere, so that nothing is kept. */
function ringOfConditions(chance: Chance): RawRequest {
  const size = chance.int(1, 6);
  const url = (index: number) => `urn:uuid:00000000-0000-4000-8000-${String(index).padStart(12, '0')}`;
  const next = (index: number) => (index + 1) % size;
  const organization = (more: object) => ({ resourceType: 'Organization', name: 'x', ...more });
  const kind = chance.pick<(index: number) => object>([
    (index) => ({
      resource: organization({ partOf: { reference: url(next(index)) } }),
      request: { method: 'PUT', url: `Organization?partof=${url(next(index))}&name=ring` },
    }),
    (index) => ({
      resource: organization({}),
      request: { method: 'POST', url: 'Organization', ifNoneExist: `partof=${url(next(index))}` },
    }),
    (index) => ({
      resource: organization({
        identifier: [{ system: 'urn:ring', value: `${index}` }],
        partOf: { reference: `Organization?identifier=urn:ring|${next(index)}` },
      }),
      request: { method: 'POST', url: 'Organization' },
    }),
    (index) => ({
      resource: organization({ partOf: { reference: `Organization?partof.name=ring${next(index)}` } }),
      request: { method: 'POST', url: 'Organization' },
    }),
  ]);
  const entry = [
    ...Array.from({ length: size }, (_, index) => ({ fullUrl: url(index), ...kind(index) })),
    {
      resource: { resourceType: 'Basic', code: { text: 'x' }, subject: { reference: url(999) } },
      request: { method: 'POST', url: 'Basic' },
    },
  ];
  return { ...bad(JSON.stringify({ resourceType: 'Bundle', type: 'transaction', entry })), path: '/fhir' };
}

const OPERATIONS = [
  'Patient/known/$everything', 'Patient/$validate', 'Patient/known/$meta-add', 'Observation/$lastn', 'Patient/$match', 'Patient/known/$why',
  'Patient/known/$copy', 'Patient/known/$summary', '$conform', '$message-status', '$message-log', '$message-details', '$replay-messages', 'Task/$referrals',
  'ServiceRequest/$refer', 'Task/known/$advance', 'Appointment/$re-appoint', '$find-in-directory', 'Organization/$directory-facility',
  'Organization/$resolve-facility', 'Location/$resolve-place', '$connectivity', '$onboardings', '$onboarding-test', 'AuditEvent/$inclusion-proof',
]; // prettier-ignore
const GIVEN = [
  'patient', 'to', 'kind', 'reason', 'step', 'when', 'side', 'id', 'facility', 'from', 'on', 'code', 'level', 'text', '_count', 'page', 'identifier', 'meta',
  'resource', 'max', 'start', 'end', '_since', '_type', 'profile', 'mode', 'form', 'event', 'bundle', 'keep', 'preview',
]; // prettier-ignore
const VALUES = [
  '0000-01-01', '0001-01-01', '9999-12-31', '2020-02-30', '9999-12-31T23:59:59+14:00', '-1', '1e9', '99999999999999999999', 'true', '', ' ', '\ud83d\ude00',
  'Patient/known', '00000000-0000-0000-0000-000000000000', 'province', '79013', 'in', '%', '\u202e', '\\', '|||', '$', '__proto__',
]; // prettier-ignore
const TYPES = ['String', 'Code', 'Boolean', 'Integer', 'Date', 'DateTime', 'Instant', 'Uri', 'Reference', 'Identifier', 'Coding', 'Meta', 'Period']; // prettier-ignore

/** Operations that are given what they take, and what they do not, of every type. */
function oddParameters(chance: Chance): RawRequest {
  const path = `/fhir/${chance.pick(OPERATIONS)}`;
  const text = () => (chance.happens(0.7) ? chance.pick(VALUES) : chance.oddText(chance.int(1, 30)));
  if (chance.happens(0.4)) {
    const query = Array.from(
      { length: chance.int(0, 4) },
      () => `${chance.pick(GIVEN)}=${encodeURIComponent(text())}`,
    );
    return { method: 'GET', path: `${path}?${query.join('&')}` };
  }
  const value = () =>
    chance.pick<unknown>([text(), text(), chance.int(-5, 5), true, { reference: text() }, { system: text(), value: text() }, [], null]); // prettier-ignore
  const parameter = Array.from({ length: chance.int(0, 6) }, () => ({
    name: chance.pick(GIVEN),
    ...(chance.happens(0.15) ? { resource: example(chance) } : { [`value${chance.pick(TYPES)}`]: value() }),
  }));
  return { ...bad(JSON.stringify({ resourceType: 'Parameters', parameter })), path };
}

/** Kinds of requests whose fault hides in something well formed. */
export const hiddenClasses: readonly FuzzClass[] = [
  { name: 'damaged compression', refused: 'always', make: damagedCompression },
  { name: 'queries that are no UTF-8', refused: 'always', named: true, make: notTextInQuery },
  { name: 'lawful recursion', refused: 'mostly', make: lawfulRecursion },
  { name: 'rings of conditions', refused: 'always', named: true, make: ringOfConditions },
  { name: 'odd parameters', refused: 'mostly', make: oddParameters },
];
