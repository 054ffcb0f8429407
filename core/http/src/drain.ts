import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyInstance } from 'fastify';

/** A body of more bytes may still be on its way when its sender is answered. */
const SMALL_BYTES = 64 * 1024;

/** How long a sender may go on once it is answered, in ms. */
const LINGER_MS = 10_000;

/**
 * Reads on, and forgets, what a sender still sends once it is answered (413, 415, 503, an early 400). Closed at once, the
 * connection would be reset and the answer lost with it; left unread, the next request on it would wait for ever.
 * Source: RFC 9112 9.6
 */
export function addDrain(app: FastifyInstance): void {
  app.server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    if (!mayBeLarge(request)) return;
    response.once('finish', () => {
      if (!request.complete) drain(request);
    });
  });
}

const mayBeLarge = ({ headers }: IncomingMessage): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length']) > SMALL_BYTES;

function drain(request: IncomingMessage): void {
  request.unpipe();
  request.resume();
  const patience = setTimeout(() => request.socket.destroy(), LINGER_MS).unref();
  request.once('close', () => clearTimeout(patience));
}
