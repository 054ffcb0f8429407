// Runs the shared test server and ends it when no test has used it for a while.
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect, onDatabase } from '../connect.ts';
import { startEmbedded } from '../embedded/start-embedded.ts';
import { SHARED_FOLDER, URL_FILE } from './shared-cluster.ts';
import { TEST_SETTINGS } from './test-settings.ts';

const IDLE_MS = 60_000;
const LOOK_MS = 5_000;

const { url, stop } = await startEmbedded({ dataDir: SHARED_FOLDER, settings: TEST_SETTINGS });
const sql = connect(onDatabase(url, 'postgres'), { max: 1, applicationName: 'yba-keeper' });
await dropLeftovers();
writeFileSync(`${URL_FILE}.draft`, url);
renameSync(`${URL_FILE}.draft`, URL_FILE);
for (let idleMs = 0; idleMs < IDLE_MS; idleMs = (await inUse()) ? 0 : idleMs + LOOK_MS) await sleep(LOOK_MS);
rmSync(URL_FILE, { force: true });
await sql.end();
await stop();

async function inUse(): Promise<boolean> {
  const rows = await sql`
    select 1 from pg_stat_activity
    where backend_type = 'client backend' and application_name <> 'yba-keeper'
    limit 1`;
  return rows.length > 0;
}

/** Databases of test files that were killed before they dropped theirs, and what was prepared for earlier states of the sources. */
async function dropLeftovers(): Promise<void> {
  const names = await sql<
    { datname: string }[]
  >`select datname from pg_database where datname similar to 'yba\\_(test|prepared)\\_%'`;
  for (const { datname } of names) {
    await sql.unsafe(`alter database ${datname} is_template false`);
    await sql.unsafe(`drop database if exists ${datname} with (force)`);
  }
}
