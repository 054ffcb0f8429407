// Every generated search answers exactly what looking at each resource in memory answers.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { OutcomeError, parseJson, parseSearch, patientCompartment } from '@yba/fhir';
import type { Context, Resource, SearchRequest } from '@yba/fhir';
import { officialExamples } from '@yba/fhir/testing';
import { isRegistry } from '../rows/resource-type.ts';
import { sensitivityBits } from '../rows/sensitivity.ts';
import { contextOf, testRepository } from '../testing.ts';
import type { TestRepository } from '../testing.ts';
import { Oracle } from './testing/oracle.ts';
import { RandomQueries, seeded } from './testing/random-query.ts';

const QUERIES = Number(process.env['YBA_SEARCH_QUERIES'] ?? 400);
const SEED = Number(process.env['YBA_SEARCH_SEED'] ?? 20261122);
const OPENED = ['Patient/example', 'Patient/f001'];

const A = contextOf('01013');
const B = contextOf('27001');
let store: TestRepository;
/** What each facility stored, as it was stored. */
const stored = new Map<Context, Resource[]>();

before(async () => {
  store = await testRepository();
  // Questionnaire/qs1 lacks linkId, which R4 demands
  const examples = [
    ...officialExamples().filter(({ id }) => id !== 'qs1'),
    ...crowded.flatMap((one) => [one, { ...one, id: `${one.id}-2` }]),
  ];
  const others = examples.filter((_, at) => at % 5 === 0).map(asOthers);
  await keep(A, examples);
  await keep(B, others);
  for (const patient of OPENED) await store.open('27001', patient.split('/')[1]!);
});
after(() => store.close());

/** What the examples lack: several patients in one resource, one id for two types, years long past. */
const crowded: Resource[] = [
  {
    resourceType: 'Account',
    id: 'family',
    status: 'active',
    subject: [{ reference: 'Patient/f001' }, { reference: 'Patient/example' }],
  },
  {
    resourceType: 'Coverage',
    id: 'child',
    status: 'active',
    policyHolder: { reference: 'Patient/f001' },
    beneficiary: { reference: 'Patient/example' },
    payor: [{ reference: 'Patient/xcda' }],
  },
  {
    resourceType: 'Provenance',
    id: 'of-two',
    target: [{ reference: 'Patient/xcda' }, { reference: 'Patient/example' }],
    recorded: '2026-01-01T00:00:00Z',
    agent: [{ who: { reference: 'Practitioner/example' } }],
  },
  {
    resourceType: 'Group',
    id: 'example',
    type: 'person',
    actual: true,
    member: [{ entity: { reference: 'Patient/f001' } }, { entity: { reference: 'Patient/example' } }],
  },
  {
    resourceType: 'Observation',
    id: 'elsewhere',
    status: 'final',
    code: { text: 'x' },
    subject: { reference: 'https://other.example/fhir/Patient/example' },
    encounter: { reference: 'https://other.example/fhir/Encounter/f001' },
  },
  ...['0001-01-01', '1850', '1906-12-31T23:59:59+07:06', '9999-12-31'].map((effectiveDateTime, at) => ({
    resourceType: 'Observation',
    id: `long-ago-${at}`,
    status: 'final',
    code: { text: 'x' },
    subject: { reference: 'Group/example' },
    performer: [{ reference: 'Patient/f001' }, { reference: 'Patient/example' }],
    effectiveDateTime,
  })),
];

/** The same of other people, under ids of its own. */
function asOthers(resource: Resource): Resource {
  const copy = JSON.stringify({ ...resource, id: `b-${resource.id!.slice(0, 60)}` });
  return parseJson(copy.replaceAll('"Patient/', '"Patient/b-')) as Resource;
}

async function keep(context: Context, resources: readonly Resource[]): Promise<void> {
  for (let at = 0; at < resources.length; at += 100) {
    const entry = resources.slice(at, at + 100).map((resource) => ({
      resource,
      request: { method: 'PUT', url: `${resource.resourceType}/${resource.id}` },
    }));
    await store.repository.transaction(
      context,
      { resourceType: 'Bundle', type: 'transaction', entry },
      { handling: 'strict' },
    );
  }
  const current = await store.repository.current(
    resources.map(({ resourceType, id }) => `${resourceType}/${id}`),
  );
  stored.set(context, [...current.values()]);
}

/** All `Type/id` that a search gives, page by page. */
async function answer(context: Context, type: string | undefined, query: URLSearchParams): Promise<string[]> {
  const found: string[] = [];
  let next: URLSearchParams | undefined = query;
  while (next) {
    assert.ok(found.length <= 2_000, `a search that does not end: ${type}?${query}`);
    const page = await store.repository.search(context, type, next, { handling: 'strict' });
    for (const { text } of page.entries) {
      const { resourceType, id } = parseJson(text!) as Resource;
      found.push(`${resourceType}/${id}`);
    }
    next =
      page.next === undefined ? undefined : new URLSearchParams(page.next.slice(page.next.indexOf('?') + 1));
  }
  return found;
}

