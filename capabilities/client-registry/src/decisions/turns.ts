import type { Transaction } from '@yba/postgres';

const LOCK = 7_942_047;

/** One decision after another, over all servers, and no Patient is written meanwhile: each rests on what was before it. */
export function turnToDecide(tx: Transaction): PromiseLike<unknown> {
  return tx`select pg_advisory_xact_lock(${LOCK})`;
}

/** Writers of Patients go beside each other, and wait for a decision under way, whose links they then see. */
export function turnToWrite(tx: Transaction): PromiseLike<unknown> {
  return tx`select pg_advisory_xact_lock_shared(${LOCK})`;
}
