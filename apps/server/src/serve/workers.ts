import cluster, { type Worker } from 'node:cluster';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Tell } from './log.ts';
import type { Start, ToParent, ToWorker } from './messages.ts';

/** The worker processes that serve HTTP. */
export type Workers = {
  /** Tells all of them. */
  tell(message: ToWorker): void;
  /** Resolves when all have ended. */
  stop(): Promise<void>;
};

export type WorkersOptions = {
  count: number;
  start: Start;
  /** Options of Node.js for each: memory limits. */
  flags: readonly string[];
  onError: Tell;
  /** How often each is asked whether it is alive, in ms; every 5 s unless told. */
  pulseMs?: number;
};

/** Pause before a worker that died before it was ready is replaced, doubled each time, in ms. */
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;

/** How long workers may take to end; then they are killed, in ms. */
const STOP_MS = 8_000;

/** How often workers are asked whether they are alive, in ms, and how often in a row one may not answer: a minute. */
const PULSE_MS = 5_000;
const UNANSWERED_MOST = 12;

/** How long the figures of a worker are waited for, in ms. */
const FIGURES_MS = 1_000;

/**
 * Starts worker processes and replaces those that die, or answer nothing for a minute; connections are handed to them in turn. Resolves when all are
 * ready, rejects with the reason when one cannot serve at the start.
 */
export async function startWorkers({
  count,
  start,
  flags,
  onError,
  pulseMs = PULSE_MS,
}: WorkersOptions): Promise<Workers> {
  cluster.schedulingPolicy = cluster.SCHED_RR;
  cluster.setupPrimary({ exec: join(import.meta.dirname, 'worker.ts'), args: [], execArgv: [...flags] });
  const running = new Set<Worker>();
  const figures = figuresOf(running);
  let stopping = false;
  let failures = 0;

  async function begin(): Promise<void> {
    const worker = cluster.fork();
    running.add(worker);
    worker.on('error', () => {}); // a message to one that is ending; its end is noticed
    worker.on('message', (message: ToParent) => figures.hear(worker, message));
    send(worker, { start });
    const ready = new Promise<void>((resolve, reject) => {
      worker.on('message', (message: ToParent) => {
        if ('ready' in message) resolve();
        if ('failed' in message) reject(Object.assign(new Error(), message.failed));
      });
      worker.once('exit', (code, signal) => {
        running.delete(worker);
        reject(new Error(`A worker process ended before it was ready (${signal ?? `exit code ${code}`})`));
      });
    });
    await ready;
    failures = 0;
    watchPulse(worker, pulseMs);
    worker.once('exit', (code, signal) => {
      if (stopping) return;
      onError(new Error(`worker ended: ${signal ?? code}`), 'serving in a worker process, which is replaced');
      void replace();
    });
  }

  async function replace(): Promise<void> {
    while (!stopping) {
      try {
        return await begin();
      } catch (error) {
        if (stopping) return;
        onError(error, 'starting a worker process');
        await sleep(Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** failures++), undefined, { ref: false });
      }
    }
  }

  async function stop(): Promise<void> {
    stopping = true;
    const ended = [...running].map(async (worker) => {
      // not `once`, which fails with the first error: a message to one that is ending makes one
      const exit = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
      send(worker, { stop: true });
      const late = setTimeout(() => worker.process.kill('SIGKILL'), STOP_MS);
      await exit;
      clearTimeout(late);
    });
    await Promise.all(ended);
  }

  const first = await Promise.allSettled(Array.from({ length: count }, begin));
  const failed = first.find((one) => one.status === 'rejected');
  if (failed) {
    await stop();
    throw failed.reason;
  }
  return { tell: (message) => running.forEach((worker) => send(worker, message)), stop };
}

/** Ends a worker that hangs: the connections the kernel gives it would wait as long as it does. */
function watchPulse(worker: Worker, everyMs: number): void {
  let unanswered = 0;
  worker.on('message', (message: ToParent) => {
    if ('pulse' in message) unanswered = 0;
  });
  const timer = setInterval(() => {
    if (unanswered === UNANSWERED_MOST) return void worker.process.kill('SIGKILL');
    unanswered += 1;
    send(worker, { pulse: true });
  }, everyMs);
  timer.unref();
  worker.once('exit', () => clearInterval(timer));
}

function send(worker: Worker, message: ToWorker): void {
  if (worker.isConnected()) worker.send(message);
}

/** Carries the figures of all workers to the one that was asked for them. */
function figuresOf(running: ReadonlySet<Worker>) {
  let asked = 0;
  const waiting = new Map<number, (figures: object[]) => void>();

  const ask = (worker: Worker) =>
    new Promise<object[]>((resolve) => {
      const question = ++asked;
      const done = (figures: object[]) => {
        clearTimeout(late);
        waiting.delete(question);
        resolve(figures);
      };
      const late = setTimeout(() => done([]), FIGURES_MS);
      waiting.set(question, done);
      send(worker, { tellFigures: question });
    });

  return {
    hear(worker: Worker, message: ToParent): void {
      if ('figures' in message) waiting.get(message.answers)?.(message.figures);
      if (!('wantFigures' in message)) return;
      const others = [...running].filter((other) => other !== worker);
      void Promise.all(others.map(ask)).then((figures) =>
        send(worker, { figures, answers: message.wantFigures }),
      );
    },
  };
}
