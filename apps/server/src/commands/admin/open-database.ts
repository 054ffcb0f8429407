import { attach, connect } from '@yba/postgres';
import type { Sql } from '@yba/postgres';
import type { Progress } from '../../progress.ts';
import type { Line } from './options.ts';

/** The database an operation is about, reached as its owner, beside a running server or without one. */
export type Opened = { url: string; owner: Sql; stop(): Promise<void> };

/** Opens it: DATABASE_URL where that is set, else the embedded one of the data folder. */
export async function openDatabase({ dataDir, databaseUrl }: Line, progress: Progress): Promise<Opened> {
  const attached = databaseUrl
    ? { url: databaseUrl, stop: () => Promise.resolve() }
    : await attach(dataDir, progress);
  const owner = connect(attached.url, { max: 4, applicationName: 'yba-admin' });
  return {
    url: attached.url,
    owner,
    async stop() {
      await owner.end({ timeout: 5 });
      await attached.stop();
    },
  };
}

/** Runs work on the opened database, and closes it whatever comes. */
export async function withDatabase<T>(
  line: Line,
  progress: Progress,
  work: (opened: Opened) => Promise<T>,
): Promise<T> {
  const opened = await openDatabase(line, progress);
  try {
    return await work(opened);
  } finally {
    await opened.stop();
  }
}
