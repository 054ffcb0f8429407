import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { testDatabase, type TestDatabase } from '@yba/postgres/testing';
import { sourcesDigest } from '../commands/sources-digest.ts';
import type { Config } from '../config.ts';
import { serve } from '../serve/index.ts';

/** Everything that says how the demonstration is written. */
const SOURCES = ['core/**', 'capabilities/**', 'apps/server/**', 'package-lock.json'];

const HOUR_MS = 3_600_000;

/**
 * A database on which the server has run once with this configuration's demonstration, with what that left in its data
 * folder: the key of its secrets, the key of the access log, demo.json. Loaded once for all test files, copied for
 * each; loaded anew when the sources have changed, and every hour, for it tells of today.
 */
export async function demoDatabase(config: Omit<Config, 'databaseUrl'>): Promise<TestDatabase> {
  const hour = Math.floor(Date.now() / HOUR_MS);
  const database = await testDatabase({
    key: JSON.stringify([config.demo, hour, sourcesDigest(SOURCES)]),
    async fill(databaseUrl) {
      const dataDir = mkdtempSync(join(tmpdir(), 'yba-demo-'));
      try {
        const served = await serve({ ...config, databaseUrl, dataDir }, { progress: () => {} });
        await served.stop();
        return JSON.stringify(filesOf(dataDir));
      } finally {
        rmSync(dataDir, { recursive: true, force: true });
      }
    },
  });
  for (const [name, { mode, content }] of Object.entries(JSON.parse(database.note) as Files)) {
    const path = join(config.dataDir, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, Buffer.from(content, 'base64'), { mode });
  }
  return database;
}

/** Files by their path in a folder; `content` in base64. */
type Files = Record<string, { mode: number; content: string }>;

function filesOf(folder: string): Files {
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const files = paths.map((name) => [name, statSync(join(folder, name))] as const);
  return Object.fromEntries(
    files
      .filter(([, stat]) => stat.isFile())
      .map(([name, { mode }]) => [
        name,
        { mode: mode & 0o777, content: readFileSync(join(folder, name)).toString('base64') },
      ]),
  );
}
