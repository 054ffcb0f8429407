import type { FastifyInstance } from 'fastify';

/** One address that is served: the method, and the pattern of its path. */
export type ServedRoute = { method: string; url: string };

const tables = new WeakMap<FastifyInstance, ServedRoute[]>();

/** Notes every route that is registered from now on. */
export function addRouteTable(app: FastifyInstance): void {
  const table: ServedRoute[] = [];
  tables.set(app, table);
  app.addHook('onRoute', ({ method, url }) => {
    for (const one of [method].flat()) table.push({ method: one, url });
  });
}

/** Everything a running server serves: what a test of who may call what goes through. */
export function routesOf(app: FastifyInstance): readonly ServedRoute[] {
  return tables.get(app) ?? [];
}
