import { outcomeError } from '@yba/fhir';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Turns, type Turn } from './turns.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** The turn of an answer that holds many resources, and whether it is made; null for others. */
    wide: { turn?: Turn; isMade: boolean } | null;
  }
}

/** How much of the answers that hold many resources one process makes and keeps at once. */
export type WideLimits = {
  /** Resources asked for by searches and histories under way, as `_count` says. */
  pageResources: number;
  /** Answers that are not sent yet because their readers are slow, in bytes. */
  answeringBytes: number;
};

const usual: WideLimits = { pageResources: 4_000, answeringBytes: 32 * 1024 * 1024 };

/** A page's size when `_count` does not say, and what `_include` may make of it at least. */
const PAGE = 20;
const PAGE_MOST = 1_000;

/** How long a page waits for its turn, and a reader may stand still, in ms. */
const PATIENCE_MS = 15_000;
const STALLED_MS = 20_000;

/** Answers shorter than this, in characters, are not watched. */
const SMALL = 32 * 1024;

const NARROW = /^\/fhir\/:type\/:id(\/_history\/:version)?$/;

/**
 * Keeps the answers that hold many resources within limits: pages are made in turns by their size, large answers
 * leave the heap as bytes, a reader that takes nothing of one for twenty seconds is let go, and while those that wait
 * for their readers fill the room, further ones are told to come again (503 with Retry-After).
 */
export function addWideAnswers(app: FastifyInstance, limits: Partial<WideLimits> = {}): void {
  const { pageResources, answeringBytes } = { ...usual, ...limits };
  const turns = new Turns({ capacity: pageResources, patienceMs: PATIENCE_MS });
  const full = () =>
    outcomeError('transient', 'More is asked for than the server can hold; try again shortly.');
  let answering = 0;
  app.decorateRequest('wide', null);

  app.addHook('preHandler', (request, reply, done) => {
    const weight = pageWeight(request);
    if (weight === 0 || reply.raw.closed) return done(); // who hung up would never give a turn back
    if (answering > answeringBytes) return done(full());
    const wide: NonNullable<FastifyRequest['wide']> = { isMade: false };
    let isAtWork = false;
    const begin = () => {
      isAtWork = true;
      done();
    };
    wide.turn = turns.take(weight, begin, () => done(full()));
    request.wide = wide;
    reply.raw.once('close', () => {
      // what is asked of the database goes on when who asked hangs up, and so does its turn
      if (!isAtWork || wide.isMade || reply.sent) wide.turn?.leave();
    });
  });
  app.addHook<unknown>('onSend', (request, reply, payload, done) => {
    if (request.wide) request.wide.isMade = true;
    if (reply.raw.closed) {
      request.wide?.turn?.leave(); // nobody is left to take the answer: it fills no room
      return done();
    }
    const isText = typeof payload === 'string';
    if (!(isText || Buffer.isBuffer(payload)) || payload.length < SMALL) return done();
    const bytes = isText ? Buffer.from(payload) : payload;
    answering += bytes.length;
    reply.raw.once('close', () => (answering -= bytes.length));
    letGoWhenStalled(reply);
    done(null, bytes);
  });
}

/** How many resources a request asks to be shown together; 0 for a single one and for writes. */
function pageWeight({ method, routeOptions, query, body, url }: FastifyRequest): number {
  const isQuestion = method === 'GET' || url.includes('_search') || url.includes('$everything');
  if (!isQuestion || NARROW.test(routeOptions.url ?? '')) return 0;
  const said =
    body instanceof URLSearchParams ? body.get('_count') : (query as Record<string, unknown>)?.['_count'];
  const count = Number(said ?? PAGE);
  return Number.isFinite(count) ? Math.min(Math.max(count, PAGE), PAGE_MOST) : PAGE;
}

/** Breaks off an answer of which nothing was taken for a while. */
function letGoWhenStalled({ raw }: FastifyReply): void {
  let before = -1;
  const look = setInterval(() => {
    const left = raw.socket?.writableLength ?? 0;
    if (left > 0 && left === before) raw.destroy();
    before = left;
  }, STALLED_MS / 2).unref();
  raw.once('close', () => clearInterval(look));
}
