import type { FastifyInstance } from 'fastify';
import { blockList, contains } from './guarded-fetch.ts';
import { HttpError } from './http-error.ts';

/** The proxies whose word about a request's origin is taken. */
export type TrustedProxies = { trusts(address: string | undefined): boolean };

/** Proxies in these ranges (`10.0.0.0/8`). Throws TypeError for what is no range. */
export function trustedProxies(ranges: readonly string[]): TrustedProxies {
  const list = blockList(ranges);
  return { trusts: (address) => address !== undefined && contains(list, address) };
}

/** What is answered in the clear all the same: whether the server is well, asked by the machine it runs on. */
const IN_THE_CLEAR: ReadonlySet<string> = new Set(['/health', '/metrics']);

/**
 * Behind proxies that speak https to people: a request that reached the proxy in the clear, or came past it, is led to the
 * public address when it only asks for something, else refused, since what it carried has been readable on its way.
 */
export function refuseClear(app: FastifyInstance, proxies: TrustedProxies, baseUrl: string): void {
  app.addHook('onRequest', (request, reply, done) => {
    const secure =
      proxies.trusts(request.raw.socket.remoteAddress) && request.headers['x-forwarded-proto'] === 'https';
    const carriesNothing = request.headers.authorization === undefined;
    if (secure || (carriesNothing && IN_THE_CLEAR.has(request.url.split('?')[0]!))) return done();
    const asksOnly = request.method === 'GET' || request.method === 'HEAD';
    if (asksOnly && carriesNothing) return void reply.redirect(baseUrl + request.url, 308);
    done(clearRefused(baseUrl));
  });
}

/** 403 for a request that came in the clear. */
export function clearRefused(baseUrl: string): HttpError {
  return new HttpError(
    403,
    'security',
    `This server is reached by https alone: ${baseUrl}. What was sent in the clear may have been read: change a password or secret that was in it.`,
  );
}
