/**
 * What this machine can do, which all other figures lean on: a fixed piece of work on one thread and on as many as there
 * are processors (two threads of one core do far less than two cores), durable writes of one page, and how
 * long a process takes to wake another one and to hear from it.
 *
 *   npm run bench -- machine [--seconds 2]
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, fdatasyncSync, fsyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { machine } from './load/platform.ts';

const ROUNDS = 3;

if (isMainThread) await measure();
else parentPort!.postMessage(workFor(workerData as number));

async function measure(): Promise<void> {
  const { values } = parseArgs({ options: { seconds: { type: 'string', default: '2' } } });
  const forMs = Number(values.seconds) * 1000;
  const say = (line: string) => process.stdout.write(`${line}\n`);
  const all = availableParallelism();
  say(`machine     ${machine()}`);
  for (let round = 0; round < ROUNDS; round++) {
    const alone = await together(1, forMs);
    const side = await together(all, forMs);
    say(
      `work        ${alone.toFixed(0)} units/s on one thread, ${side.toFixed(0)} on ${all} at once: ${(side / alone).toFixed(2)} × one`,
    );
  }
  const synced = durableWrites(forMs);
  say(
    `disk        ${(synced.length / (forMs / 1000)).toFixed(0)} durable writes of 8 KiB a second, ${inUs(synced)}`,
  );
  say(`wake-up     ${inUs(await roundTrips(forMs))} to another process and back through pipes`);
}

/** Units of work a second of so many threads together. */
async function together(threads: number, forMs: number): Promise<number> {
  const done = await Promise.all(
    Array.from({ length: threads }, async () => {
      const [units] = await once(new Worker(import.meta.filename, { workerData: forMs }), 'message');
      return units as number;
    }),
  );
  return done.reduce((sum, units) => sum + units, 0) / (forMs / 1000);
}

/** Objects made, written and read as JSON: what a server mostly does. Answers how many in that time. */
function workFor(ms: number): number {
  const until = performance.now() + ms;
  let units = 0;
  let last = { n: 0, text: '', list: [0], before: 0 };
  while (performance.now() < until) {
    for (let n = 0; n < 200; n++, units++)
      last = JSON.parse(
        JSON.stringify({ n, text: 'x'.repeat(20), list: [1, 2, 3], before: last.n }),
      ) as typeof last;
  }
  return units;
}

/** How long each write of one page takes until it is on the disk of the temporary folder, in ms. */
function durableWrites(forMs: number): number[] {
  const folder = mkdtempSync(join(tmpdir(), 'yba-bench-'));
  const file = openSync(join(folder, 'pages'), 'w');
  try {
    const [page, size] = [Buffer.alloc(8192, 1), 64 << 20];
    writeSync(file, Buffer.alloc(size)); // as a log that is written over, its size stays
    fsyncSync(file);
    const took: number[] = [];
    const until = performance.now() + forMs;
    for (let at = 0; performance.now() < until; at = (at + page.length) % size) {
      writeSync(file, page, 0, page.length, at);
      const from = performance.now();
      fdatasyncSync(file);
      took.push(performance.now() - from);
    }
    return took;
  } finally {
    closeSync(file);
    rmSync(folder, { recursive: true });
  }
}

/** How long a byte takes to a process that sleeps and back again, in ms. */
async function roundTrips(forMs: number): Promise<number[]> {
  const echo = spawn(process.execPath, ['-e', 'process.stdin.pipe(process.stdout)']);
  const took: number[] = [];
  try {
    const until = performance.now() + forMs;
    while (performance.now() < until) {
      const from = performance.now();
      echo.stdin.write('.');
      await once(echo.stdout, 'data');
      took.push(performance.now() - from);
    }
    return took.slice(1); // it started with the first
  } finally {
    echo.stdin.end();
  }
}

function inUs(ms: readonly number[]): string {
  const sorted = ms.toSorted((a, b) => a - b);
  const at = (share: number) => (1000 * sorted[Math.floor((sorted.length - 1) * share)]!).toFixed(0);
  return `p50 ${at(0.5)} µs, p95 ${at(0.95)} µs`;
}
