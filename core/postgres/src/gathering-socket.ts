import { connect } from 'node:net';
import type { Socket } from 'node:net';

/**
 * A connected unix socket that sends what is written in one turn of the event loop as one packet. A transaction's
 * statements are issued together, and one system call for all of them is a good part of a write's cost (measured:
 * writing was a quarter of the server's time before). Rejects when nobody listens there.
 */
export async function gatheringSocket(path: string): Promise<Socket> {
  const socket = await new Promise<Socket>((resolve, reject) => {
    const opening = connect(path);
    opening.once('error', reject);
    opening.once('connect', () => {
      opening.removeListener('error', reject);
      resolve(opening);
    });
  });
  const write = socket.write.bind(socket) as (...args: unknown[]) => boolean;
  let gathering = false;
  const gather = (...args: unknown[]): boolean => {
    if (!gathering) {
      gathering = true;
      socket.cork();
      process.nextTick(() => {
        gathering = false;
        socket.uncork();
      });
    }
    return write(...args);
  };
  socket.write = gather as Socket['write'];
  return socket;
}
