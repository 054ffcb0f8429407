import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { AggregatorRegistry, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { HttpError } from './http-error.ts';

/** A number the server can tell at any moment, read when `/metrics` is asked for. */
export type GaugeSource = {
  name: string;
  help: string;
  read(): number | Promise<number>;
  /** What stands for several processes together: their sum unless told. */
  among?: 'sum' | 'max';
};

/** The figures of all server processes, given those of this one. */
export type FiguresOfAll = (own: object[]) => Promise<object[][]>;

const registries = new WeakMap<FastifyInstance, Registry>();

/** What this server has counted so far, to be put together with the figures of others. */
export async function figuresOf(app: FastifyInstance): Promise<object[]> {
  return (await registries.get(app)?.getMetricsAsJSON()) ?? [];
}

const loopback = /^(127\.|::1$|::ffff:127\.)/;

/** True for a request from this machine itself, not handed on by a proxy. */
function isLocal(request: FastifyRequest): boolean {
  const forwarded = request.headers['x-forwarded-for'] ?? request.headers['forwarded'];
  return forwarded === undefined && loopback.test(request.socket.remoteAddress ?? '');
}

/** True for a request that brings the token whoever gathers figures was given. */
function isCollector(request: FastifyRequest, token: string | undefined): boolean {
  const given = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
  if (token === undefined || given === undefined) return false;
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(token)); // of one length, whatever is given
}

/**
 * Measures every answer by method, route pattern and status, and serves all figures at `/metrics` to this machine, and to who
 * brings `token` where one is set; to nobody else. Source: https://prometheus.io/docs/instrumenting/exposition_formats/
 */
export function addMetrics(
  app: FastifyInstance,
  sources: readonly GaugeSource[],
  { figuresOfAll, token }: { figuresOfAll?: FiguresOfAll | undefined; token?: string | undefined } = {},
): void {
  const registry = new Registry();
  registries.set(app, registry);
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: 20 });
  const duration = new Histogram({
    name: 'yba_http_request_duration_seconds',
    help: 'Time from the request head to the last byte of the answer',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
    registers: [registry],
  });
  for (const { name, help, read, among = 'sum' } of sources) {
    new Gauge({
      name,
      help,
      aggregator: among,
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
    if (!isLocal(request) && !isCollector(request, token))
      throw new HttpError(
        403,
        'forbidden',
        'Metrics are read on the machine itself, or with the token set for it.',
      );
    const whole = figuresOfAll
      ? AggregatorRegistry.aggregate(await figuresOfAll(await registry.getMetricsAsJSON()))
      : registry;
    return reply.type(registry.contentType).send(await whole.metrics());
  });
}
