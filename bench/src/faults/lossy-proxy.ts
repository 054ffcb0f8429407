import { once } from 'node:events';
import { createServer, connect, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** How a line carries what is sent: freely, at 64 kb/s with every fifth packet lost, or not at all. */
export type LineState = 'open' | 'slow' | 'partition' | 'refuse';

/** A line between two processes that can be made bad. */
export type Line = {
  port: number;
  /** Where it leads; another port after the far side was started again. */
  target: number;
  state: LineState;
  /** Breaks every connection after so many more bytes in either direction; 0 at once. Answers how many there were. */
  cut(afterBytes: number): number;
  close(): Promise<void>;
};

const PACKET_BYTES = 1_460;
const SLOW_BYTES_PER_S = 8_000;
const LOSS = 0.2;
/** Until TCP sends a lost packet again, in ms; twice as long each time. */
const RETRANSMIT_MS = 200;
/** A packet lost more often breaks the connection, as a real line does sooner or later. */
const LOST_MOST = 5;

type Pair = { near: Socket; far: Socket; left: number };

/** Opens a line on a port of its own; `chance` decides which packets are lost. */
export async function openLine(target: number, chance: () => number): Promise<Line> {
  const pairs = new Set<Pair>();
  const server = createServer((near) => {
    if (line.state === 'refuse') return void near.resetAndDestroy();
    const far = connect(line.target, '127.0.0.1');
    const pair: Pair = { near, far, left: Number.POSITIVE_INFINITY };
    pairs.add(pair);
    const end = () => {
      pairs.delete(pair);
      near.destroy();
      far.destroy();
    };
    for (const socket of [near, far]) socket.on('error', end).on('close', end);
    void carry(pair, near, far, end);
    void carry(pair, far, near, end);
  });

  async function carry(pair: Pair, from: Socket, to: Socket, end: () => void): Promise<void> {
    try {
      for await (const chunk of from as AsyncIterable<Buffer>) {
        for (let at = 0; at < chunk.length; at += PACKET_BYTES) {
          const packet = chunk.subarray(at, at + PACKET_BYTES);
          if (!(await delivered(packet.length, to))) return end();
          pair.left -= packet.length;
          if (pair.left < 0) {
            to.write(packet.subarray(0, packet.length + pair.left));
            return end();
          }
          if (to.destroyed) return end();
          if (!to.write(packet)) await once(to, 'drain', { signal: AbortSignal.timeout(60_000) });
        }
      }
      to.end();
    } catch {
      end();
    }
  }

  /** Takes as long as the line needs for a packet; false when it never arrives. */
  async function delivered(bytes: number, to: Socket): Promise<boolean> {
    while (line.state === 'partition') {
      await sleep(20);
      if (to.destroyed || isClosed) return false;
    }
    if (line.state !== 'slow') return true;
    for (let lost = 0; chance() < LOSS; lost++) {
      if (lost === LOST_MOST) return false;
      await sleep(RETRANSMIT_MS * 2 ** lost);
    }
    await sleep((bytes / SLOW_BYTES_PER_S) * 1000);
    return true;
  }

  let isClosed = false;
  const line: Line = {
    port: 0,
    target,
    state: 'open',
    cut(afterBytes) {
      for (const pair of pairs) {
        if (afterBytes > 0) pair.left = Math.min(pair.left, afterBytes);
        else pair.near.resetAndDestroy();
      }
      return pairs.size;
    },
    async close() {
      isClosed = true;
      for (const { near, far } of pairs) {
        near.destroy();
        far.destroy();
      }
      server.close();
      await once(server, 'close');
    },
  };
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  line.port = (server.address() as AddressInfo).port;
  return line;
}
