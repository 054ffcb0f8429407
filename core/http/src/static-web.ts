import { existsSync } from 'node:fs';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';

/** Addresses that are screens of the one page: the doors, sign-in, and everything under the doors. */
const screens = [
  '/',
  '/sign-in',
  '/check',
  '/link',
  '/clinic',
  '/clinic/*',
  '/book',
  '/book/*',
  '/command',
  '/command/*',
];

const missing = `<!doctype html><html lang="vi"><meta charset="utf-8"><title>Y Bạ</title>
<p>Máy chủ đang chạy, nhưng màn hình chưa được dựng. Hãy chạy <code>npm start</code>.</p>
<p lang="en">The server runs, but its screens have not been built. Run <code>npm start</code>.</p></html>`;

/**
 * Serves the built web: hashed assets for a year, compressed ones when the build made them, and its one page
 * for every screen. Without a build the doors say so.
 */
export function addStaticWeb(app: FastifyInstance, root: string | undefined): void {
  if (root === undefined || !existsSync(join(root, 'index.html'))) {
    for (const url of screens)
      app.get(url, async (_request, reply) => reply.type('text/html; charset=utf-8').send(missing));
    return;
  }
  void app.register(fastifyStatic, {
    root,
    index: false,
    preCompressed: true,
    dotfiles: 'ignore',
    cacheControl: false,
    setHeaders(reply, path) {
      const hashed = path.includes('/assets/') || path.includes('\\assets\\');
      reply.header('cache-control', hashed ? 'public, max-age=31536000, immutable' : 'no-cache');
    },
  });
  for (const url of screens) {
    app.get(url, (_request, reply) => reply.header('cache-control', 'no-cache').sendFile('index.html'));
  }
}
