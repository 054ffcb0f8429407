import { createHash, randomBytes } from 'node:crypto';
import { connect, onDatabase } from '../connect.ts';
import type { Sql } from '../connect.ts';
import { migrate, migrationsChecksum } from '../migrate.ts';
import { sharedCluster } from './shared-cluster.ts';

/** A database of one test file: migrated, empty unless it was prepared, its own. */
export type TestDatabase = { url: string; drop(): Promise<void> };

/** What a database holds before its test begins: made once, then copied for each who asks for the same. */
export type Prepared = {
  /** Changes whenever what `fill` writes would. */
  key: string;
  /** Writes it into the migrated database at this URL, leaving no connection open; answers what is to be known of it. */
  fill(url: string): Promise<string>;
};

/**
 * A fresh migrated database, its files copied from a template that is made once for each state of the
 * migrations and of what is prepared; `note` is what `fill` answered then. It lies on the server that YBA_TEST_PG names (`npm test` starts one), else on one that
 * is started in the temporary folder, shared by all test files, and ends when nobody used it for a while.
 */
export async function testDatabase(prepared?: Prepared): Promise<TestDatabase & { note: string }> {
  const server = process.env['YBA_TEST_PG'] ?? (await sharedCluster());
  const name = `yba_test_${process.pid}_${randomBytes(4).toString('hex')}`;
  const template = prepared ? await filledTemplate(server, prepared) : await migratedTemplate(server);
  await asAdmin(server, (admin) => copyDatabase(admin, template.name, name));
  return {
    url: onDatabase(server, name),
    note: template.note,
    drop: () =>
      asAdmin(
        server,
        async (admin) => void (await admin.unsafe(`drop database if exists ${name} with (force)`)),
      ),
  };
}

type Template = { name: string; note: string };

const copyDatabase = (admin: Sql, from: string, to: string) =>
  admin.unsafe(`create database ${to} template ${from} strategy file_copy`);

function migratedTemplate(server: string): Promise<Template> {
  return templateOf(server, 'yba_template_', migrationsChecksum(), async (admin, name) => {
    await admin.unsafe(`create database ${name}`);
    const sql = connect(onDatabase(server, name), { max: 1 });
    try {
      await migrate(sql);
    } finally {
      await sql.end();
    }
    return '';
  });
}

async function filledTemplate(server: string, { key, fill }: Prepared): Promise<Template> {
  const { name: migrated } = await migratedTemplate(server);
  return templateOf(server, 'yba_prepared_', `${migrated} ${key}`, async (admin, name) => {
    await copyDatabase(admin, migrated, name);
    return fill(onDatabase(server, name));
  });
}

/** The template of a key; one asks for it at a time, so that it is made once. */
function templateOf(
  server: string,
  prefix: 'yba_template_' | 'yba_prepared_',
  key: string,
  make: (admin: Sql, name: string) => Promise<string>,
): Promise<Template> {
  const digest = createHash('sha256').update(key).digest();
  const name = `${prefix}${digest.toString('hex', 0, 8)}`;
  return asAdmin(server, async (admin) => {
    const known = await complete(admin, name);
    if (known) return known;
    await admin`select pg_advisory_lock(${LOCK}, ${digest.readInt32BE()})`;
    return (await complete(admin, name)) ?? (await makeTemplate(admin, name, make));
  });
}

const LOCK = 7_942_002;

/** It is marked as a template when it is whole; one without the mark is left over from a crash. Its note is its comment. */
async function complete(admin: Sql, name: string): Promise<Template | undefined> {
  const [row] = await admin<{ note: string | null }[]>`
    select shobj_description(oid, 'pg_database') as note from pg_database where datname = ${name} and datistemplate`;
  return row && { name, note: row.note ?? '' };
}

async function makeTemplate(
  admin: Sql,
  name: string,
  make: (admin: Sql, name: string) => Promise<string>,
): Promise<Template> {
  await admin.unsafe(`drop database if exists ${name} with (force)`);
  const note = await make(admin, name);
  await admin.unsafe(`comment on database ${name} is '${note.replaceAll("'", "''")}'`);
  await admin.unsafe(`alter database ${name} is_template true`);
  return { name, note };
}

/** One connection, so that a lock taken is a lock held until it ends. */
async function asAdmin<T>(server: string, work: (admin: Sql) => Promise<T>): Promise<T> {
  const admin = connect(onDatabase(server, 'postgres'), { max: 1 });
  try {
    return await work(admin);
  } finally {
    await admin.end();
  }
}
