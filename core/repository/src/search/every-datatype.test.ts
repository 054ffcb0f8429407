// Every FHIR type that R4 lets a parameter type find is found, by SearchParameters that were written here.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { matches, parseJson, parseSearch, typesFound } from '@yba/fhir';
import type { Resource, SearchParameterType } from '@yba/fhir';
import { definitionsOf } from '../conformance/index.ts';
import { reindex } from '../reindex/reindex.ts';
import { contextOf, testRepository } from '../testing.ts';
import type { TestRepository } from '../testing.ts';

const A = contextOf('01013');
const strict = { handling: 'strict' } as const;
let store: TestRepository;

before(async () => {
  store = await testRepository();
});
after(() => store.close());

const quantity = { value: 5, unit: 'mg', system: 'http://unitsofmeasure.org', code: 'mg' };

/** A value of each type that an extension may have, and how each parameter type asks for it. */
const values: Record<string, [value: unknown, asked: Partial<Record<SearchParameterType, string>>]> = {
  boolean: [true, { token: 'true' }],
  code: ['ab-C', { token: 'ab-C', string: 'AB' }],
  id: ['id-1', { token: 'id-1', string: 'ID' }],
  string: ['Chuỗi', { token: 'CHUỖI', string: 'chuoi' }],
  markdown: ['*Đậm*', { string: '*dam' }],
  uri: ['urn:x:uri', { token: 'urn:x:uri', uri: 'urn:x:uri', reference: 'urn:x:uri' }],
  url: ['http://e.vn/url', { token: 'http://e.vn/url', uri: 'http://e.vn/url' }],
  canonical: [
    'http://e.vn/canonical',
    { token: 'http://e.vn/canonical', uri: 'http://e.vn/canonical', reference: 'http://e.vn/canonical' },
  ],
  oid: ['urn:oid:1.2.3', { token: 'urn:oid:1.2.3', uri: 'urn:oid:1.2.3' }],
  uuid: [
    'urn:uuid:53fefa32-fcbb-4ff8-8a92-55ee120877b7',
    {
      token: 'urn:uuid:53fefa32-fcbb-4ff8-8a92-55ee120877b7',
      uri: 'urn:uuid:53fefa32-fcbb-4ff8-8a92-55ee120877b7',
    },
  ],
  integer: [7, { number: '7' }],
  decimal: [7.25, { number: '7.25' }],
  positiveInt: [8, { number: '8' }],
  unsignedInt: [9, { number: '9' }],
  date: ['2024-03-01', { date: '2024-03' }],
  dateTime: ['2024-04-01T10:00:05Z', { date: '2024-04-01T10:00:05Z' }],
  instant: ['2024-05-01T10:00:05Z', { date: '2024-05-01T10:00:05.000Z' }],
  Period: [{ start: '2024-06-02', end: '2024-06-03' }, { date: '2024-06' }],
  Timing: [{ event: ['2024-07-02'] }, { date: '2024-07' }],
  Coding: [{ system: 'urn:s', code: 'c', display: 'Mã' }, { token: 'urn:s|c' }],
  CodeableConcept: [{ coding: [{ system: 'urn:s', code: 'cc' }], text: 'Khái niệm' }, { token: 'cc' }],
  Identifier: [{ system: 'urn:s', value: 'urn:oid:2.1' }, { token: 'urn:s|urn:oid:2.1' }],
  ContactPoint: [{ system: 'phone', value: '0901' }, { token: '0901' }],
  HumanName: [{ family: 'Lê', given: ['An'] }, { string: 'le' }],
  Address: [{ city: 'Huế' }, { string: 'hue' }],
  Quantity: [quantity, { quantity: '5|http://unitsofmeasure.org|mg' }],
  Age: [{ ...quantity, unit: 'a', code: 'a' }, { quantity: '5||a' }],
  Duration: [{ ...quantity, unit: 'h', code: 'h' }, { quantity: '5||h' }],
  Count: [{ value: 5, unit: '1', system: 'http://unitsofmeasure.org', code: '1' }, { quantity: '5||1' }],
  Distance: [{ ...quantity, unit: 'km', code: 'km' }, { quantity: '5||km' }],
  Money: [{ value: 5000, currency: 'VND' }, { quantity: '5000||VND' }],
  Range: [
    { low: quantity, high: { ...quantity, value: 6 } },
    { quantity: 'gt5||mg', number: 'gt5' },
  ],
  SampledData: [
    { origin: quantity, period: 1, dimensions: 1, data: '1 2 3' },
    { quantity: 'gt7|http://unitsofmeasure.org|mg' },
  ],
  Reference: [{ reference: 'Patient/p' }, { reference: 'Patient/p' }],
  Attachment: [{ url: 'http://e.vn/file', title: 'x' }, { reference: 'http://e.vn/file' }],
  time: ['10:00:00', {}],
  base64Binary: ['AAAA', {}],
  Annotation: [{ text: 'x' }, {}],
  Ratio: [{ numerator: quantity, denominator: quantity }, {}],
};

/** What is found of other places than the value of an extension. */
const elsewhere = ['Resource'];

const kinds: SearchParameterType[] = ['number', 'date', 'string', 'token', 'quantity', 'reference', 'uri'];
const urlOf = (type: string) => `https://example.vn/fhir/${type}`;
const codeOf = (kind: string, type: string) => `${kind}-${type.toLowerCase()}`;

