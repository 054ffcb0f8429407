import { gzip, gzipSync } from 'node:zlib';
import type { FastifyInstance } from 'fastify';
import { addVary } from './vary.ts';

/** Answers shorter than this, in characters, travel as they are: two packets gain nothing from compression. */
const SMALLEST = 2048;

/** Answers longer than this, in characters, are compressed on another thread; below, the way there costs more. */
const LARGE = 32_768;

/** Level 3 of 9: see docs/decisions/0015-compression.md. */
const options = { level: 3 };

/** True when the client's Accept-Encoding takes gzip. Source: RFC 9110 12.5.3 */
const takesGzip = (accepted: unknown) =>
  typeof accepted === 'string' && /\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))/.test(accepted);

/** Compresses textual answers with gzip when the client takes it. */
export function addCompression(app: FastifyInstance): void {
  app.addHook<unknown>('onSend', (request, reply, payload, done) => {
    if (typeof payload !== 'string' || payload.length < SMALLEST) return done();
    addVary(reply, 'accept-encoding');
    if (!takesGzip(request.headers['accept-encoding'])) return done();
    reply.header('content-encoding', 'gzip');
    reply.removeHeader('content-length');
    if (payload.length < LARGE) return done(null, gzipSync(payload, options));
    gzip(payload, options, done);
  });
}
