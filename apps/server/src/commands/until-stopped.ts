import type { Progress } from '../progress.ts';
import type { Running } from './bring-up.ts';

const IMPATIENT_MS = 2_000;
const LINGER_MS = 5_000;

/**
 * Keeps a server running until Ctrl-C, a polite kill or the end of the launcher, and stops it in order.
 * A signal that comes later than two seconds after the first ends the process at once.
 */
export async function untilStopped({ stop }: Pick<Running, 'stop'>, progress: Progress): Promise<number> {
  const code = await asked();
  const since = Date.now();
  const insist = () => {
    if (Date.now() - since > IMPATIENT_MS) process.exit(code);
  };
  for (const signal of SIGNALS) process.on(signal, insist);
  progress('stopping');
  try {
    await stop();
  } finally {
    // what a part left behind, as one that failed at its end, does not keep the process
    setTimeout(() => process.exit(), LINGER_MS).unref();
  }
  progress('stopped');
  return 0;
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 };

function asked(): Promise<number> {
  return new Promise((resolve) => {
    for (const signal of SIGNALS) process.once(signal, () => resolve(CODES[signal]));
    process.once('disconnect', () => resolve(1));
  });
}
