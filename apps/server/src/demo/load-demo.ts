import type { Access } from '@yba/access';
import { nation as nationOf } from '@yba/demonstration';
import type { Context } from '@yba/fhir';
import type { HealthBook } from '@yba/health-book';
import type { Sql } from '@yba/postgres';
import type { Repository } from '@yba/repository';
import { addressesAt, type DemoFile, readDemoFile, writeDemoFile } from './demo-file.ts';
import { loadRegistries } from './load-registries.ts';
import { beginLoad, finishLoad, noteProgress } from './load-state.ts';
import { loadVisits, type StoreAt } from './load-visits.ts';
import { createCitizens, createClients, createStaff } from './sign-ins.ts';

export type DemoOptions = {
  /** How many persons, by which seed. */
  demo: { persons: number; seed: number };
  dataDir: string;
  baseUrl: string;
  /** The owner's pool. */
  sql: Sql;
  access: Access;
  /** Absent: citizens cannot sign in. */
  book?: Pick<HealthBook, 'addVneidCitizens'>;
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
 * Throws `conflict` when the database holds the nation of another seed.
 */
export async function loadDemo(options: DemoOptions): Promise<DemoFile> {
  const { sql, dataDir, demo, progress, now = () => new Date() } = options;
  const state = await beginLoad(sql, demo, now());
  const nation = nationOf({ persons: state.persons, seed: state.seed, now: state.until.getTime() });
  const known = await readDemoFile(dataDir);
  const file = { ...(known ?? (await makeSignIns(options, nation))), ...addressesAt(options.baseUrl) };
  if (!known || known.baseUrl !== file.baseUrl) await writeDemoFile(dataDir, file);
  if (state.finished) return file;

  let noted = state.next_person;
  let saving: Promise<unknown> = Promise.resolve();
  await loadVisits(
    {
      nation,
      clients: new Map(file.clients.map(({ facility, clientId }) => [facility, clientId])),
      storeAt: options.storeAt,
      done(next) {
        progress(`demo ${next}/${nation.size} persons`);
        if (next - noted < NOTED_EVERY) return;
        noted = next;
        saving = saving.then(() => noteProgress(sql, state.seed, next));
      },
    },
    state.next_person,
  );
  await saving;
  await finishLoad(sql, state.seed);
  return file;
}

/** Facilities, staff, and everybody's way in; made when demo.json is not there yet. */
async function makeSignIns(options: DemoOptions, nation: ReturnType<typeof nationOf>): Promise<DemoFile> {
  const { access, book, sql, platform, progress } = options;
  progress('demo: facilities, staff and sign-ins');
  const store: Pick<Repository, 'transaction'> = options.storeAt(() => new Date(nation.now));
  const practitioners = await loadRegistries(store, platform, nation);
  const [clients, staff, citizens] = await Promise.all([
    createClients(access, sql),
    createStaff(access, sql, nation, practitioners),
    book ? createCitizens(book, nation) : [],
  ]);
  return { ...addressesAt(options.baseUrl), clients, personas: [...citizens, ...staff] };
}
