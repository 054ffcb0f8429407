/**
 * What the access log costs, and the Merkle tree over it: the same reads by id, the same charts (the first page of each
 * of six types) and the same whole visits on one repository, its log switched off, on, and on with the tree built and signed beside. The three take turns on one
 * database, round after round, so that whatever else runs on the machine touches all of them alike.
 * No HTTP: the ratio over HTTP is smaller, as the rest of a request is added to all three.
 *
 *   npm run bench -- audit [--rounds 12] [--reads 4000] [--charts 100] [--visits 60]
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createAudit, runSequencer } from '@yba/audit';
import { recordLinks, resolvePersons } from '@yba/client-registry';
import { syntheaBundles } from '@yba/fhir/testing';
import type { Resource } from '@yba/fhir';
import { connect, migrate, startEmbedded } from '@yba/postgres';
import { createRepository, type Pools, type Ports, type Repository } from '@yba/repository';
import { contextOf } from '@yba/repository/testing';
import { machine } from './load/platform.ts';
import { cpuMsOf } from './load/processor-time.ts';

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '12' },
    reads: { type: 'string', default: '4000' },
    charts: { type: 'string', default: '100' },
    visits: { type: 'string', default: '60' },
  },
});
const CONNECTIONS = 64;
const CHART = [
  'Condition',
  'AllergyIntolerance',
  'MedicationRequest',
  'Observation',
  'Encounter',
  'DiagnosticReport',
];
const FACILITY = '01001';
const MODES = ['no log', 'log', 'log + tree'] as const;
type Mode = (typeof MODES)[number];
type Figure = { wallMs: number; cpuMs: number; count: number };

const dataDir = mkdtempSync(join(tmpdir(), 'yba-bench-'));
const database = await startEmbedded({ dataDir });
const owner = connect(database.url, { max: 4 });
const log = connect(database.url, { role: 'yba_writer', max: 2 });
const sequencer = connect(database.url, { role: 'yba_sequencer', max: 1 });
const pools: Pools = {
  owner,
  reader: connect(database.url, { role: 'yba_reader', max: 12 }),
  lookup: connect(database.url, { lookups: true, max: 2 }),
  writer: connect(database.url, { role: 'yba_writer', max: 8 }),
};
const say = (line: string) => process.stdout.write(`${line}\n`);

try {
  await migrate(owner);
  const audit = await createAudit({
    baseUrl: 'http://localhost',
    owner,
    writer: log,
    ports: { patient: async () => undefined, explain: async (looks) => looks.map(() => ({ basis: 'own' })) },
  });
  const nothing = { read: async () => {}, write: async () => {} };
  const withLog = repositoryWith(audit.ports);
  const stores: Record<Mode, Repository> = {
    'no log': repositoryWith(nothing),
    log: withLog,
    'log + tree': withLog,
  };
  const [backend] = await owner<{ postmaster: number }[]>`
    select split_part(pg_read_file('postmaster.pid'), chr(10), 1)::int as postmaster`;
  const cpuMs = () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000 + cpuMsOf(backend!.postmaster);
  };
  const ids = await load(stores['no log']);
  say(`dataset     ${ids.length} resources to read; Synthea Bundles as visits`);
  const patients = ids.flatMap(([type, id]) => (type === 'Patient' ? [id] : []));
  const reads = figures();
  const charts = figures();
  const visits = figures();
  for (let round = 0; round <= Number(options.rounds); round++) {
    for (const mode of round % 2 ? MODES : MODES.toReversed()) {
      const tree = mode === 'log + tree' ? startTree() : undefined;
      const read = await measure(cpuMs, () => readAll(stores[mode], ids), tree);
      const chart = await measure(cpuMs, () => readCharts(stores[mode], patients), tree);
      const fresh = freshVisits();
      const visit = await measure(cpuMs, () => sendAll(stores[mode], fresh, `${mode} ${round}`), tree);
      await tree?.stop();
      if (round === 0) continue; // warms plans and code
      add(reads[mode], read);
      add(charts[mode], chart);
      add(visits[mode], visit);
    }
  }
  table('reads by id', reads, 'reads');
  table('charts', charts, 'charts');
  table('whole visits', visits, 'resources');
  const [sizes] = await owner<{ rows: number; log: number; tree: number }[]>`
    select (select count(*) from access_log)::int as rows,
      (select sum(pg_total_relation_size(relid)) from pg_partition_tree('access_log'))::float8 as log,
      pg_total_relation_size('audit_tile')::float8 as tree`;
  say(`disk        ${Math.round(sizes!.log / sizes!.rows)} B a row of the log with its indexes`);
  say(`machine     ${machine()}`);
} finally {
  await Promise.all(
    [owner, log, sequencer, pools.lookup, pools.reader, pools.writer].map((pool) => pool.end()),
  );
  await database.stop();
  rmSync(dataDir, { recursive: true, force: true });
}

function repositoryWith(port: Ports['audit']): Repository {
  return createRepository({
    pools,
    baseUrl: 'http://localhost/fhir',
    ports: {
      decide: async () => ({ facility: FACILITY, patients: [], self: false }),
      persons: { resolve: resolvePersons, linked: recordLinks },
      audit: port,
    },
  });
}

function startTree() {
  return runSequencer({
    sql: sequencer,
    keyFolder: join(dataDir, 'audit'),
    witnessFolder: join(dataDir, 'audit', 'heads'),
    name: 'bench/audit',
    onError: (error) => say(String(error)),
  });
}

async function load(repository: Repository): Promise<[type: string, id: string][]> {
  for (const [n, bundle] of syntheaBundles().entries())
    await repository.transaction(contextOf(FACILITY), bundle, { handling: 'lenient', bodyHash: `load ${n}` });
  const rows = await owner<{ id: string }[]>`
    select distinct ids[n] as id from feed, generate_subscripts(ids, 1) as n limit 5000`;
  const types = ['Observation', 'Encounter', 'Condition', 'Procedure', 'Patient'];
  const found: [string, string][] = [];
  for (const type of types) {
    const page = await repository.search(contextOf(FACILITY), type, new URLSearchParams({ _count: '800' }), {
      handling: 'strict',
    });
    for (const { fullUrl } of page.entries) found.push([type, fullUrl.slice(fullUrl.lastIndexOf('/') + 1)]);
  }
  return rows.length > 0 ? found : [];
}

async function readAll(repository: Repository, ids: readonly [string, string][]): Promise<number> {
  const count = Number(options.reads);
  let next = 0;
  const reader = async () => {
    while (next < count) {
      const [type, id] = ids[next++ % ids.length]!;
      await repository.read(contextOf(FACILITY), type, id);
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, reader));
  return count;
}

/** Eight at once, as doctors would. */
async function readCharts(repository: Repository, patients: readonly string[]): Promise<number> {
  const count = Number(options.charts);
  let next = 0;
  const reader = async () => {
    while (next < count) {
      const query = new URLSearchParams({ patient: patients[next++ % patients.length]!, _count: '50' });
      const pages = CHART.map((type) =>
        repository.search(contextOf(FACILITY), type, query, { handling: 'strict' }),
      );
      await Promise.all(pages);
    }
  };
  await Promise.all(Array.from({ length: 8 }, reader));
  return count;
}

