import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { releaseHeaders } from './security-headers.ts';

/** A plain Node request handler, such as oidc-provider's `callback()`. */
export type RawHandler = (request: IncomingMessage, response: ServerResponse) => unknown;

/**
 * Hands everything under `prefix` to a plain Node handler with the body unread, in a scope of its own.
 * Routes registered elsewhere under the same prefix win, being more specific. The handler sees the full path.
 */
export function mountRaw(app: FastifyInstance, prefix: string, handler: RawHandler): void {
  void app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', (_request, _payload, done) => done(null));
    scope.route({
      method: ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS'],
      url: `${prefix}/*`,
      exposeHeadRoute: false,
      handler: async (request, reply) => {
        releaseHeaders(reply);
        reply.hijack();
        await handler(request.raw, reply.raw);
      },
    });
  });
}