async function count(
  context: Context,
  type: string | undefined,
  query: URLSearchParams,
): Promise<number | undefined> {
  const asked = new URLSearchParams([...query, ['_summary', 'count']]);
  return (await store.repository.search(context, type, asked, { handling: 'strict' })).total;
}

async function compare(context: Context, visible: readonly Resource[], seed: number): Promise<void> {
  const oracle = new Oracle(visible);
  const queries = new RandomQueries(seed, [...stored.values()].flat());
  const wrong: string[] = [];
  let found = 0;
  for (let left = QUERIES; left > 0; left--) {
    const { type, query } = queries.next();
    const request = parseSearch(type, query, { handling: 'strict', baseUrl: 'http://localhost/fhir' });
    const expected = oracle.find(request).sort();
    query.append('_count', '7');
    try {
      const given = await answer(context, type, query);
      const total = await count(context, type, query);
      if (total !== expected.length)
        wrong.push(`${type}?${query}\n    counts ${total}, not ${expected.length}`);
      if (given.length > 0) found++;
      const asked = `${type}?${decodeURIComponent(query.toString())}`;
      if (JSON.stringify([...given].sort()) !== JSON.stringify(expected)) {
        const missing = expected.filter((one) => !given.includes(one));
        const extra = given.filter((one, at) => !expected.includes(one) || given.indexOf(one) !== at);
        wrong.push(`${asked}\n    missing ${missing.join(' ')}\n    not asked for ${extra.join(' ')}`);
      } else if (!oracle.isSorted(given, request)) wrong.push(`${asked}\n    not sorted: ${given.join(' ')}`);
    } catch (error) {
      if (!(error instanceof OutcomeError) || error.code !== 'too-costly')
        wrong.push(`${type}?${decodeURIComponent(query.toString())}\n    ${String(error)}`);
    }
  }
  assert.deepEqual(
    wrong,
    [],
    `seed ${seed}: ${wrong.length} of ${QUERIES} searches answer wrongly:\n${wrong.slice(0, 20).join('\n')}`,
  );
  const disputes = [...oracle.disputes];
  assert.deepEqual(
    disputes.slice(0, 20),
    [],
    `seed ${seed}: ${disputes.length} readings differ:\n${disputes.slice(0, 20).join('\n')}`,
  );
  assert.ok(found > QUERIES / 4, `only ${found} of ${QUERIES} searches find anything`);
}

test(`${QUERIES} searches of a facility answer what its own rows and the registries hold`, async () => {
  const others = stored.get(B)!.filter(({ resourceType }) => isRegistry(resourceType));
  await compare(A, [...stored.get(A)!, ...others], SEED);
});

test(`${QUERIES} searches of another facility see of the first what was opened and the registries, nothing else`, async () => {
  const shown = stored
    .get(A)!
    .filter(
      (resource) =>
        isRegistry(resource.resourceType) ||
        (OPENED.includes(patientCompartment(resource)[0] ?? '') && sensitivityBits(resource) === 0),
    );
  await compare(B, [...stored.get(B)!, ...shown], SEED + 1);
});

/** A search over the types, unless they have not all of its parameters in common. */
function common(types: readonly string[], query: URLSearchParams): URLSearchParams | undefined {
  const over = new URLSearchParams([...query, ['_type', types.join()]]);
  return understood(undefined, over) && over;
}

function understood(type: string | undefined, query: URLSearchParams): SearchRequest | undefined {
  try {
    return parseSearch(type, query, { handling: 'strict', baseUrl: 'http://localhost/fhir' });
  } catch (error) {
    if (error instanceof OutcomeError) return undefined;
    throw error;
  }
}

test('a search over several types answers what searches of each by the same parameters do', async (t) => {
  const others = stored.get(B)!.filter(({ resourceType }) => isRegistry(resourceType));
  const visible = [...stored.get(A)!, ...others];
  const oracle = new Oracle(visible);
  const queries = new RandomQueries(SEED + 2, visible);
  const random = seeded(SEED + 3);
  const all = [...new Set(visible.map(({ resourceType }) => resourceType))];
  const wrong: string[] = [];
  let [asked, found] = [0, 0];
  for (let left = QUERIES / 2; left > 0; left--) {
    const { type, query } = queries.next();
    const more = [1, 2].map(() => all[Math.floor(random() * all.length)]!);
    const types = [...new Set([type, ...more])];
    const over = types.length > 1 ? common(types, query) : undefined;
    if (!over) continue;
    asked++;
    const expected = types.flatMap((one) => {
      const request = understood(one, query);
      return request ? oracle.find(request) : []; // a reference that one of the types cannot have
    });
    const given = await answer(A, undefined, new URLSearchParams([...over, ['_count', '5']]));
    const total = await count(A, undefined, over);
    if (expected.length > types.length) found++;
    if (given.toSorted().join() !== expected.toSorted().join() || total !== expected.length)
      wrong.push(
        `${decodeURIComponent(over.toString())}\n    ${given.join(' ')} (${total})\n    ${expected.join(' ')}`,
      );
  }
  t.diagnostic(`${asked} of ${QUERIES / 2} searches have parameters in common, ${found} find several`);
  assert.deepEqual(wrong, []);
  assert.ok(found > 10, String(found));
});
