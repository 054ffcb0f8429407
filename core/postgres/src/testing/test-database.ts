import { randomBytes } from 'node:crypto';
import { connect, onDatabase } from '../connect.ts';
import type { Sql } from '../connect.ts';
import { migrate, migrationsChecksum } from '../migrate.ts';
import { sharedCluster } from './shared-cluster.ts';

/** A database of one test file: migrated, empty, its own. */
export type TestDatabase = { url: string; drop(): Promise<void> };

const LOCK = 7_942_002;

/**
 * A fresh migrated database, its files copied from a template that is migrated once for each state of the
 * migrations. It lies on the server that YBA_TEST_PG names (`npm test` starts one), else on one that
 * is started in the temporary folder, shared by all test files, and ends when nobody used it for a while.
 */
export async function testDatabase(): Promise<TestDatabase> {
  const server = process.env['YBA_TEST_PG'] ?? (await sharedCluster());
  const name = `yba_test_${process.pid}_${randomBytes(4).toString('hex')}`;
  await asAdmin(server, async (admin) => {
    const template = await ensureTemplate(admin, server);
    await admin.unsafe(`create database ${name} template ${template} strategy file_copy`);
  });
  return {
    url: onDatabase(server, name),
    drop: () =>
      asAdmin(
        server,
        async (admin) => void (await admin.unsafe(`drop database if exists ${name} with (force)`)),
      ),
  };
}

async function ensureTemplate(admin: Sql, server: string): Promise<string> {
  const template = `yba_template_${migrationsChecksum().slice(0, 16)}`;
  if (await complete(admin, template)) return template;
  await admin`select pg_advisory_lock(${LOCK})`;
  if (!(await complete(admin, template))) await makeTemplate(admin, server, template);
  await admin`select pg_advisory_unlock(${LOCK})`;
  return template;
}

/** It is marked as a template when its migrations are through; one without the mark is left over from a crash. */
async function complete(admin: Sql, template: string): Promise<boolean> {
  const rows = await admin`select 1 from pg_database where datname = ${template} and datistemplate`;
  return rows.length > 0;
}

async function makeTemplate(admin: Sql, server: string, template: string): Promise<void> {
  await admin.unsafe(`drop database if exists ${template} with (force)`);
  await admin.unsafe(`create database ${template}`);
  const sql = connect(onDatabase(server, template), { max: 1 });
  try {
    await migrate(sql);
  } finally {
    await sql.end();
  }
  await admin.unsafe(`alter database ${template} is_template true`);
}

/** One connection, so that a lock taken is a lock held. */
async function asAdmin<T>(server: string, work: (admin: Sql) => Promise<T>): Promise<T> {
  const admin = connect(onDatabase(server, 'postgres'), { max: 1 });
  try {
    return await work(admin);
  } finally {
    await admin.end();
  }
}
