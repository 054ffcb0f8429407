import type { FastifyInstance } from 'fastify';
import { safeError } from './safe-error.ts';

/** What `/health` tells. `check` rejects when the database does not answer; `about` is told as it is. */
export type Health = { check(): Promise<void>; about: Readonly<Record<string, unknown>> };

/** `GET /health`: 200 when the database answers, else 503. Public, and says nothing of its inside. */
export function addHealth(app: FastifyInstance, { check, about }: Health): void {
  app.get('/health', async (request, reply) => {
    reply.header('cache-control', 'no-store');
    try {
      await check();
      return { status: 'ok', ...about };
    } catch (error) {
      request.log.error({ error: safeError(error) }, 'unhealthy');
      return reply.code(503).send({ status: 'unavailable', ...about });
    }
  });
}
