import { Readable } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { LONG } from './compress.ts';

/** By TLS, Node.js keeps as much as was ever written at once on a connection for as long as that is open, once it is not taken. */
const PIECE_BYTES = 32 * 1024;

/** A long answer as it is sent: by TLS in pieces, each written when the one before was taken; in the clear as it is. */
export function asSent({ raw }: FastifyRequest, reply: FastifyReply, bytes: Buffer): Buffer | Readable {
  if (!(raw.socket as Partial<TLSSocket>).encrypted) return bytes;
  reply.header('content-length', bytes.length);
  let at = 0;
  return new Readable({
    highWaterMark: PIECE_BYTES,
    read() {
      this.push(at < bytes.length ? bytes.subarray(at, (at += PIECE_BYTES)) : null);
    },
  });
}

/** Sends long answers so, but for those that take room first (wide-answers.ts). */
export function addPieces(app: FastifyInstance): void {
  app.addHook<unknown>('onSend', (request, reply, payload, done) => {
    const isText = typeof payload === 'string';
    if (request.wide !== undefined || !(isText || Buffer.isBuffer(payload)) || payload.length < LONG)
      return done();
    done(null, asSent(request, reply, isText ? Buffer.from(payload) : payload));
  });
}
