import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { serverProcess, type ServerProcess } from '@yba/server/testing';

/** A process that the nemesis may kill and that comes again. */
export type Mortal = {
  /** `kill -9`, and up again as soon as it can be; with a clock that is wrong by so much when it is told, in ms. */
  kill(clockMs?: number): Promise<void>;
  stop(): Promise<void>;
};

/** The hub, with processes of its own that can be killed alone. */
export type Hub = Mortal & {
  /** Kills one of its workers; false where it has none. */
  killWorker(chance: () => number): boolean;
};

/** How long the hub may take to come again, in ms: its database may be away too, and the machine busy with other things. */
const COMES_MS = 600_000;

/** Node's options that set a process's clock wrong. */
const clock = (ms: number) =>
  ms === 0 ? '' : `--import ${new URL(`skewed-clock.ts?ms=${ms}`, import.meta.url).href}`;

/** Runs `yba serve` on a database, and again whenever it was killed. */
export async function runHub(
  args: readonly string[],
  databaseUrl: string,
  log: (text: string) => void,
): Promise<Hub> {
  let clockMs = 0;
  let running = await start();

  async function start(): Promise<ServerProcess> {
    const deadline = Date.now() + COMES_MS;
    for (;;) {
      const kept = process.env['NODE_OPTIONS'];
      process.env['NODE_OPTIONS'] = clock(clockMs);
      process.env['DATABASE_URL'] = databaseUrl;
      const coming = serverProcess(args, { withinMs: COMES_MS / 5 }); // it is spawned before this returns
      process.env['NODE_OPTIONS'] = kept ?? '';
      delete process.env['DATABASE_URL'];
      try {
        return await coming;
      } catch (error) {
        if (Date.now() > deadline) throw error;
        log(`the hub did not start: ${(error as Error).message.trim().split('\n').at(-1) ?? ''}`);
        await sleep(300);
      }
    }
  }

  process.once('exit', () => running.child.kill('SIGKILL'));
  return {
    async kill(ms = 0) {
      running.child.kill('SIGKILL');
      if (running.child.exitCode === null && running.child.signalCode === null)
        await once(running.child, 'exit');
      clockMs = ms;
      running = await start();
    },
    killWorker(chance) {
      const workers = childrenOf(running.child.pid!);
      const worker = workers[Math.floor(chance() * workers.length)];
      if (worker !== undefined) kill(worker);
      return worker !== undefined;
    },
    async stop() {
      running.child.kill('SIGTERM');
      const late = setTimeout(() => running.child.kill('SIGKILL'), 20_000);
      if (running.child.exitCode === null && running.child.signalCode === null)
        await once(running.child, 'exit');
      clearTimeout(late);
    },
  };
}

function childrenOf(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
  } catch {
    return []; // not Linux: only whole processes are killed
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // it was on its way out
  }
}

/** A hospital's sender. `finish` lets it bring to an end what it has begun, and resolves when it has. */
export type Sending = Mortal & { finish(): Promise<void> };

/** Runs a hospital's process on its job, and again whenever it was killed. */
export function runHospital(job: string): Sending {
  let clockMs = 0;
  let child = start();
  let isFinishing = false;

  function start(): ChildProcess {
    const options = clock(clockMs);
    const started = spawn(process.execPath, [join(import.meta.dirname, 'hospital-process.ts'), job], {
      stdio: ['pipe', 'inherit', 'inherit'],
      env: { ...process.env, NODE_OPTIONS: options },
    });
    started.stdin!.on('error', () => {});
    return started;
  }
  process.once('exit', () => child.kill('SIGKILL'));
  const isOver = () => child.exitCode !== null || child.signalCode !== null;

  return {
    async kill(ms = 0) {
      if (isOver()) return;
      child.kill('SIGKILL');
      await once(child, 'exit');
      clockMs = ms;
      child = start();
      if (isFinishing) child.stdin!.write('stop\n');
    },
    async finish() {
      isFinishing = true;
      if (isOver()) return;
      child.stdin!.write('stop\n');
      await once(child, 'exit');
      if (child.exitCode !== 0) throw new Error('a hospital ended before it had sent what it had begun');
    },
    async stop() {
      if (!isOver()) child.kill('SIGKILL');
    },
  };
}

/** A hospital's edge agent, which may also be ended and started as for an upgrade. */
export type Agent = Mortal & { restart(): Promise<void> };

const YBA = join(import.meta.dirname, '../../../apps/server/src/main.ts');

/** Pause before an agent that ended by itself is started again, in ms: as a service manager does. */
const AGAIN_MS = 500;

/** Runs `yba edge` on its folder, and again whenever it ends; what it says of errors goes to the log. */
export function runAgent(folder: string, log: (text: string) => void): Agent {
  let clockMs = 0;
  let isStopping = false;
  let child = start();
  process.once('exit', () => child.kill('SIGKILL'));

  function start(): ChildProcess {
    const started = spawn(
      process.execPath,
      ['--max-old-space-size=96', YBA, 'edge', 'run', '--data', folder],
      {
        stdio: ['ignore', 'ignore', 'pipe'],
        env: { ...process.env, NODE_OPTIONS: clock(clockMs) },
      },
    );
    let said = '';
    started.stderr!.on('data', (text: Buffer) => (said = (said + text.toString()).slice(-2_000)));
    started.once('exit', (code) => {
      if (isStopping) return;
      if (code) log(`an edge ended by itself: ${/^.*Error.*$/m.exec(said)?.[0] ?? said}`);
      setTimeout(() => {
        if (!isStopping) child = start();
      }, AGAIN_MS);
    });
    return started;
  }
  const isOver = () => child.exitCode !== null || child.signalCode !== null;
  const end = async (signal: NodeJS.Signals) => {
    if (isOver()) return;
    child.kill(signal);
    const late = setTimeout(() => child.kill('SIGKILL'), 20_000);
    await once(child, 'exit');
    clearTimeout(late);
  };

  return {
    async kill(ms = 0) {
      clockMs = ms;
      await end('SIGKILL');
    },
    restart: () => end('SIGTERM'),
    async stop() {
      isStopping = true;
      await end('SIGTERM');
    },
  };
}

/** The process id of the PostgreSQL in a data folder. */
export function postmasterOf(dataDir: string): number | undefined {
  try {
    return Number.parseInt(readFileSync(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8'), 10);
  } catch {
    return undefined; // between its end and its start
  }
}

/** Kills the database; whoever runs it starts it again. */
export function killDatabase(dataDir: string): boolean {
  const pid = postmasterOf(dataDir);
  if (pid === undefined || Number.isNaN(pid)) return false;
  kill(pid);
  return true;
}
