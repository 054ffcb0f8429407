import type { FastifyInstance, FastifyRequest } from 'fastify';
import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { HttpError } from './http-error.ts';

/** A number the server can tell at any moment, read when `/metrics` is asked for. */
export type GaugeSource = { name: string; help: string; read(): number | Promise<number> };

const loopback = /^(127\.|::1$|::ffff:127\.)/;

/** True for a request from this machine itself, not handed on by a proxy. */
function isLocal(request: FastifyRequest): boolean {
  const forwarded = request.headers['x-forwarded-for'] ?? request.headers['forwarded'];
  return forwarded === undefined && loopback.test(request.socket.remoteAddress ?? '');
}

/**
 * Measures every answer by method, route pattern and status, and serves all figures at `/metrics`
 * to this machine only. Source: https://prometheus.io/docs/instrumenting/exposition_formats/
 */
export function addMetrics(app: FastifyInstance, sources: readonly GaugeSource[]): void {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: 20 });
  const duration = new Histogram({
    name: 'yba_http_request_duration_seconds',
    help: 'Time from the request head to the last byte of the answer',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
    registers: [registry],
  });
  for (const { name, help, read } of sources) {
    new Gauge({
      name,
      help,
      registers: [registry],
      collect: async function () {
        this.set(await read());
      },
    });
  }
  const series = new Map<string, ReturnType<typeof duration.labels>>();
  const seriesOf = (method: string, route: string, status: number) => {
    const key = `${method} ${status} ${route}`;
    const known = series.get(key) ?? duration.labels(method, route, String(status));
    series.set(key, known); // finding it again by its labels takes longer than counting
    return known;
  };
  app.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? 'none';
    seriesOf(request.method, route, reply.statusCode).observe(reply.elapsedTime / 1000);
    done();
  });
  app.get('/metrics', async (request, reply) => {
    if (!isLocal(request)) throw new HttpError(403, 'forbidden', 'Metrics are read on the machine itself.');
    return reply.type(registry.contentType).send(await registry.metrics());
  });
}
