import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Ports that no system takes for a connection out (Linux begins at 32768, others at 49152), so that one found free
 * is still free when its server listens, seconds later. The second is not included.
 */
const FROM = 10_000;
const TO = 32_768;
const TRIES = 100;

/** A TCP port of a host that nobody listens on. Throws what listening there says when none can be had. */
export async function freePort(host = '127.0.0.1'): Promise<number> {
  for (let left = TRIES; ; left -= 1) {
    const port = randomInt(FROM, TO);
    try {
      const probe = createServer().listen(port, host);
      await once(probe, 'listening');
      probe.close();
      await once(probe, 'close');
      return port;
    } catch (error) {
      if (left === 1 || (error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    }
  }
}