const basic = (type: string): Resource => ({
  resourceType: 'Basic',
  id: type,
  code: { text: type },
  extension: [{ url: urlOf(type), [`value${type[0]!.toUpperCase()}${type.slice(1)}`]: values[type]![0] }],
});

const parameter = (
  kind: SearchParameterType,
  type: string,
  expression: string,
  code = codeOf(kind, type),
): Resource => ({
  resourceType: 'SearchParameter',
  id: code,
  url: `https://example.vn/fhir/SearchParameter/${code}`,
  name: 'Added',
  status: 'active',
  description: code,
  code,
  base: ['Basic'],
  type: kind,
  expression,
});

const cast = (type: string) => `Basic.extension.where(url = '${urlOf(type)}').value.as(${type})`;
const open = (type: string) => `Basic.extension.where(url = '${urlOf(type)}').value`;

async function put(resources: readonly Resource[]): Promise<void> {
  const entry = resources.map((resource) => ({
    resource,
    request: { method: 'PUT', url: `${resource.resourceType}/${resource.id}` },
  }));
  await store.repository.transaction(A, { resourceType: 'Bundle', type: 'transaction', entry }, strict);
}

async function found(query: string): Promise<string[]> {
  const asked = new URLSearchParams(`${query}&_count=1000`);
  const page = await store.repository.search(A, 'Basic', asked, strict);
  const ids = page.entries.map(({ text }) => (parseJson(text!) as Resource).id!);
  const { parameters } = await definitionsOf(store.pools).of(facility);
  const request = parseSearch('Basic', asked, { ...strict, more: parameters });
  const inMemory = all.filter((one) => request.filters.every((filter) => matches(filter, one)));
  assert.deepEqual(ids.toSorted(), inMemory.map(({ id }) => id!).toSorted(), query);
  return ids;
}

let facility: number;
const all = Object.keys(values).map(basic);
const pairs = kinds.flatMap((kind) =>
  typesFound(kind)
    .filter((type) => !elsewhere.includes(type))
    .map((type) => [kind, type] as const),
);

/** As they are asked for above. */
const asked = Object.entries(values).flatMap(([type, [, by]]) =>
  Object.keys(by).map((kind) => `${kind} ${type}`),
);

async function assertAllFound(): Promise<void> {
  for (const [kind, type] of pairs) {
    const value = values[type]?.[1][kind];
    assert.ok(value, `no value of ${type} is asked for by ${kind}`);
    for (const code of [codeOf(kind, type), `${codeOf(kind, type)}-open`]) {
      // what may be a text or a code is compared as a code is
      const isEither = code.endsWith('-open') && kind === 'token' && type === 'string';
      const asked = encodeURIComponent(isEither ? 'Chuỗi' : value);
      assert.deepEqual(await found(`${code}=${asked}`), [type], code);
      assert.deepEqual(await found(`${code}:missing=false`), [type], code);
      assert.equal((await found(`${code}:missing=true`)).length, all.length - 1, code);
      if (kind === 'token') assert.equal((await found(`${code}:not=${asked}`)).includes(type), false, code);
      assert.equal((await found(`_sort=${code}`))[0], type, code);
    }
  }
}

test('a value of each type is found by each kind of parameter that R4 gives it, stored before the parameter and after', async () => {
  assert.deepEqual(pairs.map((pair) => pair.join(' ')).toSorted(), asked.toSorted());
  await put(all);
  await put(
    pairs.flatMap(([kind, type]) => [
      parameter(kind, type, cast(type)),
      parameter(kind, type, open(type), `${codeOf(kind, type)}-open`),
    ]),
  );
  const [row] = await store.pools.owner<{ facility: number }[]>`
    select facility from shared_resource where client_id = 'oid'
    union select facility from resource where client_id = 'oid'`;
  facility = row!.facility;
  await assertAllFound();
  await reindex(store.pools);
  await assertAllFound();
});

test('rows of a release that knew no urls, canonicals, oids and uuids as tokens are found at once', async () => {
  const { owner } = store.pools;
  const links = ['url', 'canonical', 'oid', 'uuid'];
  await owner`update resource set terms = '{}', indexed = 0 where client_id = any(${links})`;
  await owner`update shared_resource set terms = '{}', indexed = 0 where client_id = any(${links})`;
  for (const type of links) {
    const value = encodeURIComponent(values[type]![1].token!);
    assert.deepEqual(await found(`token-${type}=${value}`), [type]);
    assert.deepEqual(await found(`token-${type}-open=${value}`), [type]);
  }
});

test('a parameter of a type that cannot find what its expression leads to is refused, and told what it finds', async () => {
  for (const kind of kinds)
    for (const type of Object.keys(values)) {
      if (typesFound(kind).includes(type)) continue;
      const refused = await put([parameter(kind, type, cast(type))]).catch(String);
      assert.match(String(refused), new RegExp(`searched as ${kind}: `));
      const branch = `${cast(type)} | ${cast(typesFound(kind)[0]!)}`;
      const told = await put([parameter(kind, type, branch)]).catch(String);
      assert.match(String(told), new RegExp(`leads to ${type}; a parameter of type ${kind} finds `));
    }
});
