/**
 * How many whole visits a second go in, from a hospital's HTTP request to the durable commit: parsed, validated,
 * person found, policy decided, stored with history, search terms, identifiers, feed and access log.
 * Reference, in the same minute on the same database: a plain insert of the same resources' bytes into a table with
 * a primary key and a chart index, 4 connections, 25 rows a commit.
 *
 *   npm run bench -- [--visits 2000] [--connections 8]
 */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { nation } from '@yba/demonstration';
import type { Visit } from '@yba/demonstration';
import { connect, startEmbedded } from '@yba/postgres';
import type { Sql } from '@yba/postgres';
import { hospital, serverProcess } from '@yba/server/testing';
import type { DemoFile, Hospital } from '@yba/server/testing';

const { values: options } = parseArgs({
  options: { visits: { type: 'string', default: '2000' }, connections: { type: 'string', default: '8' } },
});

type Measured = { seconds: number; visits: number; resources: number };

const dataDir = mkdtempSync(join(tmpdir(), 'yba-bench-'));
const database = await startEmbedded({ dataDir });
process.env['DATABASE_URL'] = database.url;
const server = await serverProcess([
  '--data',
  dataDir,
  '--port',
  '0',
  '--demo',
  '--persons',
  '1',
  '--log',
  'error',
]);
try {
  const visits = newVisits(Number(options.visits));
  const demo = JSON.parse(readFileSync(join(dataDir, 'demo.json'), 'utf8')) as DemoFile;
  const whole = await sendVisits(server.url, demo, visits, Number(options.connections));
  const sql = connect(database.url, { max: 4 });
  const plain = await insertPlain(sql, visits);
  await sql.end();
  report(visits, whole, plain);
} finally {
  server.child.kill('SIGTERM');
  await database.stop();
  rmSync(dataDir, { recursive: true, force: true });
}

/** Visits of a nation the server has not seen, the persons' own order kept. */
function newVisits(count: number): Visit[] {
  const visits: Visit[] = [];
  for (const visit of nation({ persons: count, seed: 4711, now: Date.now() }).visits(40)) {
    visits.push(visit);
    if (visits.length === count) break;
  }
  return visits;
}

async function sendVisits(
  url: string,
  demo: DemoFile,
  visits: readonly Visit[],
  connections: number,
): Promise<Measured> {
  const hospitals = new Map<string, Hospital>(
    demo.clients.map((client) => [client.facility, hospital(url, client)]),
  );
  const sent = visits.filter(({ facility }) => hospitals.has(facility));
  const queues = Array.from({ length: connections }, () => [] as Visit[]);
  for (const visit of sent) queues[visit.person % connections]!.push(visit);
  await Promise.all([...hospitals.values()].map((each) => each.send('GET', '/metadata')));
  const from = performance.now();
  await Promise.all(
    queues.map(async (queue) => {
      for (const { facility, bundle } of queue) {
        const { status, body } = await hospitals
          .get(facility)!
          .send('POST', '', bundle, { prefer: 'handling=lenient' });
        if (status !== 200) throw new Error(`a visit was refused: ${status} ${JSON.stringify(body)}`);
      }
    }),
  );
  return {
    seconds: (performance.now() - from) / 1000,
    visits: sent.length,
    resources: resourcesOf(sent).length,
  };
}

function resourcesOf(visits: readonly Visit[]): { type: string; text: string }[] {
  return visits.flatMap(({ bundle }) =>
    (bundle['entry'] as { resource: { resourceType: string } }[]).map(({ resource }) => ({
      type: resource.resourceType,
      text: JSON.stringify(resource),
    })),
  );
}

async function insertPlain(sql: Sql, visits: readonly Visit[]): Promise<Measured> {
  await sql`create table plain (id uuid primary key, person uuid not null, type text not null, occurred timestamptz not null, body text not null)`;
  await sql`create index plain_chart on plain (person, type, occurred desc, id)`;
  const rows = resourcesOf(visits).map(({ type, text }) => ({
    id: randomUUID(),
    person: randomUUID(),
    type,
    occurred: new Date(),
    body: text,
  }));
  const batches = Array.from({ length: Math.ceil(rows.length / 25) }, (_, n) =>
    rows.slice(n * 25, n * 25 + 25),
  );
  const from = performance.now();
  await Promise.all(
    Array.from({ length: 4 }, async (_, connection) => {
      for (let n = connection; n < batches.length; n += 4) await sql`insert into plain ${sql(batches[n]!)}`;
    }),
  );
  return { seconds: (performance.now() - from) / 1000, visits: visits.length, resources: rows.length };
}

function report(visits: readonly Visit[], whole: Measured, plain: Measured): void {
  const bytes = resourcesOf(visits).reduce((sum, { text }) => sum + Buffer.byteLength(text), 0);
  const rate = ({ resources, seconds }: Measured) => resources / seconds;
  const lines = [
    `machine     ${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, Node ${process.version}; client, server and database on it together`,
    `dataset     ${whole.visits} visits, ${whole.resources} resources, ${(bytes / 1e6).toFixed(1)} MB of JSON`,
    `whole path  ${(whole.visits / whole.seconds).toFixed(0)} visits/s, ${rate(whole).toFixed(0)} resources/s, ${options.connections} connections`,
    `plain       ${rate(plain).toFixed(0)} rows/s inserted, 4 connections × 25 rows a commit`,
    `ratio       ${((100 * rate(whole)) / rate(plain)).toFixed(1)} % of the plain insert`,
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}
