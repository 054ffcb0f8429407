import { type AccessEvent, type Caller, outcomeError, notFound } from '@yba/fhir';
import { createRateLimit, networkOf, type RateLimits } from '@yba/http';
import type { FastifyInstance } from 'fastify';
import type { Sql } from '@yba/postgres';
import { openLink } from './health-links.ts';

type RoutePorts = {
  sql: Sql;
  audit: { read(event: AccessEvent): Promise<void> };
  rateLimits?: RateLimits;
};

/** Asks from one address, of all links and server processes together. */
const ASKS = { perMinute: 30, burst: 30 };
const RECIPIENT_MOST = 120;
/** Signs that are not seen, or turn the line round: with them a name reads as another in the person's log. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

/**
 * `POST /shl/{token}` `{recipient, passcode}`: the manifest of a SMART Health Link, with its encrypted file inside. Each
 * opening, and each wrong passcode, stands in the person's access log by the name that the recipient gives.
 * Source: https://hl7.org/fhir/uv/smart-health-cards-and-links/links-specification.html#smart-health-link-manifest-request
 */
export function addLinkRoute(app: FastifyInstance, { sql, audit, rateLimits }: RoutePorts): void {
  const asks = rateLimits?.('health-link', ASKS) ?? createRateLimit(ASKS);
  app.post('/shl/:token', { bodyLimit: 4_096 }, async (request, reply) => {
    await asks.take(networkOf(request.ip));
    const { token } = request.params as { token: string };
    const body = (request.body ?? {}) as { recipient?: unknown; passcode?: unknown };
    const recipient = typeof body.recipient === 'string' ? body.recipient.trim() : '';
    if (recipient === '' || recipient.length > RECIPIENT_MOST || UNSEEN.test(recipient))
      throw outcomeError(
        'required',
        `Say who opens this: recipient, up to ${RECIPIENT_MOST} characters that can be seen`,
        'recipient',
      );
    const passcode = typeof body.passcode === 'string' ? body.passcode : '';
    if (!/^[A-Za-z0-9_-]{43}$/.test(token)) throw notFound('This link');
    const opened = await openLink(sql, token, passcode);
    if (opened.outcome === 'gone') throw notFound('This link');
    const isOpen = opened.outcome === 'open';
    await audit.read({
      at: new Date(),
      requestId: request.id,
      caller: callerOf(recipient),
      action: 'read',
      target: 'Patient/$summary',
      persons: [opened.person],
      purpose: 'PATRQT',
      reason: 'Mở bằng mã QR và mật mã do người bệnh đưa',
      outcome: isOpen ? 'success' : 'denied',
    });
    reply.header('cache-control', 'no-store');
    if (!isOpen) return reply.code(401).send({ remainingAttempts: opened.left });
    return reply.send({ files: [{ contentType: 'application/fhir+json', embedded: opened.file }] });
  });
}

/** Whoever holds the link and the passcode, by the name they give. */
const callerOf = (recipient: string): Caller => ({
  role: 'system',
  client: 'health-link',
  subject: 'client/health-link',
  name: `${recipient} (mã QR)`,
  scopes: [],
});
