import type { FastifyInstance } from 'fastify';

/** What may be asked by a form as well as by the address. */
const ENDPOINTS = ['/oauth/authorize', '/oauth/end-session'] as const;

/** As long as an address may be. */
const BODY_BYTES = 8 * 1024;

/**
 * Requests for authorization and to sign out that come as a form (POST) go on as a GET: cookies of a sign-in are not sent with a form
 * of another site (SameSite=Lax), and are with the GET that follows it. Sources:
 * https://openid.net/specs/openid-connect-core-1_0.html#AuthRequest, https://openid.net/specs/openid-connect-rpinitiated-1_0.html#RPLogout,
 * https://hl7.org/fhir/smart-app-launch/STU2.2/app-launch.html#obtain-authorization-code (authorize-post)
 */
export function addPostedRequests(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string', bodyLimit: BODY_BYTES },
    (_request, body, done) => done(null, new URLSearchParams(body as string)),
  );
  for (const endpoint of ENDPOINTS)
    app.post<{ Body: URLSearchParams | undefined }>(endpoint, (request, reply) =>
      reply
        .code(303)
        .headers({ location: `${endpoint}?${request.body ?? ''}`, 'cache-control': 'no-store' })
        .send(),
    );
}
