import type { Sql } from '../connect.ts';
import { migrate, migrations, SCHEMA_LOCK } from '../migrate.ts';
import { oneAtATime } from '../one-at-a-time.ts';
import { forgetPlaces, prepareWritePath } from './prepare-write-path.ts';
import type { Preparing } from './prepare-write-path.ts';

/** What a database has of the migrations: those to come, and how many bytes they rewrite. */
export type Pending = { names: string[]; rewriteBytes: number };

/** A database below this is upgraded while the server starts: seconds. */
const QUICK_BYTES = 256 * 1024 * 1024;

/** Migrations whose rows are converted ahead, and the tables they rewrite. */
const PREPARED = { name: '0011-write-path.sql', tables: ['resource', 'shared_resource', 'feed'] };

/** The migrations this database has not seen; none on a new one, which has nothing to upgrade. */
export async function pendingUpgrade(sql: Sql): Promise<Pending> {
  const [there] = await sql<
    { there: boolean }[]
  >`select to_regclass('schema_migration') is not null as there`;
  if (!there?.there) return { names: [], rewriteBytes: 0 };
  const seen = new Set(
    (await sql<{ name: string }[]>`select name from schema_migration`).map(({ name }) => name),
  );
  const names = migrations()
    .map(({ name }) => name)
    .filter((name) => !seen.has(name));
  return { names, rewriteBytes: names.includes(PREPARED.name) ? await sizeOf(sql, PREPARED.tables) : 0 };
}

/** Runs the migrations at the start of a server; throws, naming the command, when they would take long. */
export async function migrateAtStart(sql: Sql): Promise<string[]> {
  const { rewriteBytes } = await pendingUpgrade(sql);
  if (rewriteBytes > QUICK_BYTES)
    throw new Error(
      `This data was written by the previous release, and ${Math.ceil(rewriteBytes / 1048576)} MB of it are to be converted. Run: yba admin upgrade (with the same --data or DATABASE_URL), then start again.`,
    );
  return migrate(sql);
}

/**
 * Brings a database of the previous release to this one: converts in batches, then migrates. Answers the migrations run.
 * Another upgrade, or a server that starts, waits until the conversion is over.
 */
export async function upgrade(sql: Sql, preparing: Preparing): Promise<string[]> {
  const names = await oneAtATime(sql, SCHEMA_LOCK, async () => {
    const pending = await pendingUpgrade(sql);
    if (pending.names.includes(PREPARED.name)) await prepareWritePath(sql, preparing);
    return pending.names;
  });
  if (names.length > 0) preparing.progress(`changing the schema: ${names.join(', ')}`);
  const ran = await migrate(sql);
  await forgetPlaces(sql);
  return ran;
}

async function sizeOf(sql: Sql, tables: readonly string[]): Promise<number> {
  const [row] = await sql<{ bytes: number }[]>`
    select coalesce(sum(pg_total_relation_size(relid)), 0)::bigint as bytes
    from unnest(${tables as string[]}::text[]) as name, pg_partition_tree(to_regclass(name)) where isleaf`; // another server may be about to make them
  return row!.bytes;
}
