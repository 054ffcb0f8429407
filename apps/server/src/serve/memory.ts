import type { Config } from '../config.ts';

/** What the launcher, and the parent of several workers, need of all memory, in MB; bin/yba.js holds the parent to it. */
const LAUNCHER_MB = 48;
const PARENT_MB = 304;

/** Least memory of one process that serves, of a worker beside others, and what a worker has unless told, in MB. */
const LEAST_MB = 224;
const LEAST_WORKER_MB = 280;
const WORKER_MB = 376;

/** Code, stacks, buffers of connections and libraries: what a process holds beside heap and bodies, in MB. */
const BASE_MB = 112;

/** What one process that serves may use. */
export type MemoryShare = {
  /** Limit of V8's old generation, in MB. */
  heapMb: number;
  /** Bodies that are being received, in bytes. */
  receivingBytes: number;
  /** Bodies that are being worked on, in bytes: each takes about eight times its length. */
  workingBytes: number;
  /** Resources that searches and histories under way ask for together; a page's text may take 25 kB of heap for each. */
  pageResources: number;
  /** Answers that wait for slow readers, in bytes. */
  answeringBytes: number;
  /** What connections may hold while nothing is asked on them, in bytes. */
  connectionBytes: number;
};

type Limits = Pick<Config, 'memoryMb' | 'workers'>;

const MB = 1024 * 1024;

/** Memory that all processes of the server hold together unless told, in MB; docs/decisions/0141 says why so much. */
export function standardMemoryMb(workers: number): number {
  return workers === 1 ? 512 : LAUNCHER_MB + PARENT_MB + workers * WORKER_MB;
}

/** Least memory that so many workers need, in MB. */
export function leastMemoryMb(workers: number): number {
  return workers === 1 ? LAUNCHER_MB + LEAST_MB : LAUNCHER_MB + PARENT_MB + workers * LEAST_WORKER_MB;
}

/** What each of the processes that serve may use of the memory that all may hold. */
export function memoryShare({ workers = 1, memoryMb = standardMemoryMb(workers) }: Limits): MemoryShare {
  const shareMb = workers === 1 ? memoryMb - LAUNCHER_MB : (memoryMb - LAUNCHER_MB - PARENT_MB) / workers;
  const freeMb = Math.max(shareMb - BASE_MB, 64);
  const heapMb = Math.floor(workers === 1 ? memoryMb * 0.42 : freeMb * 0.6); // the launcher does the same sum for one
  return {
    heapMb,
    pageResources: Math.max(1_000, Math.round(heapMb * 16)),
    receivingBytes: Math.round(Math.max(freeMb * 0.07, 20) * MB),
    workingBytes: Math.round(Math.max(freeMb * 0.05, 16) * MB),
    answeringBytes: Math.round(freeMb * 0.1 * MB),
    connectionBytes: Math.round(freeMb * 0.125 * MB),
  };
}

/** Options of Node.js that keep a process that serves within its share. */
export function memoryFlags(limits: Limits): string[] {
  return [
    `--max-old-space-size=${memoryShare(limits).heapMb}`,
    '--max-semi-space-size=32', // docs/decisions/0150-a-nursery-of-32-mb.md
    // what V8 guesses to live long it makes among what is old, where it keeps alive what it knows of the young until the whole
    // heap is marked (docs/decisions/0143-nothing-is-made-old.md)
    '--no-allocation-site-pretenuring',
    '--heap-growing-percent=200', // the whole heap is marked less often than V8 would by itself
  ];
}
