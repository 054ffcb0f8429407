import { setTimeout as sleep } from 'node:timers/promises';

/** Waits for a condition; fails after 20 seconds, naming it. */
export async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + 20_000;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`Waited in vain until ${what}`);
    await sleep(20);
  }
}
