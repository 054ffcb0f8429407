import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PASSWORD_COST } from '@yba/access/testing';
import { registerSource } from '@yba/exchange';
import { connect, openSecrets, SECRET_KEY_FILE } from '@yba/postgres';
import { testDatabase } from '@yba/postgres/testing';
import { builtWeb } from '../commands/web-build.ts';
import type { Config } from '../config.ts';
import { serve } from '../serve/index.ts';
import { demoDatabase } from './demo-database.ts';

/** What demo.json says about who can sign in. */
export type DemoFile = {
  baseUrl: string;
  fhir: string;
  token: string;
  clients: { facility: string; name: string; clientId: string; clientSecret: string }[];
  personas: {
    role: string;
    facility?: string;
    username: string;
    password: string;
    nationalId?: string;
    name?: string;
  }[];
};

export type TestServerOptions = {
  /** Persons of the demonstration nation; 0 = no demonstration. 30 unless said. */
  persons?: number;
  /** Whether it shows the screens (built when their sources are newer). */
  web?: boolean;
};

/** A whole server in this process, on a free port and a database of its own. */
export type TestServer = {
  /** Without a slash at its end. */
  url: string;
  databaseUrl: string;
  dataDir: string;
  /** demo.json; throws when there is no demonstration. */
  demo(): DemoFile;
  /** Signs the head of the access log now, instead of within a minute. */
  seal(): Promise<void>;
  /** Registers a hospital that keeps detail at home and is asked at this FHIR base, on this machine. */
  askLive(facility: string, name: string, base: string): Promise<void>;
  /** Looks at the deadlines of what persons asked now, instead of within a minute. */
  remind(): Promise<void>;
  /** Runs a statement as the owner of the database, who may do anything. */
  asOwner(statement: string): Promise<void>;
  stop(): Promise<void>;
};

/** Starts everything as `yba serve --demo` does. Stop it after the tests. */
export async function testServer({ persons = 30, web = false }: TestServerOptions = {}): Promise<TestServer> {
  const dataDir = mkdtempSync(join(tmpdir(), 'yba-server-'));
  const config: Omit<Config, 'databaseUrl'> = {
    host: '127.0.0.1',
    port: 0,
    baseUrl: undefined,
    dataDir,
    demo: persons > 0 ? { persons, seed: 1 } : undefined,
    vneid: undefined,
    passwordCost: PASSWORD_COST,
    logLevel: 'error',
    outboundAllow: ['127.0.0.0/8', '::1/128'],
    webRoot: web ? await builtWeb(() => {}) : undefined,
  };
  const database = await (config.demo ? demoDatabase(config) : testDatabase());
  const served = await serve({ ...config, databaseUrl: database.url }, { progress: () => {} });
  return {
    url: served.url,
    databaseUrl: database.url,
    dataDir,
    demo: () => demoFile(dataDir),
    async seal() {
      await served.seal();
    },
    async askLive(facility, name, base) {
      const owner = connect(database.url, { max: 1 });
      const secrets = await openSecrets(owner, join(dataDir, SECRET_KEY_FILE));
      await registerSource(owner, secrets, { facility, name, base });
      await owner.end();
    },
    async remind() {
      await served.remind();
    },
    async asOwner(statement) {
      const owner = connect(database.url, { max: 1 });
      await owner.unsafe(statement);
      await owner.end();
    },
    async stop() {
      await served.stop();
      await database.drop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

function demoFile(dataDir: string): DemoFile {
  const file = join(dataDir, 'demo.json');
  if (!existsSync(file))
    throw new Error('This test server has no demonstration: testServer({ persons: 30 })');
  return JSON.parse(readFileSync(file, 'utf8')) as DemoFile;
}
