import type { Persona } from '@yba/access';
import type { Config } from '../config.ts';
import type { Address } from './address.ts';

/** What a worker needs to serve: sent once, first. It holds secrets, so it goes by message alone. */
export type Start = { config: Config; address: Address; personas: readonly Persona[] };

/** What the parent tells its workers. */
export type ToWorker =
  | { start: Start }
  /** Topics that moved, and the feed's newest position. */
  | { moved: readonly string[]; position: number }
  /** Asks for the worker's figures. */
  | { tellFigures: number }
  /** The figures of all, as this worker had asked. */
  | { figures: object[][]; answers: number }
  /** Asks whether it is alive. */
  | { pulse: true }
  | { stop: true };

/** What a worker tells the parent. */
export type ToParent =
  | { ready: true }
  /** Cannot serve; why, in words for people, and what tells a database that is away from other reasons. */
  | { failed: { message: string; code?: string; syscall?: string } }
  /** Asks for the figures of the other workers. */
  | { wantFigures: number }
  | { figures: object[]; answers: number }
  | { pulse: true };
