import { OutcomeError, type Caller } from '@yba/fhir';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { networkOf } from './network-of.ts';
import { createRateLimit, type Allowance, type RateLimits } from './rate-limit.ts';
import type { Authenticate } from './request-types.ts';

/** Requests of one person, at a screen or by an app: a chart is a handful. */
const PERSON: Allowance = { perMinute: 1_200, burst: 2_400 };

/** Requests without a token that counts, from one address: enough for a hospital whose tokens have just ended. */
const REFUSED: Allowance = { perMinute: 120, burst: 600, lease: 20 };

/** Requests at the endpoints of OAuth from one address: a hospital's shift behind one gateway begins at once. */
const OAUTH: Allowance = { perMinute: 600, burst: 1_200, lease: 20 };

/**
 * Authenticates, within limits: those of the address for requests that open nothing, so that tokens cannot be guessed at;
 * those of the person or client for what is asked. `perMinute` is what one system may ask of all processes together; as
 * much as they can carry when undefined. A person's requests each process counts by itself: a screen is no load. Throws
 * `throttled`.
 */
export function limitedAuthentication(
  authenticate: Authenticate,
  perMinute: number | undefined,
  limits: RateLimits,
): Authenticate {
  const persons = createRateLimit(PERSON);
  const systems = perMinute
    ? limits('requests', { perMinute, burst: perMinute, lease: Math.max(1, Math.floor(perMinute / 60)) })
    : undefined;
  const refused = limits('refused', REFUSED);
  return async (request) => {
    let caller: Caller;
    try {
      caller = await authenticate(request);
    } catch (error) {
      if (error instanceof OutcomeError && error.code === 'login') await refused.take(networkOf(request.ip));
      throw error;
    }
    const limit = caller.role === 'system' ? systems : persons;
    if (limit) await limit.take(caller.subject);
    return caller;
  };
}

/** Limits what one address asks of the endpoints of OAuth. */
export function addOauthLimit(app: FastifyInstance, limits: RateLimits): void {
  const limit = limits('oauth', OAUTH);
  app.addHook('onRequest', async (request: FastifyRequest) => {
    if (request.url.startsWith('/oauth/') && !request.url.startsWith('/oauth/fonts/'))
      await limit.take(networkOf(request.ip));
  });
}
