import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, startEmbedded } from '@yba/postgres';
import type { Sql } from '@yba/postgres';
import { serverProcess, type DemoFile } from '@yba/server/testing';
import { cpuMsOf, peakBytesOf } from './processor-time.ts';

/** A server with its database on a folder of its own, for a bench. */
export type BenchPlatform = {
  url: string;
  demo: DemoFile;
  /** A pool of the database owner. */
  sql: Sql;
  /** Processor time in ms so far: of the server's processes, of the database's, of this one. */
  cpuMs(): { server: number; database: number; client: number };
  /** Most memory the server's processes have held, in MB. */
  peakMb(): number;
  token(facility: string): Promise<string>;
  stop(): Promise<void>;
};

/** Starts server and database; `workers` as `yba serve --workers`. */
export async function benchPlatform(workers: string | undefined): Promise<BenchPlatform> {
  const dataDir = mkdtempSync(join(tmpdir(), 'yba-bench-'));
  const database = await startEmbedded({ dataDir });
  process.env['DATABASE_URL'] = database.url;
  const server = await serverProcess(
    ['--data', dataDir, '--port', '0', '--demo', '--persons', '1', '--log', 'error'].concat(
      workers ? ['--workers', workers] : [],
    ),
    { launcher: true },
  );
  const demo = JSON.parse(readFileSync(join(dataDir, 'demo.json'), 'utf8')) as DemoFile;
  const sql = connect(database.url, { max: 4 });
  const [backend] = await sql<{ postmaster: number }[]>`
    select split_part(pg_read_file('postmaster.pid'), chr(10), 1)::int as postmaster`;
  return {
    url: server.url,
    demo,
    sql,
    cpuMs() {
      const { user, system } = process.cpuUsage();
      return {
        server: cpuMsOf(server.child.pid!),
        database: cpuMsOf(backend!.postmaster),
        client: (user + system) / 1000,
      };
    },
    peakMb: () => peakBytesOf(server.child.pid!) / 1e6,
    async token(facility) {
      const client = demo.clients.find((each) => each.facility === facility);
      if (!client) throw new Error(`the demonstration has no client of ${facility}`);
      const answer = await fetch(`${server.url}/oauth/token`, {
        method: 'POST',
        headers: {
          authorization: `Basic ${Buffer.from(`${client.clientId}:${client.clientSecret}`).toString('base64')}`,
        },
        body: new URLSearchParams({ grant_type: 'client_credentials' }),
      });
      return ((await answer.json()) as { access_token: string }).access_token;
    },
    async stop() {
      await sql.end();
      server.child.kill('SIGTERM');
      await once(server.child, 'exit'); // it wants its database until then
      await database.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** What the figures were taken on. */
export function machine(): string {
  return `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, Node ${process.version}; client, server and database on it together`;
}
