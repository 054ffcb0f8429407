// How PostgreSQL carries out each shape of search: as the reader, under row-level security, on tables of some size.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import type { Resource } from '@yba/fhir';
import type { Reach } from '../ports.ts';
import { termHash } from '../rows/term-hash.ts';
import { contextOf, testRepository } from '../testing.ts';
import type { TestRepository } from '../testing.ts';
import { explainSearch } from './testing/explain.ts';
import type { PlanNode } from './testing/explain.ts';

const A = contextOf('01013');
const reach: Reach = { facility: '01013', patients: [], self: false };
const golden = new URL('./testing/search-sql.golden', import.meta.url);
let store: TestRepository;

before(async () => {
  store = await testRepository();
  await fill();
});
after(() => store.close());

const MRN = 'https://yba.vn/fhir/sid/mrn/01013';

/** A chart written as usual, then its rows repeated for thousands of persons. */
async function fill(): Promise<void> {
  const patient = { reference: 'Patient/p' };
  const resources: Resource[] = [
    {
      resourceType: 'Patient',
      id: 'p',
      identifier: [{ system: MRN, value: '1' }],
      name: [{ text: 'Nguyễn Lan' }], // everybody is called Nguyễn, only this one Lan
    },
    {
      resourceType: 'Encounter',
      id: 'e',
      status: 'finished',
      class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'AMB' },
      subject: patient,
      period: { start: '2024-01-01', end: '2024-01-09' },
    },
    ...Array.from({ length: 6 }, (_, n) => ({
      resourceType: 'Observation',
      id: `o${n}`,
      status: 'final',
      code: { coding: [{ system: 'http://loinc.org', code: `c${n}` }] },
      subject: patient,
      encounter: { reference: 'Encounter/e' },
      effectiveDateTime: `2024-0${n + 1}-01T08:00:00+07:00`,
    })),
  ];
  const entry = resources.map((resource) => ({
    resource,
    request: { method: 'PUT', url: `${resource.resourceType}/${resource.id}` },
  }));
  await store.repository.transaction(
    A,
    { resourceType: 'Bundle', type: 'transaction', entry },
    { handling: 'strict' },
  );
  const { owner } = store.pools;
  await owner.unsafe(`
    insert into resource (person, id, patient, frame, updated, occurred, at, len, version, facility, type, extractor, label, deleted, client_id, indexed, terms)
    select other.person, gen_random_uuid(), other.person, frame, updated, occurred - n * interval '1 hour', at, len, version, facility + n % 40, type, extractor, label, false, null, indexed,
      array(select case when type in (select type from resource where client_id = 'p') and term <> ${termHash('name^nguyen')} then term + n else term end
        from unnest(terms) as term)
    from resource r cross join generate_series(1, 3000) as n
      cross join lateral (select md5(n::text)::uuid as person) as other`);
  await owner.unsafe(`
    insert into frame (person, id, patient, facility, label, body)
    select md5(n::text)::uuid, gen_random_uuid(), md5(n::text)::uuid, facility, label, body
    from frame cross join generate_series(1, 3000) as n`);
  await owner.unsafe('vacuum (analyze) resource');
  await owner.unsafe('vacuum (analyze) frame');
}

type Shape = {
  name: string;
  query: string;
  reach?: Reach;
  /** Indexes of patients' rows that the plan reads. */
  indexes: readonly string[];
  /** Partitions of patients' rows that are looked into. */
  partitions: number;
};

const CHART = 'resource_chart';
const WIDE_CHART = 'resource_wide_chart';
const FACILITY = 'resource_facility';
const WIDE_FACILITY = 'resource_wide_facility';
const TERMS = 'resource_indexed';
const KEY = 'resource_pkey';

