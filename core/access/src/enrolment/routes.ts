import { invalid } from '@yba/fhir';
import { createRateLimit, networkOf } from '@yba/http';
import type { FastifyInstance } from 'fastify';
import type { JWK } from 'jose';
import { logSecurity } from '../sign-in/security-log.ts';
import { refused, type AccountRoutes } from '../account/signed-in.ts';
import { redeemEnrolmentCode, renewClientKey } from './enrolment-codes.ts';

/** Guesses of codes from one address. */
const ATTEMPTS = { perMinute: 5, burst: 20 };

/**
 * How an edge agent comes in: `POST /oauth/enrol` `{code, jwks}` once, `POST /oauth/enrol/key` `{jwks}` with its token whenever
 * it has made a new key. Both stand in the access log.
 */
export function addEnrolment(app: FastifyInstance, routes: AccountRoutes): void {
  const { sql, ports, baseUrl } = routes;
  const attempts = routes.rateLimits?.('enrol', ATTEMPTS) ?? createRateLimit(ATTEMPTS);

  app.post('/oauth/enrol', { bodyLimit: 32_768 }, async (request, reply) => {
    await attempts.take(networkOf(request.ip));
    const { code, keys } = read(request.body);
    if (code === undefined) throw invalid('code', 'Send the enrolment code as “code”');
    const enrolled = await redeemEnrolmentCode(sql, code, keys);
    await logSecurity(ports, {
      requestId: request.id,
      caller: systemOf(enrolled.clientId, enrolled.facility, enrolled.facilityName),
      action: 'account',
      outcome: 'success',
      target: `client/${enrolled.clientId}`,
      reason: 'Trạm biên ghi danh bằng mã dùng một lần',
    });
    return reply.header('cache-control', 'no-store').send({
      client_id: enrolled.clientId,
      facility: enrolled.facility,
      facility_name: enrolled.facilityName,
      token_endpoint: `${baseUrl}/oauth/token`,
      fhir_base: `${baseUrl}/fhir`,
    });
  });

  app.post('/oauth/enrol/key', { bodyLimit: 32_768 }, async (request, reply) => {
    const caller = await routes.identify(request);
    if (caller.role !== 'system')
      throw await refused(routes, request, caller, 'Software renews its key, people sign in otherwise');
    await renewClientKey(sql, caller.client, read(request.body).keys);
    await logSecurity(ports, {
      requestId: request.id,
      caller,
      action: 'account',
      outcome: 'success',
      target: `client/${caller.client}`,
      reason: 'Trạm biên thay khóa',
    });
    return reply.header('cache-control', 'no-store').send({});
  });
}

const systemOf = (client: string, facility: string, facilityName: string) => ({
  role: 'system' as const,
  client,
  subject: `client/${client}`,
  name: facilityName,
  facility,
  facilityName,
  scopes: [],
});

function read(body: unknown): { code?: string; keys: JWK[] } {
  const { code, jwks } = (typeof body === 'object' && body !== null ? body : {}) as {
    code?: unknown;
    jwks?: { keys?: unknown };
  };
  if (!Array.isArray(jwks?.keys) || jwks.keys.some((key) => typeof key !== 'object' || key === null))
    throw invalid('jwks', 'Send public keys as “jwks”: {"keys": […]}');
  return { ...(typeof code === 'string' ? { code } : {}), keys: jwks.keys as JWK[] };
}
