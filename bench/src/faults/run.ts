import { chmodSync, mkdirSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { registerClient } from '@yba/access';
import { registerSource } from '@yba/exchange';
import { freePort } from '@yba/http';
import { connect, migrate, openSecrets, SECRET_KEY_FILE, startEmbedded, type Sql } from '@yba/postgres';
import { hospitalSource } from '@yba/server/testing';
import { PERSON } from '@yba/vietnam';
import { chanceOf } from '../linkage/chance.ts';
import { check, tally, type Finding, type Tally } from './check.ts';
import { type AgentPlace, placeAgent, readBooks, watchPages } from './agents.ts';
import { HOSPITALS, plan, type Sender } from './generate.ts';
import type { Job } from './hospital-process.ts';
import { joinHistory, readHistory, recordTo, type Event } from './history.ts';
import { openLine } from './lossy-proxy.ts';
import { Nemesis, realDisk, type Disk, type Fault, type Victims } from './nemesis.ts';
import { runAgent, runHospital, runHub } from './processes.ts';
import { chartReader, SOURCE, type ChartReader } from './read-charts.ts';

export type FaultOptions = {
  seed: number;
  /** Faults to bring, those of deliveries among them. */
  faults: number;
  /** Longest time for them, in ms; what comes after to heal and to read has 120 s more. */
  forMs: number;
  persons: number;
  /** Messages that each hospital has to send at most. */
  messages: number;
  /** Between two messages of a person, in ms. */
  pauseMs: number;
  workers: number;
  /** Gives the database a disk of its own where that is allowed, so that it can really be filled. */
  ownDisk: boolean;
  /** What the nemesis brings, one after the other; drawn by chance unless told. */
  script?: readonly Fault[];
  /** Told of what happens, for people who wait. */
  log(text: string): void;
};

export type FaultReport = {
  findings: Finding[];
  tally: Tally;
  events: Event[];
  seconds: number;
  disk: 'real' | 'told';
};

/** How long a hospital or reader waits for one answer, in ms. */
const PATIENCE_MS = 8_000;

/** How long what was begun may take to come to its end once all is mended, in ms. */
const HEALED_MS = 300_000;

/** Sizes of the disks that are filled, in MB: the database's, and an agent's. */
const DISK_MB = 600;
const AGENT_DISK_MB = 48;

/**
 * Hospitals A and B with their edge agents, the hub and PostgreSQL as processes of their own, lines between them that can be made bad, and a live
 * source; brings faults while the hospitals send and a doctor of hospital C reads, mends everything, lets all come to its
 * end, reads every chart by three readers, and judges the history. Ends by itself, whatever happens.
 */
export async function runFaults(options: FaultOptions): Promise<FaultReport> {
  const { seed, persons, log } = options;
  const began = performance.now();
  const folder = mkdtempSync(join(tmpdir(), 'yba-faults-'));
  chmodSync(folder, 0o755);
  const after: (() => unknown)[] = [() => rmSync(folder, { recursive: true, force: true })];
  try {
    const dataDir = join(folder, 'hub');
    mkdirSync(dataDir, { mode: 0o755 });
    const unmount = options.ownDisk ? mountDisk(dataDir, DISK_MB) : undefined;
    if (unmount) after.push(unmount);
    const database = await startEmbedded({ dataDir, log: () => {} });
    after.push(() => database.stop());
    const owner = connect(database.url, { max: 2 });
    after.push(() => owner.end({ timeout: 1 }));
    await migrate(owner);
    const clients = await registered(owner);

    const sources = chanceOf(seed, 7);
    const source = await hospitalSource(PERSON, (subject) => [sourceObservation(subject)]);
    after.push(() => source.stop());

    const port = await freePort();
    const random = () => sources.next();
    const lines = {
      'A – hub': await openLine(port, random),
      'B – hub': await openLine(port, random),
      'C – hub': await openLine(port, random),
      'hub – source': await openLine(Number(new URL(source.base).port), random),
      // where these lead is known once the agents are there
      'A – edge': await openLine(port, random),
      'A – edge, HL7 v2': await openLine(port, random),
      'A edge – hub': await openLine(port, random),
      'B – edge': await openLine(port, random),
      'B – edge, HL7 v2': await openLine(port, random),
      'B edge – hub': await openLine(port, random),
    };
    for (const line of Object.values(lines)) after.push(() => line.close());
    await registerSource(owner, await openSecrets(owner, join(dataDir, SECRET_KEY_FILE)), {
      facility: SOURCE.facility,
      name: 'Bệnh viện D',
      base: `http://127.0.0.1:${lines['hub – source'].port}/fhir`,
    });

    const args = [
      '--data',
      dataDir,
      '--port',
      String(port),
      '--log',
      'error',
      '--outbound-allow',
      '127.0.0.0/8',
    ];
    const hub = await runHub([...args, '--workers', String(options.workers)], database.url, log);
    after.push(() => hub.stop());

    const file = (name: string) => join(folder, `${name}.ndjson`);
    const history = recordTo(file('nemesis'));
    const readers = chartReadersOf(lines, clients, history);
    await registerAtSource(`http://127.0.0.1:${port}`, clients, persons);
    const places = {} as Record<Sender, AgentPlace>;
    const agentDisks: Record<string, Disk> = {};
    for (const name of ['A', 'B'] as const) {
      const own = join(folder, `edge-${name}`);
      mkdirSync(own, { mode: 0o700 });
      const unmountOwn = options.ownDisk ? mountDisk(own, AGENT_DISK_MB) : undefined;
      if (unmountOwn) {
        after.push(unmountOwn);
        agentDisks[name] = realDisk(own, () => freeBytes(own), 4 * 1024);
      }
      places[name] = await placeAgent(owner, name, {
        folder: own,
        inbox: join(folder, `xml-${name}`),
        hub: `http://127.0.0.1:${port}`,
        hubLine: lines[`${name} edge – hub`].port,
      });
      lines[`${name} – edge`].target = places[name].http;
      lines[`${name} – edge, HL7 v2`].target = places[name].mllp;
    }
    const agents = { A: runAgent(places.A.folder, log), B: runAgent(places.B.folder, log) };
    after.push(() => Promise.all(Object.values(agents).map((one) => one.stop())));
    const stopWatching = watchPages(places, history);
    after.push(stopWatching);

    const hospitals = Object.fromEntries(
      (['A', 'B'] as const).map((name) => {
        const outbox = plan(name, seed, persons, options.messages);
        joinHistory(
          file('plan'),
          outbox.map(({ again: _, what: _what, way: _way, ...message }) => ({
            at: 0,
            kind: 'planned' as const,
            ...message,
          })),
        );
        writeFileSync(join(folder, `${name}.outbox.json`), JSON.stringify(outbox));
        const job: Job = {
          url: `http://127.0.0.1:${lines[`${name} – hub`].port}`,
          ...clients[name],
          agent: {
            http: `http://127.0.0.1:${lines[`${name} – edge`].port}`,
            mllpPort: lines[`${name} – edge, HL7 v2`].port,
            folder: places[name].inbox,
          },
          outbox: join(folder, `${name}.outbox.json`),
          history: file(name),
          pauseMs: options.pauseMs,
          patienceMs: PATIENCE_MS,
        };
        writeFileSync(join(folder, `${name}.job.json`), JSON.stringify(job));
        return [name, runHospital(join(folder, `${name}.job.json`))];
      }),
    ) as Record<Sender, ReturnType<typeof runHospital>>;
    after.push(() => Promise.all(Object.values(hospitals).map((one) => one.stop())));

    const files = ['nemesis', 'A', 'B'].map(file);
    const disk = unmount ? realDisk(dataDir, () => freeBytes(dataDir)) : toldDisk(owner);
    const victims: Victims = { hub, hospitals, agents, agentDisks, lines, source, database: dataDir, disk };
    await underFaults(options, victims, readers.C, history, files);

    history.note({ kind: 'healed' });
    log('everything is mended; what was begun comes to its end');
    await inTime(Promise.all(Object.values(hospitals).map((one) => one.finish())), HEALED_MS);
    log('every chart is read');
    await readAll([readers.A, readers.C, readers.E], persons, log);
    await stopWatching();
    history.close();
    const events = [...readHistory([file('plan'), ...files]), ...(await readBooks(owner))];
    return {
      findings: check(events),
      tally: tally(events),
      events,
      seconds: (performance.now() - began) / 1000,
      disk: unmount ? 'real' : 'told',
    };
  } finally {
    for (const end of after.reverse())
      await Promise.resolve(end()).catch((error: unknown) => log(String(error)));
  }
}

/** Brings faults until there are enough or the time is over, while charts are read. */
async function underFaults(
  { seed, faults, forMs, persons, script, log }: FaultOptions,
  victims: Victims,
  reader: ChartReader,
  history: ReturnType<typeof recordTo>,
  files: readonly string[],
): Promise<void> {
  const nemesis = new Nemesis(victims, history, seed);
  const deadline = performance.now() + forMs;
  const chance = chanceOf(seed, 55);
  let isOver = false;
  const reading = (async () => {
    while (!isOver) {
      await reader.read(chance.whole(0, persons - 1));
      await sleep(50);
    }
  })();
  try {
    for (const fault of script ?? []) await nemesis.strike(fault);
    for (let told = performance.now(); !script && performance.now() < deadline;) {
      await nemesis.strike();
      const total = nemesis.brought % 20 === 0 ? faultsIn(files) : nemesis.brought;
      if (performance.now() - told > 15_000) {
        told = performance.now();
        log(`${faultsIn(files)} faults`);
      }
      if (total >= faults) break;
    }
  } finally {
    isOver = true;
    try {
      await nemesis.heal();
    } finally {
      await reading;
    }
  }
}

const faultsIn = (files: readonly string[]) =>
  readHistory(files).filter(({ kind }) => kind === 'fault').length;

/** Every chart by every reader, when all is well: asked until it is answered. */
async function readAll(
  readers: readonly ChartReader[],
  persons: number,
  log: (text: string) => void,
): Promise<void> {
  const deadline = performance.now() + HEALED_MS;
  for (let person = 0; person < persons; person++)
    for (const reader of readers)
      while (!(await reader.read(person, true))) {
        if (performance.now() > deadline) return log('some charts could not be read in the end');
        await sleep(200);
      }
}

type Clients = Record<'A' | 'B' | 'C' | 'E' | 'S', { clientId: string; clientSecret: string }>;

async function registered(owner: Sql): Promise<Clients> {
  const all = { ...HOSPITALS, S: { facility: SOURCE.facility, name: 'Bệnh viện D' } };
  const found = await Promise.all(
    Object.entries(all).map(async ([name, { facility, name: words }]) => {
      const { clientId, clientSecret } = await registerClient(owner, {
        name: `HIS ${words}`,
        facility,
        facilityName: words,
        scope: 'system/*.cruds',
        proof: { method: 'client_secret_basic' },
      });
      return [name, { clientId, clientSecret: clientSecret! }];
    }),
  );
  return Object.fromEntries(found) as Clients;
}

function chartReadersOf(
  lines: Readonly<Record<string, { port: number }>>,
  clients: Clients,
  history: ReturnType<typeof recordTo>,
): Record<'A' | 'C' | 'E', ChartReader> {
  const reader = (name: 'A' | 'C' | 'E') =>
    chartReader({
      name,
      url: `http://127.0.0.1:${lines[`${name === 'E' ? 'C' : name} – hub`]!.port}`,
      facility: HOSPITALS[name].facility,
      ...clients[name],
      history,
      patienceMs: PATIENCE_MS + 6_000,
      hasSource: name === 'C',
    });
  return { A: reader('A'), C: reader('C'), E: reader('E') };
}

/** Hospital D keeps detail at home: it sends the hub who its patients are, and no more. */
async function registerAtSource(url: string, clients: Clients, persons: number): Promise<void> {
  const unread = { note() {}, close() {} };
  const reader = chartReader({
    name: 'D',
    url,
    facility: SOURCE.facility,
    ...clients.S,
    history: unread,
    patienceMs: PATIENCE_MS,
    hasSource: false,
  });
  for (let person = 0; person < persons; person++)
    if (!(await reader.read(person))) throw new Error('hospital D could not register its patients');
}

const sourceObservation = (subject: string) => ({
  resourceType: 'Observation',
  id: 'd-1',
  status: 'final',
  code: { coding: [{ system: 'http://loinc.org', code: SOURCE.code }] },
  subject: { reference: subject },
  effectiveDateTime: '2026-11-02T08:30:00+07:00',
  valueString: 'NT-proBNP',
});

/** A disk of memory for a folder, so that it can be filled; undefined where that is not allowed. */
function mountDisk(folder: string, sizeMb: number): (() => void) | undefined {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${sizeMb}m,mode=755`, 'tmpfs', folder], {
      stdio: 'ignore',
    });
  } catch {
    return undefined;
  }
  let isMounted = true;
  const unmount = () => {
    if (isMounted) execFileSync('umount', ['-l', folder], { stdio: 'ignore' });
    isMounted = false;
  };
  process.once('exit', unmount); // also when it was interrupted
  return unmount;
}

function freeBytes(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}

/** Where no disk can be mounted: the database says of each change that its disk is full, as it would. */
function toldDisk(owner: Sql): Disk {
  const untilDone = async (work: () => Promise<unknown>) => {
    for (let tries = 0; tries < 50; tries++) {
      try {
        return void (await work());
      } catch {
        await sleep(100); // the database is on its way up
      }
    }
  };
  return {
    fill: () =>
      untilDone(() =>
        owner.unsafe(`
          create or replace function no_room() returns trigger language plpgsql as $$
            begin raise exception 'could not extend file: No space left on device' using errcode = 'disk_full'; end $$;
          create or replace trigger no_room before insert on feed for each row execute function no_room()`),
      ),
    empty: () => untilDone(() => owner.unsafe('drop trigger if exists no_room on feed')),
  };
}

async function inTime(work: Promise<unknown>, ms: number): Promise<void> {
  const stop = new AbortController();
  await Promise.race([work, sleep(ms, undefined, { signal: stop.signal }).catch(() => {})]);
  stop.abort();
}
