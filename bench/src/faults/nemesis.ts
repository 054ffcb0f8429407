import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { HospitalSource } from '@yba/server/testing';
import { chanceOf, weigh, type Chance } from '../linkage/chance.ts';
import type { Recorder } from './history.ts';
import type { Line } from './lossy-proxy.ts';
import { killDatabase, type Agent, type Hub, type Sending } from './processes.ts';

/** Everything that can be made to fail. */
export type Victims = {
  hub: Hub;
  hospitals: Readonly<Record<string, Sending>>;
  agents: Readonly<Record<string, Agent>>;
  lines: Readonly<Record<string, Line>>;
  source: HospitalSource;
  /** Data folder of the database. */
  database: string;
  /** Makes the database's disk full, and gives it room again. */
  disk: Disk;
  /** The same for the outboxes of the agents; none where no disk can be mounted. */
  agentDisks: Readonly<Record<string, Disk>>;
};

/** A disk that can be filled. */
export type Disk = { fill(): Promise<void>; empty(): Promise<void> };

const HOUR_MS = 3_600_000;

/** Kinds of faults, and how often each is chosen. Deliveries twice and out of order are the hospitals' own. */
const FAULTS = weigh([
  ['connections cut', 24],
  ['partition', 14],
  ['line refuses', 6],
  ['64 kb/s, 20 % loss', 10],
  ['kill -9 hospital', 12],
  ['kill -9 edge', 12],
  ['restart of the edge', 5],
  ['clock skew edge', 4],
  ['disk full at the edge', 4],
  ['kill -9 worker', 10],
  ['kill -9 hub', 6],
  ['kill -9 PostgreSQL', 6],
  ['clock skew hospital', 4],
  ['clock skew hub', 2],
  ['disk full', 3],
  ['source slow', 4],
  ['source away', 4],
  ['source breaks off', 3],
  ['source answers about somebody else', 3],
] as const);

export type Fault = (typeof FAULTS)['values'][number];

/** Brings one fault after the other, each over when it resolves; those of lines last a while beside the next ones. */
export class Nemesis {
  readonly #victims: Victims;
  readonly #history: Recorder;
  readonly #chance: Chance;
  readonly #lasting = new Set<Promise<void>>();
  /** How many it has brought. */
  brought = 0;

  constructor(victims: Victims, history: Recorder, seed: number) {
    this.#victims = victims;
    this.#history = history;
    this.#chance = chanceOf(seed, 99);
  }

