import { connect } from 'node:net';
import type { Socket } from 'node:net';

/**
 * A unix socket that sends what is written in one turn of the event loop as one packet. A transaction's statements are
 * issued together, and one system call for all of them is a good part of a write's cost (measured: writing was a quarter
 * of the server's time before). It is handed over while it is still connecting: when nobody listens there, the driver
 * hears so from the socket as from its own; a rejected promise would leave its connection unusable for ever.
 */
export function gatheringSocket(path: string): Socket {
  const socket = connect(path);
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
