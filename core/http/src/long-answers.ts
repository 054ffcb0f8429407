import { Readable } from 'node:stream';
import { outcomeError } from '@yba/fhir';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { collectLarge } from './collect.ts';
import { LONG } from './compress.ts';
import { Turns } from './turns.ts';
import { letGoWhenStalled, type WideLimits } from './wide-answers.ts';

/** Half of the room for answers: the other answers have theirs (wide-answers.ts). */
const SENDING_BYTES = 16 * 1024 * 1024;

/** What a file that is read as it is sent holds, in bytes. */
const STREAM_BYTES = 128 * 1024;

/** By TLS an answer is there a second time, encrypted. */
const TLS = 2;

/** How long an answer waits for its turn, in ms. */
const PATIENCE_MS = 15_000;

/** What was said of the answer that cannot be sent. */
const OF_THE_ANSWER = ['cache-control', 'content-encoding', 'content-length', 'etag', 'last-modified'];

/**
 * Sends the long answers that need no token, the CapabilityStatement and files of the web, in turns by what they hold until they are
 * taken: who takes nothing for twenty seconds is let go, who waits too long is told to come again (503 with Retry-After).
 */
export function addLongAnswers(
  app: FastifyInstance,
  isTls: boolean,
  { answeringBytes = 2 * SENDING_BYTES }: Partial<WideLimits> = {},
  patienceMs: number = PATIENCE_MS,
): void {
  const turns = new Turns({ capacity: answeringBytes / 2, patienceMs });
  app.addHook<unknown>('onSend', (request, reply, payload, done) => {
    const bytes = request.wide === undefined ? heldBy(payload) : 0;
    if (bytes < LONG) return done();
    const begin = () => {
      letGoWhenStalled(reply);
      collectLarge(bytes);
      done();
    };
    const turn = turns.take(isTls ? TLS * bytes : bytes, begin, () => {
      destroy(payload);
      done(refusal(reply));
    });
    const leave = () => {
      turn.leave();
      destroy(payload);
    };
    if (reply.raw.closed) leave();
    else reply.raw.once('close', leave);
  });
}

function heldBy(payload: unknown): number {
  if (payload instanceof Readable) return STREAM_BYTES;
  return typeof payload === 'string' || Buffer.isBuffer(payload) ? payload.length : 0;
}

/** A file whose answer nobody takes any more is closed. */
function destroy(payload: unknown): void {
  if (payload instanceof Readable) payload.destroy();
}

function refusal(reply: FastifyReply): Error {
  for (const header of OF_THE_ANSWER) reply.removeHeader(header);
  reply.header('cache-control', 'no-store');
  return outcomeError('transient', 'More is asked for than the server can send at once; try again shortly.');
}
