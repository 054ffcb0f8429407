import { getHeapStatistics } from 'node:v8';
import { outcomeError } from '@yba/fhir';
import type { FastifyInstance } from 'fastify';
import type { BodyLimits } from './body-budget.ts';

/** How much one process takes on at once; what is beyond is told to come again (503 with Retry-After). */
export type DoorLimits = BodyLimits & {
  /** Requests under way, under the FHIR base. */
  requests: number;
  /** Answers that are not sent yet because their readers are slow, in bytes. */
  answeringBytes: number;
};

const usual: Pick<DoorLimits, 'requests' | 'answeringBytes'> = {
  requests: 1_000,
  answeringBytes: 32 * 1024 * 1024,
};

/** Answers shorter than this, in characters, are not counted. */
const SMALL = 32 * 1024;

/** How often the heap is looked at, in ms, and how full it may be. */
const LOOK_MS = 100;
const HEAP_MOST = 0.92;

/**
 * Refuses requests before anything is done for them, while this process has as many under way as it can carry: by
 * their number, by the bytes of answers that wait for slow readers, and by what the heap has left.
 */
export function addAdmission(app: FastifyInstance, limits: Partial<DoorLimits> = {}): void {
  const { requests, answeringBytes } = { ...usual, ...limits };
  let underWay = 0;
  let answering = 0;
  let isHeapFull = false;
  const look = setInterval(() => {
    const { used_heap_size: used, heap_size_limit: limit } = getHeapStatistics();
    isHeapFull = used > limit * HEAP_MOST;
  }, LOOK_MS).unref();
  app.addHook('onClose', (_app, done) => {
    clearInterval(look);
    done();
  });
  app.addHook('onRequest', (_request, reply, done) => {
    if (underWay >= requests || answering > answeringBytes || isHeapFull) {
      reply.header('connection', 'close'); // a body that follows is not read
      return done(
        outcomeError('transient', 'The server has as much to do as it can carry; try again shortly.'),
      );
    }
    underWay += 1;
    reply.raw.once('close', () => (underWay -= 1));
    done();
  });
  app.addHook<unknown>('onSend', (_request, reply, payload, done) => {
    const size = typeof payload === 'string' || Buffer.isBuffer(payload) ? payload.length : 0;
    if (size >= SMALL) {
      answering += size;
      reply.raw.once('close', () => (answering -= size));
    }
    done();
  });
}
