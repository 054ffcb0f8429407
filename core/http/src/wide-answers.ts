import { Readable } from 'node:stream';
import { outcomeError } from '@yba/fhir';
import type { Room } from '@yba/fhir';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { collectLarge, LARGE_READ_BYTES } from './collect.ts';
import { LONG, longAnswer } from './compress.ts';
import { asSent } from './pieces.ts';
import { Turns, type Turn } from './turns.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** The turn of an answer that holds many resources, and whether it is made; null for others. */
    wide: { turn?: Turn; isMade: boolean } | null;
    /** Gives back what the answers to the reads of its Bundle take of the room; null without any. */
    letGo: (() => void) | null;
    /** Room for those answers, until the whole is sent as one. */
    roomOf(reply: FastifyReply): Room;
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

/** What a whole chart counts, and the referrals of a facility: they come in parts, each as large as a page or a resource may be, and one is sent while the next is read. */
const WHOLE_CHART = 1_700;

/** What the reads of one Bundle may be answered together, in characters: as much as one page. */
export const BUNDLE_MOST = 8 * 1024 * 1024;

/** Reads of one Bundle that are made and found too large; then no more pages are made for it. */
const IN_VAIN_MOST = 8;

/** Each is there twice for a moment, when they are joined. */
const JOINED = 2;

/** How long a page waits for its turn, and a reader may stand still, in ms. */
const PATIENCE_MS = 15_000;
const STALLED_MS = 20_000;

export const tooMuchInOne = () =>
  outcomeError(
    'too-costly',
    `The reads of one Bundle are answered with ${BUNDLE_MOST / 1024 / 1024} MiB at most; ask for this in another, by pages (_count) or alone`,
  );

const NARROW = /^\/fhir\/:type\/:id(\/_history\/:version)?$/;

/**
 * Keeps the answers that hold many resources within limits: pages are made in turns by their size, large answers
 * leave the heap as bytes, which count before they are compressed, a reader that takes nothing of one for twenty seconds is
 * let go, and while those that wait for their readers fill the room, further ones are told to come again (503 with Retry-After).
 */
export function addWideAnswers(app: FastifyInstance, limits: Partial<WideLimits> = {}): void {
  const { pageResources, answeringBytes } = { ...usual, ...limits };
  const turns = new Turns({ capacity: pageResources, patienceMs: PATIENCE_MS });
  const full = () =>
    outcomeError('transient', 'More is asked for than the server can hold; try again shortly.');
  let answering = 0;
  app.decorateRequest('wide', null);
  app.decorateRequest('letGo', null);
  app.decorateRequest('roomOf', function roomOf(reply) {
    let held = 0;
    let inVain = 0;
    let isCounted = true;
    const letGo = () => {
      if (isCounted) answering -= JOINED * held;
      isCounted = false;
    };
    this.letGo = letGo; // a function written here would be old at once (docs/decisions/0143-nothing-is-made-old.md)
    reply.raw.once('close', letGo);
    return {
      turn: async (count) => {
        if (inVain >= IN_VAIN_MOST) throw tooMuchInOne();
        return turns.wait(weightOf(count), full);
      },
      hold: (characters) => {
        if (characters > 0 && held + characters > BUNDLE_MOST) {
          inVain++;
          throw tooMuchInOne();
        }
        if (characters > 0 && answering + JOINED * characters > answeringBytes) throw full();
        held += characters;
        if (isCounted) answering += JOINED * characters;
      },
      isLeft: () => reply.raw.closed,
    };
  });

  app.addHook('preHandler', (request, reply, done) => {
    if (isOneRead(request) && answering > answeringBytes) return done(full());
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
    request.letGo?.();
    if (reply.raw.closed) {
      request.wide?.turn?.leave(); // nobody is left to take the answer: it fills no room
      return done();
    }
    const isText = typeof payload === 'string';
    if (request.wide && payload instanceof Readable) letGoWhenStalled(reply); // it keeps its turn until it is read
    if (!(isText || Buffer.isBuffer(payload)) || payload.length < LONG) return done();
    collectLarge(payload.length);
    const isLarge = payload.length >= LARGE_READ_BYTES;
    const mayComeAgain = isOneRead(request) || (isLarge && request.wide !== null);
    if (mayComeAgain && answering > 0 && answering + payload.length > answeringBytes) return done(full());
    const bytes = isText ? Buffer.from(payload) : payload;
    answering += bytes.length;
    reply.raw.once('close', () => (answering -= bytes.length));
    letGoWhenStalled(reply);
    const body = isText ? longAnswer(request, reply, bytes) : bytes;
    done(null, Buffer.isBuffer(body) ? asSent(request, reply, body) : body);
  });
}

/** Whether it reads one resource, of which nobody knows how large it is before it is read. */
const isOneRead = ({ method, routeOptions }: FastifyRequest) =>
  method === 'GET' && NARROW.test(routeOptions.url ?? '');

/** How many resources a request asks to be shown together; 0 for a single one and for writes. */
function pageWeight({ method, routeOptions, query, body, url }: FastifyRequest): number {
  const isQuestion = method === 'GET' || /_search|\$everything|\$lastn|\$summary/.test(url);
  if (!isQuestion || NARROW.test(routeOptions.url ?? '')) return 0;
  if (url.includes('/$referrals')) return WHOLE_CHART;
  if (/\$lastn|\$summary/.test(url)) return PAGE_MOST; // they go through all results
  const asked = (name: string) =>
    body instanceof URLSearchParams ? body.get(name) : (query as Record<string, unknown>)?.[name];
  const said = asked('_count');
  if (said == null && url.includes('$everything') && asked('_page') == null) return WHOLE_CHART;
  return weightOf(said);
}

/** How many resources a page holds at most when this is its `_count`. */
function weightOf(said: unknown): number {
  const count = Number(said ?? PAGE);
  return Number.isFinite(count) ? Math.min(Math.max(count, PAGE), PAGE_MOST) : PAGE;
}

/** Breaks off an answer of which nothing was taken for a while. */
export function letGoWhenStalled({ raw }: FastifyReply): void {
  let before = -1;
  const look = setInterval(() => {
    const left = raw.socket?.writableLength ?? 0;
    if (left > 0 && left === before) raw.destroy();
    before = left;
  }, STALLED_MS / 2).unref();
  raw.once('close', () => clearInterval(look));
}
