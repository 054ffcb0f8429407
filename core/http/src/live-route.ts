import type { Context } from '@yba/fhir';
import type { FastifyInstance } from 'fastify';
import { releaseHeaders } from './security-headers.ts';
import { contextOf, type Authenticate } from './request-types.ts';
import { standing } from './standing.ts';
import type { LiveHub, LiveTopics } from './live-hub.ts';

/**
 * Which topics a caller may follow, given the Patients (`Patient/1`) asked for.
 * Throws OutcomeError `not-found` when one of them is not open to the caller. `again`: asked about a stream that is open, which
 * is no attempt of anybody's.
 */
export type Follow = (
  context: Context,
  patients: readonly string[],
  asking?: { again: true },
) => Promise<LiveTopics>;

/**
 * `GET /live?patient=Patient/1`: an event stream for callers with a token, read with fetch. It ends with its session, when its
 * token is revoked, and before it would tell of a record that is no longer open.
 */
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
    const patients = asked.filter((patient) => patient !== '');
    const topics = await follow(context, patients);
    const stands = standing(authenticate)(request);
    hub.assertRoom(context.caller.subject); // others were opened meanwhile
    releaseHeaders(reply);
    reply.hijack();
    hub.open(context.caller, topics, reply.raw, {
      stands,
      follows: async () => {
        await stands();
        return follow(context, patients, { again: true });
      },
    });
  });
  app.addHook('preClose', () => hub.close());
}
