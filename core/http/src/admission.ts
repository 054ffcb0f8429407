import { getHeapStatistics } from 'node:v8';
import { outcomeError } from '@yba/fhir';
import type { FastifyInstance } from 'fastify';
import type { BodyLimits } from './body-budget.ts';
import type { WideLimits } from './wide-answers.ts';

/** How much one process takes on at once; what is beyond is told to come again (503 with Retry-After). */
export type DoorLimits = BodyLimits &
  WideLimits & {
    /** Requests under way, under the FHIR base. */
    requests: number;
    /** Open connections; as `connectionsIn` says. */
    connections?: number;
  };

/** Requests under way unless told. */
const REQUESTS = 1_000;

/** How often the heap is looked at, in ms, and how full it may be. */
const LOOK_MS = 100;
const HEAP_MOST = 0.92;

/**
 * Refuses requests before anything is done for them, while this process has as many under way as it can carry, or its
 * heap is nearly full.
 */
export function addAdmission(app: FastifyInstance, requests: number = REQUESTS): void {
  let underWay = 0;
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
    if (underWay >= requests || isHeapFull) {
      return done(
        outcomeError('transient', 'The server has as much to do as it can carry; try again shortly.'),
      );
    }
    underWay += 1;
    reply.raw.once('close', () => (underWay -= 1));
    done();
  });
}
