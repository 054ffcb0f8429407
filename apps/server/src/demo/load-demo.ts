import { createHash } from 'node:crypto';
import type { Access } from '@yba/access';
import { type Nation, nation as nationOf } from '@yba/demonstration';
import type { Context } from '@yba/fhir';
import type { HealthBook } from '@yba/health-book';
import type { Referral } from '@yba/referral';
import { oneAtATime, type Sql } from '@yba/postgres';
import { addressesAt, type DemoFile, readDemoFile, writeDemoFile } from './demo-file.ts';
import { loadDoubles } from './load-doubles.ts';
import { loadGuardians } from './load-guardians.ts';
import { loadReferrals } from './load-referrals.ts';
import { loadRegistries } from './load-registries.ts';
import { beginLoad, finishLoad, type LoadState, noteProgress } from './load-state.ts';
import { loadVisits, type StoreAt } from './load-visits.ts';
import { createCitizens, createClients, createStaff } from './sign-ins.ts';

export type DemoOptions = {
  /** How many persons, by which seed; as loaded before, or the standard, where not said. */
  demo: { persons: number | undefined; seed: number | undefined };
  dataDir: string;
  baseUrl: string;
  /** The owner's pool. */
  sql: Sql;
  access: Access;
  /** Absent: citizens cannot sign in. */
  book?: Pick<HealthBook, 'addVneidCitizens'>;
  /** Absent: no referral is under way. */
  referral?: Pick<Referral, 'capability'>;
  /** The store with another clock. */
  storeAt: StoreAt;
  /** The platform itself, for the registries. */
  platform: Context;
  progress(text: string): void;
  now?: () => Date;
};

/** Progress is kept in the database every so many persons. */
const NOTED_EVERY = 25;

/**
 * Loads the demonstration nation the first time, goes on with a load that was cut off, extends one that is smaller
 * than asked for, and does nothing otherwise but see that demo.json is there. Answers what demo.json holds.
 * Servers that start together load it one after the other: it is there for those that come later. Throws `conflict` when the database holds the nation of another seed.
 */
export const loadDemo = (options: DemoOptions): Promise<DemoFile> =>
  oneAtATime(options.sql, LOCK, () => load(options));

const LOCK = 7_942_005;

async function load(options: DemoOptions): Promise<DemoFile> {
  const { sql, dataDir, demo, now = () => new Date() } = options;
  const state = await beginLoad(sql, demo, now());
  const nation = nationOf({ persons: state.persons, seed: state.seed, now: state.until.getTime() });
  const known = await fileOfThisDatabase(sql, dataDir);
  const practitioners =
    known && state.finished ? new Map<string, string>() : await registries(options, nation);
  const [signed, loaded] = await Promise.allSettled([
    signIns(options, nation, known, practitioners),
    state.finished ? undefined : visits(options, nation, state),
  ]);
  if (loaded.status === 'rejected') throw loaded.reason;
  if (signed.status === 'rejected') throw signed.reason;
  if (!state.finished) await finishLoad(sql, state.seed);
  return signed.value;
}

/** demo.json, unless it tells of another database: its secrets must be the ones that hold here. */
async function fileOfThisDatabase(sql: Sql, dataDir: string): Promise<DemoFile | undefined> {
  const file = await readDemoFile(dataDir);
  const client = file?.clients[0];
  if (!client) return undefined;
  const [row] = await sql<
    { secret_hash: string }[]
  >`select secret_hash from oauth_client where id = ${client.clientId}`;
  return row?.secret_hash === createHash('sha256').update(client.clientSecret).digest('hex')
    ? file
    : undefined;
}

/** demo.json as it was, at today's address, or made anew. */
async function signIns(
  options: DemoOptions,
  nation: Nation,
  known: DemoFile | undefined,
  practitioners: ReadonlyMap<string, string>,
): Promise<DemoFile> {
  if (known?.baseUrl === options.baseUrl) return known;
  const file = known
    ? { ...known, ...addressesAt(options.baseUrl) }
    : await makeSignIns(options, nation, practitioners);
  await writeDemoFile(options.dataDir, file);
  return file;
}

async function registries(
  { storeAt, platform, progress }: DemoOptions,
  nation: Nation,
): Promise<ReadonlyMap<string, string>> {
  progress('demo: facilities and staff');
  return loadRegistries(
    storeAt(() => new Date(nation.now)),
    platform,
    nation,
  );
}

async function visits(
  { sql, access, referral, storeAt, progress }: DemoOptions,
  nation: Nation,
  state: LoadState,
): Promise<void> {
  let noted = state.next_person;
  let saving: Promise<unknown> = Promise.resolve();
  const done = (next: number) => {
    progress(`demo ${next}/${nation.size} persons`);
    if (next - noted < NOTED_EVERY) return;
    noted = next;
    saving = saving.then(() => noteProgress(sql, state.seed, next));
  };
  await loadVisits({ nation, storeAt, done }, state.next_person);
  await loadDoubles(nation, storeAt);
  await loadGuardians(
    sql,
    access,
    storeAt(() => new Date(nation.now)),
    nation,
  );
  if (referral) await loadReferrals(sql, referral, nation);
  await saving;
}

/** Everybody's way in; made when demo.json is not there yet. */
async function makeSignIns(
  { access, book, sql, baseUrl }: DemoOptions,
  nation: Nation,
  practitioners: ReadonlyMap<string, string>,
): Promise<DemoFile> {
  const [clients, staff, citizens] = await Promise.all([
    createClients(access, sql),
    createStaff(access, sql, nation, practitioners),
    book ? createCitizens(book, nation) : [],
  ]);
  return { ...addressesAt(baseUrl), clients, personas: [...citizens, ...staff] };
}
