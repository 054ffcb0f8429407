import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Sql } from './connect.ts';

const FOLDER = join(import.meta.dirname, '..', 'migrations');
/** Who changes the schema, or prepares that, holds this advisory lock. */
export const SCHEMA_LOCK = 7_942_001;

/** One file of the migrations folder. `checksum`: SHA-256 of its text. */
export type Migration = { name: string; text: string; checksum: string };

/** The migrations of a folder, in order; names are `NNNN-what.sql`. */
export function migrations(folder = FOLDER): Migration[] {
  return readdirSync(folder)
    .filter((name) => /^\d{4}-.*\.sql$/.test(name))
    .sort()
    .map((name) => {
      const text = readFileSync(join(folder, name), 'utf8');
      return { name, text, checksum: createHash('sha256').update(text).digest('hex') };
    });
}

/** One checksum over all migrations: changes when any of them does. */
export function migrationsChecksum(list = migrations()): string {
  const hash = createHash('sha256');
  for (const { name, checksum } of list) hash.update(`${name} ${checksum}\n`);
  return hash.digest('hex');
}

/**
 * Runs the migrations this database has not seen, each in a transaction of its own, and gives their
 * names. Several servers may call it at once: one works, the others wait. Throws when a migration
 * that already ran here was edited since, or is gone.
 */
export async function migrate(sql: Sql, list = migrations()): Promise<string[]> {
  await createList(sql);
  const ran: string[] = [];
  for (const migration of list) {
    if (await runOnce(sql, migration)) ran.push(migration.name);
  }
  await refuseUnknown(sql, list);
  return ran;
}

/** Under the lock: without it `if not exists` of two servers at once finds nothing twice, and one fails. */
async function createList(sql: Sql): Promise<void> {
  await sql.begin(async (tx) => {
    await tx`select pg_advisory_xact_lock(${SCHEMA_LOCK})`;
    await tx`
      create table if not exists schema_migration (
        name text primary key,
        checksum text not null,
        at timestamptz not null default now()
      )`;
  });
}

async function runOnce(sql: Sql, { name, text, checksum }: Migration): Promise<boolean> {
  return sql.begin(async (tx) => {
    await tx`select pg_advisory_xact_lock(${SCHEMA_LOCK})`;
    const [seen] = await tx<
      { checksum: string }[]
    >`select checksum from schema_migration where name = ${name}`;
    if (seen?.checksum === checksum) return false;
    if (seen) {
      throw new Error(
        `Migration ${name} was edited after it ran on this database. Put its old text back and write a new migration.`,
      );
    }
    await tx.unsafe(text).catch((cause: unknown) => {
      throw new Error(`Migration ${name} failed: ${(cause as Error).message}${position(cause, text)}`, {
        cause,
      });
    });
    await tx`insert into schema_migration (name, checksum) values (${name}, ${checksum})`;
    return true;
  });
}

async function refuseUnknown(sql: Sql, list: readonly Migration[]): Promise<void> {
  const rows = await sql<{ name: string }[]>`select name from schema_migration order by name`;
  const known = new Set(list.map((migration) => migration.name));
  const unknown = rows.filter((row) => !known.has(row.name)).map((row) => row.name);
  if (unknown.length > 0) {
    throw new Error(
      `This database was migrated by a newer Y Bạ: ${unknown.join(', ')} is not known here. Start that version, or restore a backup.`,
    );
  }
}

function position(cause: unknown, text: string): string {
  const at = Number((cause as { position?: string }).position);
  return at > 0 ? ` (line ${text.slice(0, at).split('\n').length})` : '';
}