const shapes: readonly Shape[] = [
  {
    name: 'patient and code, newest first',
    query: 'Observation?patient=Patient/p&code=http://loinc.org|c1&_sort=-date',
    indexes: [CHART],
    partitions: 1,
  },
  {
    name: 'patient, code and date',
    query: 'Observation?patient=Patient/p&code=c1&date=ge2024-02&_sort=-date',
    indexes: [CHART, WIDE_CHART],
    partitions: 1,
  },
  {
    name: 'patient and a day',
    query: 'Observation?patient=Patient/p&date=2024-02-01',
    indexes: [CHART],
    partitions: 1,
  },
  {
    name: 'patient, oldest first',
    query: 'Observation?patient=Patient/p&_sort=date',
    indexes: [CHART],
    partitions: 1,
  },
  {
    name: 'patient, by change',
    query: 'Observation?patient=Patient/p&_sort=-_lastUpdated&_lastUpdated=gt2024',
    indexes: [CHART],
    partitions: 1,
  },
  {
    name: 'several types of a patient, newest first',
    query: '?_type=Observation,Encounter&patient=Patient/p&_sort=-date',
    indexes: [CHART],
    partitions: 1,
  },
  {
    name: 'several types of a patient by date',
    query: '?_type=Observation,Encounter&patient=Patient/p&date=ge2024-02',
    indexes: [CHART, WIDE_CHART],
    partitions: 1,
  },
  {
    name: 'several types by identifier',
    query: `?_type=Patient,Encounter&identifier=${MRN}|1`,
    indexes: [TERMS],
    partitions: 8,
  },
  { name: 'identifier', query: `Patient?identifier=${MRN}|1`, indexes: [TERMS], partitions: 8 },
  { name: 'name', query: 'Patient?name=lan', indexes: [TERMS], partitions: 8 },
  { name: 'a name that many have', query: 'Patient?name=nguyen', indexes: [FACILITY], partitions: 8 },
  {
    name: 'a name that many have, and another',
    query: 'Patient?name=nguyen&name=lan',
    indexes: [TERMS],
    partitions: 8,
  },
  { name: 'encounter', query: 'Observation?encounter=Encounter/e&code=c1', indexes: [TERMS], partitions: 8 },
  { name: 'facility, newest first', query: 'Encounter?_sort=-date', indexes: [FACILITY], partitions: 8 },
  {
    name: 'facility and date',
    query: 'Encounter?date=ge2023-12&date=lt2024',
    indexes: [FACILITY, WIDE_FACILITY],
    partitions: 8,
  },
  { name: 'id', query: 'Observation?_id=o1', indexes: [KEY], partitions: 8 },
  {
    name: 'chain by identifier',
    query: `Observation?patient.identifier=${MRN}|1&code=c1`,
    indexes: [CHART],
    partitions: 1,
  },
  {
    name: '_has by identifier',
    query: `Patient?identifier=${MRN}|1&_has:Observation:patient:code=c1`,
    indexes: [TERMS],
    partitions: 8,
  },
  { name: 'registry by name', query: 'Organization?name=bach', indexes: [], partitions: 0 },
];

/** The index of the whole table that a partition's index belongs to. */
async function indexParents(): Promise<Map<string, string>> {
  const rows = await store.pools.owner<{ child: string; parent: string }[]>`
    select child.relname as child, parent.relname as parent
    from pg_inherits join pg_class child on child.oid = inhrelid join pg_class parent on parent.oid = inhparent
    where parent.relname like 'resource%' and child.relkind = 'i'`;
  return new Map(rows.map(({ child, parent }) => [child, parent]));
}

const isRun = (node: PlanNode) => node['Actual Loops'] !== 0;

test('every shape of search reads the index meant for it and no table as a whole', async () => {
  const parents = await indexParents();
  for (const { name, query, indexes, partitions } of shapes) {
    const [type, rest] = query.split('?');
    const { nodes } = await explainSearch(store.pools, reach, type || undefined, rest!);
    const run = nodes.filter(isRun);
    const scans = run.filter(
      (node) => node['Node Type'] === 'Seq Scan' && /^(resource|frame)_/.test(node['Relation Name'] ?? ''),
    );
    assert.deepEqual(scans, [], `${name} reads a whole table`);
    const read = new Set(run.flatMap((node) => parents.get(node['Index Name'] ?? '') ?? []));
    assert.deepEqual([...read].sort(), [...indexes].sort(), name);
    const touched = new Set(
      run.flatMap((node) => /^resource_(\d)_/.exec(node['Index Name'] ?? '')?.[1] ?? []),
    );
    assert.equal(touched.size, partitions, `${name} looks into partitions ${[...touched].join()}`);
  }
});

test('a chart opened by another facility is found in its one partition', async () => {
  const link = await store.repository.patient('p');
  const opened: Reach = { facility: '27001', patients: [link!.patient], self: false };
  const { nodes } = await explainSearch(store.pools, opened, 'Observation', 'patient=Patient/p&code=c1');
  const touched = new Set(
    nodes.filter(isRun).flatMap((node) => /^resource_(\d)_/.exec(node['Index Name'] ?? '')?.[1] ?? []),
  );
  assert.equal(touched.size, 1);
});

/** To be written anew by YBA_UPDATE_GOLDEN=1, and read before it is committed. */
test('the SQL of every shape is what was reviewed', async () => {
  const texts: string[] = [];
  for (const { name, query } of shapes) {
    const [type, rest] = query.split('?');
    const { sql } = await explainSearch(store.pools, reach, type || undefined, rest!);
    texts.push(`-- ${name}: ${query}\n${sql}\n`);
  }
  const made = texts.join('\n');
  if (process.env['YBA_UPDATE_GOLDEN'] === '1' || !existsSync(golden)) writeFileSync(golden, made);
  assert.equal(made, readFileSync(golden, 'utf8'));
});
