import type { Context } from '@yba/fhir';
import type { FastifyInstance } from 'fastify';
import { releaseHeaders } from './security-headers.ts';
import { contextOf, type Authenticate } from './request-types.ts';
import type { LiveHub, LiveTopics } from './live-hub.ts';

/**
 * Which topics a caller may follow, given the Patients (`Patient/1`) asked for.
 * Throws OutcomeError `not-found` when one of them is not open to the caller.
 */
export type Follow = (context: Context, patients: readonly string[]) => Promise<LiveTopics>;

/** `GET /live?patient=Patient/1`: an event stream for callers with a token, read with fetch. */
export function addLive(
  app: FastifyInstance,
  hub: LiveHub,
  authenticate: Authenticate,
  follow: Follow,
): void {
  app.get('/live', { exposeHeadRoute: false }, async (request, reply) => {
    request.caller = await authenticate(request);
    const context = contextOf(request);
    hub.assertRoom(context.caller.subject);
    const asked = new URLSearchParams(request.url.split('?')[1]).getAll('patient');
    const topics = await follow(
      context,
      asked.filter((patient) => patient !== ''),
    );
    releaseHeaders(reply);
    reply.hijack();
    hub.open(context.caller, topics, reply.raw);
  });
  app.addHook('preClose', () => hub.close());
}
