import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { HttpError } from './http-error.ts';
import { addVary } from './vary.ts';

/** Whether pages of this origin may call: an app's, as it is registered. */
export type KnownOrigin = (origin: string) => boolean | Promise<boolean>;

/** Where tokens are got and used: for pages of registered apps. */
const FOR_APPS = /^\/(?:fhir(?:\/|$)|oauth\/(?:token|introspect|revoke|userinfo)$)/;
/**
 * What anybody reads before there is a token, and how the platform looks: for pages of any origin.
 * Source: SMART App Launch 2, App Launch: CORS, and `smart_style_url`
 */
const FOR_ALL =
  /^\/(?:fhir\/metadata|(?:fhir\/)?\.well-known\/(?:smart-configuration|openid-configuration)|oauth\/(?:jwks|smart-style\.json))$/;

/** Whoever holds a SMART Health Link opens it in a viewer of their own; what it answers is encrypted. */
const FOR_LINKS = /^\/shl\/[A-Za-z0-9_-]+$/;

const SAFE: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

const PREFLIGHT = {
  'access-control-allow-methods': 'GET, HEAD, POST, PUT, PATCH, DELETE',
  'access-control-allow-headers':
    'authorization, content-type, accept, if-match, if-none-match, if-none-exist, if-modified-since, prefer, idempotency-key, x-provenance, x-security-context, x-request-id',
  'access-control-max-age': '600',
};
const EXPOSED =
  'etag, location, content-location, last-modified, retry-after, www-authenticate, x-request-id, yba-sources';

/**
 * Lets pages of registered apps call the FHIR base and the token endpoint, and those of anybody read the discovery
 * documents; no other origin gets an answer its page may read, and none may send credentials. A request that changes
 * something and brings cookies must come from our own pages: a foreign form cannot sign in, consent or sign out.
 * Sources: https://fetch.spec.whatwg.org/#http-cors-protocol, https://www.w3.org/TR/fetch-metadata/
 */
export function addCrossOrigin(app: FastifyInstance, baseUrl: string, known: KnownOrigin): void {
  const own = new URL(baseUrl).origin;
  app.addHook('onRequest', async (request, reply) => {
    const { origin, cookie, host } = request.headers;
    if (!SAFE.has(request.method) && cookie !== undefined && isForeign(request, own))
      throw new HttpError(403, 'security', 'This is answered to pages of this server alone.');
    if (origin === undefined || origin === own || URL.parse(origin)?.host === host) return undefined;
    const path = request.url.split('?')[0]!;
    const forAll = (FOR_ALL.test(path) && SAFE.has(request.method)) || FOR_LINKS.test(path);
    if (!forAll && !FOR_APPS.test(path)) return preflightOnly(request, reply);
    addVary(reply, 'origin');
    if (!forAll && !(await known(origin))) return preflightOnly(request, reply);
    reply.headers({
      'access-control-allow-origin': forAll ? '*' : origin,
      'access-control-expose-headers': EXPOSED,
    });
    return isPreflight(request) ? reply.headers(PREFLIGHT).code(204).send() : undefined;
  });
}

const isPreflight = ({ method, headers }: FastifyRequest) =>
  method === 'OPTIONS' && headers['access-control-request-method'] !== undefined;

/** A preflight of an origin that may not call gets no leave; another request is answered, and its page may not read it. */
function preflightOnly(request: FastifyRequest, reply: FastifyReply): FastifyReply | undefined {
  return isPreflight(request) ? reply.code(204).send() : undefined;
}

function isForeign({ headers }: FastifyRequest, own: string): boolean {
  const { origin, host } = headers;
  const site = headers['sec-fetch-site'];
  // our pages tell no referrer, so their forms come with the origin `null`, as those of a sandbox do: the browser tells them apart
  if (origin === 'null') return site !== 'same-origin';
  if (origin !== undefined) return origin !== own && URL.parse(origin)?.host !== host;
  return site !== undefined && site !== 'same-origin' && site !== 'none';
}