function entriesOf(bundle: Resource): object[] {
  return bundle['entry'] as object[];
}

/** The smaller ones of the Bundles, each read anew: what is written takes its resource over. */
function freshVisits(): Resource[] {
  return Array.from({ length: Number(options.visits) / 6 }, () =>
    syntheaBundles()
      .toSorted((one, other) => entriesOf(one).length - entriesOf(other).length)
      .slice(0, 6),
  ).flat();
}

async function sendAll(repository: Repository, visits: readonly Resource[], key: string): Promise<number> {
  let next = 0;
  let resources = 0;
  const sender = async () => {
    while (next < visits.length) {
      const n = next++;
      resources += entriesOf(visits[n]!).length;
      await repository.transaction(contextOf(FACILITY), visits[n]!, {
        handling: 'lenient',
        bodyHash: `${key} ${n}`,
      });
    }
  };
  await Promise.all(Array.from({ length: 8 }, sender));
  return resources;
}

/** The work, and, with a tree, everything it logged in the tree with a signed head at its end. */
async function measure(
  cpuMs: () => number,
  work: () => Promise<number>,
  tree: ReturnType<typeof startTree> | undefined,
): Promise<Figure> {
  const before = cpuMs();
  const started = performance.now();
  const count = await work();
  const wallMs = performance.now() - started;
  await tree?.seal();
  return { wallMs, cpuMs: cpuMs() - before, count };
}

function figures(): Record<Mode, Figure[]> {
  return { 'no log': [], log: [], 'log + tree': [] };
}

function add(list: Figure[], figure: Figure): void {
  list.push(figure);
}

function table(what: string, all: Record<Mode, Figure[]>, unit: string): void {
  const perUnit = (mode: Mode, of: 'wallMs' | 'cpuMs') =>
    median(all[mode].map((figure) => (1000 * figure[of]) / figure.count));
  const reference = { wall: perUnit('no log', 'wallMs'), cpu: perUnit('no log', 'cpuMs') };
  for (const mode of MODES) {
    const [wall, cpu] = [perUnit(mode, 'wallMs'), perUnit(mode, 'cpuMs')];
    say(
      `${what.padEnd(12)} ${mode.padEnd(11)} ${cpu.toFixed(1)} µs of processor a ${unit.replace(/s$/, '')} (+${percent(cpu, reference.cpu)}), ${(1e6 / wall).toFixed(0)} ${unit}/s (${percent(reference.wall, wall, true)} of the throughput without)`,
    );
  }
}

function percent(one: number, other: number, plain = false): string {
  return plain ? `${((100 * one) / other).toFixed(1)} %` : `${((100 * one) / other - 100).toFixed(1)} %`;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
