import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import { connect, onDatabase } from '../connect.ts';
import { copyIn } from '../copy-in.ts';
import { migrate, migrations } from '../migrate.ts';
import { sharedCluster } from './shared-cluster.ts';
import type { TestDatabase } from './test-database.ts';

/**
 * What the previous release answered on its own database, as digests: current texts by reference with their version,
 * texts of each version newest first, searches by facility and query, the feed.
 */
export type Before = {
  reads: Record<string, [version: number, digest: string]>;
  histories: Record<string, string[]>;
  searches: Record<string, [count: number, digest: string]>;
  feed: [count: number, digest: string];
};

const FILE = join(import.meta.dirname, 'release-0010.br');
/** The last migration of the previous release. */
const LAST = '0010';

/**
 * A database as the previous release left it: its schema (migrations to 0010), and the rows of four invented persons
 * that its own server wrote, with versions, deletions, ids of clients' own, a labelled row and a repeatable submission.
 */
export async function previousRelease(): Promise<TestDatabase & { before: Before }> {
  const server = process.env['YBA_TEST_PG'] ?? (await sharedCluster());
  const name = `yba_test_${process.pid}_${randomBytes(4).toString('hex')}`;
  const admin = connect(onDatabase(server, 'postgres'), { max: 1 });
  await admin.unsafe(`create database ${name}`);
  const sql = connect(onDatabase(server, name), { max: 1 });
  await migrate(
    sql,
    migrations().filter(({ name: file }) => file.slice(0, 4) <= LAST),
  );
  const [first = '', ...tables] = brotliDecompressSync(readFileSync(FILE))
    .toString()
    .split(/\n=(?=\w+ \()/);
  for (const table of tables) {
    const end = table.indexOf('\n');
    await copyIn(
      sql,
      `copy ${table.slice(0, end)} from stdin`,
      Buffer.from(`${table.slice(end + 1).trimEnd()}\n`),
    );
  }
  // its transactions are over here too
  await sql`update feed set xid = numbered.xid from (
    select position, ((dense_rank() over (order by f.xid)) + 2)::text::xid8 as xid from feed f) as numbered where feed.position = numbered.position`;
  await sql`update feed_cursor set xid = '0'::xid8, position = 0`;
  await sql.end();
  return {
    url: onDatabase(server, name),
    before: (JSON.parse(first) as { before: Before }).before,
    async drop() {
      await admin.unsafe(`drop database if exists ${name} with (force)`);
      await admin.end();
    },
  };
}
