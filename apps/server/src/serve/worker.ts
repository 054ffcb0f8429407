// One of several processes that serve HTTP. What it is to serve comes by message; it ends when the parent says so or is gone.
import { figuresOf } from '@yba/http';
import { compose, type Platform } from './compose.ts';
import type { Start, ToParent, ToWorker } from './messages.ts';
import { closePools, openPools, type DatabasePools } from './pools.ts';

const say = (message: ToParent) => void process.send?.(message);
const waiting = new Map<number, (figures: object[][]) => void>();
let asked = 0;
let served: { platform: Platform; pools: DatabasePools } | undefined;

// Ctrl-C in a terminal reaches the whole group: the parent decides what comes of it
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {});
process.on('message', (message: ToWorker) => void hear(message));

async function hear(message: ToWorker): Promise<void> {
  if ('start' in message) await begin(message.start);
  else if ('moved' in message) served?.platform.publish(message.moved, message.position);
  else if ('tellFigures' in message)
    say({ answers: message.tellFigures, figures: served ? await figuresOf(served.platform.http) : [] });
  else if ('figures' in message) waiting.get(message.answers)?.(message.figures);
  else if ('pulse' in message) say({ pulse: true });
  else await stop();
}

async function begin({ config, address, personas }: Start): Promise<void> {
  try {
    const pools = openPools(config.databaseUrl);
    const platform = await compose(config, address, pools, { siblings: { figures: figuresOfAll } });
    served = { platform, pools };
    platform.welcome(personas);
    await platform.listen();
    process.title = 'yba worker'; // as `ps` shows it from now on
    say({ ready: true });
  } catch (error) {
    const { message, code, syscall } = error as NodeJS.ErrnoException;
    say({ failed: { message, ...(code ? { code } : {}), ...(syscall ? { syscall } : {}) } });
  }
}

/** The figures of all workers, this one's first. */
async function figuresOfAll(own: object[]): Promise<object[][]> {
  const question = ++asked;
  const others = await new Promise<object[][]>((resolve) => {
    waiting.set(question, resolve);
    say({ wantFigures: question });
  });
  waiting.delete(question);
  return [own, ...others];
}

async function stop(): Promise<void> {
  await served?.platform.stop();
  if (served) await closePools(served.pools);
  process.exit(0);
}
