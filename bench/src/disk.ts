/**
 * How many bytes a Synthea resource takes on disk, all indexes, identifiers, feed and access log in, and how many
 * bytes of write-ahead log it costs. The 25 public Bundles are written as transactions through the whole write path,
 * once for each of several facilities, since a few thousand resources alone would mostly fill first pages.
 * No Synthea text is in the frames' dictionary. Reference, on the same database: the same texts in a table with a
 * primary key and a chart index.
 *
 *   npm run bench -- disk [--facilities 6]
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createAudit } from '@yba/audit';
import { recordLinks, resolvePersons } from '@yba/client-registry';
import { syntheaBundles } from '@yba/fhir/testing';
import type { Resource } from '@yba/fhir';
import { connect, migrate, startEmbedded } from '@yba/postgres';
import type { Sql } from '@yba/postgres';
import { createRepository, facilityCode, facilityNumber } from '@yba/repository';
import type { Pools, Ports, Repository } from '@yba/repository';
import { contextOf } from '@yba/repository/testing';

const { values: options } = parseArgs({ options: { facilities: { type: 'string', default: '6' } } });

const dataDir = mkdtempSync(join(tmpdir(), 'yba-bench-'));
const database = await startEmbedded({ dataDir });
const owner = connect(database.url, { max: 4 });
const pools: Pools = {
  owner,
  lookup: connect(database.url, { lookups: true, max: 2 }),
  reader: connect(database.url, { role: 'yba_reader', max: 2 }),
  writer: connect(database.url, { role: 'yba_writer', max: 8 }),
};
const say = (line: string) => process.stdout.write(`${line}\n`);
try {
  await migrate(owner);
  const repository = await repositoryWithLog(pools);
  await owner`checkpoint`;
  const before = await state(owner);
  const texts: string[] = [];
  for (let n = 0; n < Number(options.facilities); n++) {
    const facility = facilityCode(facilityNumber('01001') + n);
    for (const bundle of syntheaBundles()) {
      const resources = (bundle['entry'] as { resource: Resource }[]).map(({ resource }) =>
        JSON.stringify(resource),
      );
      texts.push(...resources);
      await repository.transaction(contextOf(facility), bundle, {
        handling: 'lenient',
        bodyHash: `${facility} ${texts.length}`,
      });
    }
  }
  await owner`vacuum`; // what waits for the inverted index goes into it, as it does by itself in a while
  await owner`checkpoint`;
  const after = await state(owner);
  const rawBytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  const each = (bytes: number) => (bytes / texts.length).toFixed(0);
  say(`dataset     ${texts.length} Synthea resources, ${each(rawBytes)} bytes of JSON each`);
  say(`disk        ${each(after.size - before.size)} bytes a resource, all in`);
  for (const { part, bytes } of await parts(owner)) say(`  ${part.padEnd(26)}${each(bytes)}`);
  say(
    `log         ${each(after.written - before.written)} bytes of write-ahead log a resource, ${((after.written - before.written) / rawBytes).toFixed(2)} times the JSON`,
  );
  say(
    `reference   ${each(await plainBytes(owner, texts))} bytes a resource in a plain table with two indexes`,
  );
} finally {
  await Promise.all(Object.values(pools).map((pool) => pool.end()));
  await database.stop();
  rmSync(dataDir, { recursive: true, force: true });
}

/** The store with the true ports of persons and access log; every facility writes its own. */
async function repositoryWithLog(all: Pools): Promise<Repository> {
  const patient = (id: string) => repository.patient(id);
  const audit = await createAudit({
    baseUrl: 'http://localhost',
    owner: all.owner,
    writer: all.writer,
    ports: { patient, explain: (looks) => Promise.resolve(looks.map(() => undefined)) },
  });
  const ports: Ports = {
    decide: ({ caller }) =>
      Promise.resolve({
        patients: [],
        self: false,
        ...(caller.facility ? { facility: caller.facility } : {}),
      }),
    persons: { resolve: resolvePersons, linked: recordLinks },
    audit: audit.ports,
  };
  const repository = createRepository({ pools: all, ports, baseUrl: 'http://localhost/fhir' });
  return repository;
}

async function state(sql: Sql): Promise<{ size: number; written: number }> {
  const [row] = await sql<{ size: number; written: number }[]>`
    select pg_database_size(current_database()) as size, pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::int8 as written`;
  return row!;
}

/** The largest parts: tables by their rows, and indexes of the current rows. */
async function parts(sql: Sql): Promise<{ part: string; bytes: number }[]> {
  return sql<{ part: string; bytes: number }[]>`
    select part, sum(bytes)::int8 as bytes from (
      select regexp_replace(relname, '_([0-9]+|other)$', '') || ' rows' as part, pg_table_size(relid) as bytes from pg_stat_user_tables
      union all
      select regexp_replace(relname, '_([0-9]+|other)$', '') || ' indexes', pg_indexes_size(relid) from pg_stat_user_tables
    ) as every group by part having sum(bytes) > 200000 order by bytes desc`;
}

async function plainBytes(sql: Sql, texts: readonly string[]): Promise<number> {
  await sql`create table plain (id uuid primary key default gen_random_uuid(), person uuid not null default gen_random_uuid(), type text not null, occurred timestamptz not null default now(), body text not null)`;
  await sql`create index on plain (person, type, occurred desc, id)`;
  for (let n = 0; n < texts.length; n += 1000)
    await sql`insert into plain (type, body) select 'Observation', body from unnest(${texts.slice(n, n + 1000)}::text[]) as body`;
  const [row] = await sql<{ bytes: number }[]>`select pg_total_relation_size('plain') as bytes`;
  return row!.bytes;
}