  /** One more fault, drawn by chance unless told. */
  async strike(fault: Fault = this.#chance.draw(FAULTS)): Promise<void> {
    await this.#bring(fault);
    await sleep(this.#chance.whole(50, 400));
  }

  /** Waits until what lasts is over, and mends all lines. */
  async heal(): Promise<void> {
    await Promise.all(this.#lasting);
    for (const line of Object.values(this.#victims.lines)) line.state = 'open';
    this.#victims.source.behaviour = 'well';
    this.#victims.source.letGo();
    for (const disk of [this.#victims.disk, ...Object.values(this.#victims.agentDisks)]) await disk.empty();
    if (this.#failed) throw this.#failed;
  }

  #note(fault: Fault, on: string): void {
    this.#history.note({ kind: 'fault', fault, on });
    this.brought += 1;
  }

  async #bring(fault: Fault): Promise<void> {
    const { hub, hospitals, agents, agentDisks, lines, source, database, disk } = this.#victims;
    const chance = this.#chance;
    const [lineName, line] = chance.pick(Object.entries(lines));
    const [name, hospital] = chance.pick(Object.entries(hospitals));
    const agent = agents[name]!;
    switch (fault) {
      case 'connections cut':
        line.cut(chance.pick([0, 1, 200, 700, 2_000, 6_000]));
        return this.#note(fault, lineName);
      case 'partition':
      case 'line refuses':
      case '64 kb/s, 20 % loss': {
        const state = { partition: 'partition', 'line refuses': 'refuse', '64 kb/s, 20 % loss': 'slow' }[
          fault
        ];
        this.#note(fault, lineName);
        return this.#last(async () => {
          line.state = state as Line['state'];
          await sleep(fault === '64 kb/s, 20 % loss' ? chance.whole(1_000, 3_000) : chance.whole(200, 1_500));
          line.state = 'open';
        });
      }
      case 'kill -9 hospital':
        this.#note(fault, name);
        return hospital.kill();
      case 'clock skew hospital': {
        const hours = chance.pick([-26, -1, 2, 50]);
        this.#note(fault, `${name} ${hours} h`);
        return hospital.kill(hours * HOUR_MS);
      }
      case 'kill -9 edge':
        this.#note(fault, name);
        return agent.kill();
      case 'restart of the edge':
        return this.#once(`edge ${name}`, fault, name, () => agent.restart());
      case 'clock skew edge': {
        const hours = chance.pick([-26, -1, 2, 50]);
        this.#note(fault, `${name} ${hours} h`);
        return agent.kill(hours * HOUR_MS);
      }
      case 'disk full at the edge': {
        const full = agentDisks[name];
        if (!full) return;
        return this.#once(`disk ${name}`, fault, name, async () => {
          await full.fill();
          await sleep(chance.whole(500, 3_000));
          await full.empty();
        });
      }
      case 'kill -9 worker':
        if (hub.killWorker(() => chance.next())) this.#note(fault, 'hub');
        return;
      case 'kill -9 hub':
        return this.#once('hub', fault, 'hub', () => hub.kill());
      case 'clock skew hub': {
        const hours = chance.pick([-26, -1, 2, 50]);
        return this.#once('hub', fault, `hub ${hours} h`, () => hub.kill(hours * HOUR_MS));
      }
      case 'kill -9 PostgreSQL':
        return this.#once('database', fault, 'database', async () => {
          killDatabase(database);
          await sleep(chance.whole(1_000, 3_000));
        });
      case 'disk full':
        return this.#once('database', fault, 'database', async () => {
          await disk.fill();
          await sleep(chance.whole(500, 2_000));
          await disk.empty();
          await sleep(2_000); // it may have to recover
        });
      default: {
        const behaviour = {
          'source slow': 'slow',
          'source away': 'away',
          'source breaks off': 'cut',
          'source answers about somebody else': 'stranger',
        } as const;
        source.behaviour = behaviour[fault];
        this.#note(fault, 'source');
        return this.#last(async () => {
          await sleep(chance.whole(500, 2_500));
          source.behaviour = 'well';
          source.letGo();
        });
      }
    }
  }

  /** What could not be brought up again: told when all is to be mended. */
  #failed: unknown;
  readonly #down = new Set<string>();

  /** Beside other faults, but one of its kind at a time: what is down is not killed again before it is up. */
  #once(what: string, fault: Fault, on: string, work: () => Promise<void>): void {
    if (this.#down.has(what)) return;
    this.#down.add(what);
    this.#note(fault, on);
    this.#last(() => work().finally(() => this.#down.delete(what)));
  }

  #last(work: () => Promise<void>): void {
    const lasting = work()
      .catch((error: unknown) => void (this.#failed ??= error))
      .finally(() => this.#lasting.delete(lasting));
    this.#lasting.add(lasting);
  }
}

/** A disk of its own that is filled with one large file; what is left is for the database to fill. */
export function realDisk(folder: string, freeBytes: () => number, leftBytes = 64 * 1024): Disk {
  const ballast = join(folder, 'ballast');
  return {
    async fill() {
      // in pieces, until nothing more goes in: the last one fails as it should
      try {
        writeFileSync(ballast, Buffer.alloc(Math.max(0, freeBytes() - leftBytes)));
      } catch {
        // full
      }
    },
    async empty() {
      rmSync(ballast, { force: true });
    },
  };
}
