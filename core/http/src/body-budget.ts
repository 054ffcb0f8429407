import { outcomeError } from '@yba/fhir';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { JSON_LIMIT_BYTES } from './media-types.ts';

/** Bodies smaller than this are not counted: thousands of them fit beside one large one. */
const SMALL_BYTES = 256 * 1024;

/** Most bytes of large bodies held at once; a parsed body takes about five times its bytes. */
const BUDGET_BYTES = 16 * JSON_LIMIT_BYTES;

/** What a body may come to: its length when told, else the limit. A compressed one may swell to the limit. */
function mayTake({ headers }: FastifyRequest): number {
  if (headers['content-encoding'] !== undefined) return JSON_LIMIT_BYTES;
  if (headers['transfer-encoding'] !== undefined) return JSON_LIMIT_BYTES;
  return Math.min(Number(headers['content-length'] ?? 0), JSON_LIMIT_BYTES);
}

/**
 * Keeps the bodies that are held in memory at once within a budget: one more large body is told to come again
 * (503 with Retry-After) before a byte of it is read.
 */
export function addBodyBudget(app: FastifyInstance, budgetBytes: number = BUDGET_BYTES): void {
  let heldBytes = 0;
  app.addHook('onRequest', (request, reply, done) => {
    const bytes = mayTake(request);
    if (bytes < SMALL_BYTES) return done();
    if (heldBytes + bytes > budgetBytes) {
      return done(
        outcomeError(
          'transient',
          'The server holds as many large bodies as it can; send this again shortly.',
        ),
      );
    }
    heldBytes += bytes;
    reply.raw.once('close', () => (heldBytes -= bytes));
    done();
  });
}
