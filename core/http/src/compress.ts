import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { FastifyInstance } from 'fastify';

const gzipped = promisify(gzip);

/** Answers shorter than this, in characters, travel as they are: two packets gain nothing from compression. */
const SMALLEST = 2048;

/** Level 3 of 9: see docs/decisions/0015. */
const LEVEL = 3;

/** Compresses textual answers with gzip off the event loop when the client takes it. */
export function addCompression(app: FastifyInstance): void {
  app.addHook<unknown>('onSend', (request, reply, payload, done) => {
    if (typeof payload !== 'string' || payload.length < SMALLEST) return done();
    reply.header('vary', 'accept-encoding, accept');
    const accepted = request.headers['accept-encoding'];
    if (accepted === undefined || !/\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\b)/.test(accepted as string))
      return done();
    gzipped(payload, { level: LEVEL }).then((body) => {
      reply.header('content-encoding', 'gzip');
      reply.removeHeader('content-length');
      done(null, body);
    }, done);
  });
}
