import { createGzip, gzip, gzipSync, type Gzip } from 'node:zlib';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { addVary } from './vary.ts';

/** Answers shorter than this, in characters, travel as they are: two packets gain nothing from compression. */
const SMALLEST = 2048;

/**
 * Answers of so many characters are compressed on another thread; below, the way there costs more. Where answers take room
 * (wide-answers.ts) these are compressed once they have it: their texts would be held uncounted until then.
 */
export const LONG = 32 * 1024;

/** Level 3 of 9: see docs/decisions/0015-compression.md. */
const options = { level: 3 };

/** True when the client's Accept-Encoding takes gzip. Source: RFC 9110 12.5.3 */
const takesGzip = (accepted: unknown) =>
  typeof accepted === 'string' && /\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))/.test(accepted);

/** Whether the answer goes out as gzip; says so in its headers then. */
function goesAsGzip(request: FastifyRequest, reply: FastifyReply): boolean {
  addVary(reply, 'accept-encoding');
  if (!takesGzip(request.headers['accept-encoding'])) return false;
  reply.header('content-encoding', 'gzip');
  reply.removeHeader('content-length');
  return true;
}

/** Compresses textual answers with gzip when the client takes it. */
export function addCompression(app: FastifyInstance): void {
  app.addHook<unknown>('onSend', (request, reply, payload, done) => {
    if (typeof payload !== 'string' || payload.length < SMALLEST) return done();
    const isLong = payload.length >= LONG;
    if ((isLong && request.wide !== undefined) || !goesAsGzip(request, reply)) return done();
    if (!isLong) return done(null, gzipSync(payload, options));
    gzip(payload, options, done);
  });
}

/** A long text, as bytes, as it goes out to a client: as it is, or compressed piece by piece as it is read. */
export function longAnswer(request: FastifyRequest, reply: FastifyReply, bytes: Buffer): Buffer | Gzip {
  if (!goesAsGzip(request, reply)) return bytes;
  const stream = createGzip(options);
  stream.end(bytes);
  return stream;
}
