// One chart, one place: what a chart's queries touch, counted by PostgreSQL partition by partition, as yba_reader.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { aPatient, anObservation } from '@yba/fhir/testing';
import type { Resource } from '@yba/fhir';
import { connect } from '@yba/postgres';
import { createRepository } from './repository.ts';
import type { Repository } from './repository.ts';
import { contextOf, testRepository } from './testing.ts';
import type { TestRepository } from './testing.ts';

const ours = contextOf('01901');
const strict = { handling: 'strict' } as const;

type Charted = { patient: string; observation: string; place: number };

let store: TestRepository;
let alone: Charted;
let linked: [Charted, Charted];

before(async () => {
  store = await testRepository();
  const charts: Charted[] = [];
  while (new Set(charts.map(({ place }) => place)).size < 3) charts.push(await chart());
  const apart = [...new Map(charts.map((each) => [each.place, each])).values()];
  alone = apart[0]!;
  linked = [apart[1]!, apart[2]!];
  // what an identity officer's decision does: it changes the link alone
  await store.pools
    .owner`update patient_link set person = (select person from patient_link where patient = ${linked[0].patient})
    where patient = ${linked[1].patient}`;
});

after(() => store.close());

function fresh({ id: _, ...resource }: Resource): Resource {
  return resource;
}

/** A Patient with results, and the partition its placement lies in. */
async function chart(): Promise<Charted> {
  const { repository, pools } = store;
  const patient = (await repository.create(ours, fresh(aPatient({})))).id;
  const observation = { ...fresh(anObservation({})), subject: { reference: `Patient/${patient}` } };
  const { id } = await repository.create(ours, observation);
  await repository.update(ours, { ...observation, id });
  const [row] = await pools.owner<
    { placement: string }[]
  >`select placement from patient_link where patient = ${patient}`;
  return { patient, observation: id, place: Number.parseInt(row!.placement[0]!, 16) >> 1 };
}

type Work = (repository: Repository) => Promise<unknown>;

/** Counts of what other connections did before may come late: what some work itself touches, it touches every time. */
async function touches(work: Work, places: readonly number[]): Promise<void> {
  for (let attempt = 1; attempt < 4; attempt++) if ((await touched(work)).join() === places.join()) return;
  assert.deepEqual(await touched(work), places);
}

/** The partitions of rows and frames that were touched while some work was done. */
async function touched(work: Work): Promise<number[]> {
  const { owner } = store.pools;
  const counts = async () => {
    await owner`select pg_stat_clear_snapshot()`;
    const rows = await owner<{ name: string; scans: number }[]>`
      select relname as name, seq_scan + coalesce(idx_scan, 0) as scans from pg_stat_user_tables where relname ~ '^(resource|frame)_\\d$'`;
    return new Map(rows.map(({ name, scans }) => [name, scans]));
  };
  const before = await counts();
  const reader = connect(store.url, { role: 'yba_reader', max: 1 });
  await work(
    createRepository({
      pools: { ...store.pools, reader },
      ports: store.ports,
      baseUrl: 'http://localhost/fhir',
    }),
  );
  await reader`select pg_stat_force_next_flush()`;
  await reader.end();
  const after = await counts();
  const names = [...after]
    .filter(([name, scans]) => scans !== before.get(name))
    .map(([name]) => Number(name.split('_')[1]));
  return [...new Set(names)].sort();
}

const search =
  (patient: string, query: Record<string, string> = {}) =>
  (repository: Repository) =>
    repository.search(
      ours,
      'Observation',
      new URLSearchParams({ patient: `Patient/${patient}`, ...query }),
      strict,
    );

const QUERIES: [name: string, query: Record<string, string>][] = [
  ['all results', {}],
  [
    'one code since a date, newest first',
    { code: 'http://loinc.org|718-7', date: 'ge2020-01-01', _sort: '-date', _count: '20' },
  ],
  ['with its Patient', { _include: 'Observation:subject' }],
];

describe('a chart that was never linked', () => {
  for (const [name, query] of QUERIES)
    test(`is searched at one placement: ${name}`, async () => {
      await touches(search(alone.patient, query), [alone.place]);
    });

  test('is given whole from one placement', async () => {
    const everything = (repository: Repository) =>
      repository.everything(ours, 'Patient', alone.patient, new URLSearchParams());
    await touches(everything, [alone.place]);
  });

  test('is read, with its versions, from one placement', async () => {
    await touches((repository) => repository.read(ours, 'Observation', alone.observation), [alone.place]);
    await touches(
      (repository) => repository.vread(ours, 'Observation', alone.observation, '1'),
      [alone.place],
    );
  });
});

describe('a chart that was linked', () => {
  test('is searched at exactly its placements, through either Patient', async () => {
    const places = linked.map(({ place }) => place).sort();
    for (const { patient } of linked)
      for (const [, query] of QUERIES) await touches(search(patient, query), places);
  });

  test('is given whole from exactly its placements', async () => {
    const places = linked.map(({ place }) => place).sort();
    const everything = (repository: Repository) =>
      repository.everything(ours, 'Patient', linked[0].patient, new URLSearchParams());
    await touches(everything, places);
  });

  test('shows the results of both', async () => {
    const page = await search(linked[0].patient)(store.repository);
    const ids = page.entries.map(({ text }) => (JSON.parse(text!) as { id: string }).id);
    assert.deepEqual(new Set(ids), new Set(linked.map(({ observation }) => observation)));
  });
});
