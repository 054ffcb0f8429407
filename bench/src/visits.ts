/**
 * How many whole visits a second go in, from a hospital's HTTP request to the durable commit: parsed, validated,
 * person found, policy decided, stored with history, search terms, identifiers, feed and access log. Measured as a server
 * runs after its first minutes: its code compiled, its tables known to the planner.
 * Reference, in the same minute on the same database: a plain insert of the same resources' bytes into a table with
 * a primary key and a chart index, 4 connections, 25 rows a commit.
 *
 *   npm run bench -- [--visits 4000] [--connections 16] [--workers N] [--rounds 3] [--warm 3000]
 */
import { randomUUID } from 'node:crypto';
import { parseArgs } from 'node:util';
import type { Visit } from '@yba/demonstration';
import type { Sql } from '@yba/postgres';
import { newVisits, VISIT_SIZE } from './load/new-visits.ts';
import { benchPlatform, machine } from './load/platform.ts';
import { httpRequest, percentiles, sendAll } from './load/send.ts';

const { values: options } = parseArgs({
  options: {
    visits: { type: 'string', default: '4000' },
    connections: { type: 'string', default: '16' },
    workers: { type: 'string' },
    rounds: { type: 'string', default: '3' },
    warm: { type: 'string', default: '3000' },
  },
});

const platform = await benchPlatform(options.workers);
const say = (line: string) => process.stdout.write(`${line}\n`);
try {
  const rounds = Number(options.rounds);
  const warm = Number(options.warm);
  const facilities = new Set(platform.demo.clients.map(({ facility }) => facility));
  const visits = newVisits(Number(options.visits) + warm, facilities);
  await sendAll(platform.url, await queuesOf(visits.splice(0, warm)), (status) => status === 200);
  await platform.sql`analyze`; // as PostgreSQL does by itself within a minute
  const bytes = resourcesOf(visits).reduce((sum, { text }) => sum + Buffer.byteLength(text), 0);
  say(`machine     ${machine()}`);
  say(
    `dataset     ${visits.length} visits of ${VISIT_SIZE.from} to ${VISIT_SIZE.to} resources, ${resourcesOf(visits).length} in all, ${(bytes / 1e6).toFixed(1)} MB of JSON, in ${rounds} rounds`,
  );
  for (let round = 0; round < rounds; round++) {
    const part = visits.filter((_, n) => n % rounds === round);
    await measure(part, round);
  }
  say(`memory      ${platform.peakMb().toFixed(0)} MB at most, all processes of the server`);
} finally {
  await platform.stop();
}

async function measure(visits: readonly Visit[], round: number): Promise<void> {
  const resources = resourcesOf(visits);
  const queues = await queuesOf(visits);
  const before = platform.cpuMs();
  const { seconds, latenciesMs } = await sendAll(platform.url, queues, (status) => status === 200);
  const after = platform.cpuMs();
  const plain = await insertPlain(platform.sql, resources, round);
  const rate = resources.length / seconds;
  const perVisit = (part: keyof typeof after) => ((after[part] - before[part]) / visits.length).toFixed(2);
  say(
    `whole path  ${(visits.length / seconds).toFixed(0)} visits/s, ${rate.toFixed(0)} resources/s, ${options.connections} connections, ${percentiles(latenciesMs)}`,
  );
  say(
    `processor   ${perVisit('server')} ms a visit in the server, ${perVisit('database')} in the database, ${perVisit('client')} in the client`,
  );
  say(
    `plain       ${plain.toFixed(0)} rows/s inserted; ratio ${((100 * rate) / plain).toFixed(1)} % of the plain insert`,
  );
}

async function queuesOf(visits: readonly Visit[]): Promise<Buffer[][]> {
  const tokens = new Map<string, string>();
  for (const { facility } of visits)
    if (!tokens.has(facility)) tokens.set(facility, await platform.token(facility));
  const queues = Array.from({ length: Number(options.connections) }, (): Buffer[] => []);
  for (const { facility, bundle, person } of visits)
    queues[person % queues.length]!.push(
      httpRequest('/fhir', tokens.get(facility)!, JSON.stringify(bundle), ['Prefer: handling=lenient']),
    );
  return queues;
}

function resourcesOf(visits: readonly Visit[]): { type: string; text: string }[] {
  return visits.flatMap(({ bundle }) =>
    (bundle['entry'] as { resource: { resourceType: string } }[]).map(({ resource }) => ({
      type: resource.resourceType,
      text: JSON.stringify(resource),
    })),
  );
}

/** Rows a second of a plain insert of the same bytes. */
async function insertPlain(
  sql: Sql,
  resources: readonly { type: string; text: string }[],
  round: number,
): Promise<number> {
  const table = sql(`plain_${round}`);
  await sql`create table ${table} (id uuid primary key, person uuid not null, type text not null, occurred timestamptz not null, body text not null)`;
  await sql`create index on ${table} (person, type, occurred desc, id)`;
  const rows = resources.map(({ type, text }) => ({
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
      for (let n = connection; n < batches.length; n += 4)
        await sql`insert into ${table} ${sql(batches[n]!)}`;
    }),
  );
  return rows.length / ((performance.now() - from) / 1000);
}
