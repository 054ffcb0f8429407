import type { Readable } from 'node:stream';
import { outcomeError } from '@yba/fhir';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { collectLarge, collectTexts, LARGE_BYTES } from './collect.ts';
import { JSON_LIMIT_BYTES, XML_LIMIT_BYTES, XML_TYPES } from './media-types.ts';
import { Turns, type Turn } from './turns.ts';

/** How many bytes of bodies one process holds. */
export type BodyLimits = {
  /** Received so far, of all requests that are not answered yet. */
  receivingBytes: number;
  /** Being worked on: parsed, checked and stored, a body takes about eight times its length. The others wait their turn. */
  workingBytes: number;
  /** XML files that are read or filed, decompressed; as much as one file may have unless told. */
  xmlBytes?: number;
};

const usual: BodyLimits = { receivingBytes: 2 * JSON_LIMIT_BYTES, workingBytes: JSON_LIMIT_BYTES };

/** How long a body waits until it is worked on, in ms; then the client is told to come again. */
const PATIENCE_MS = 15_000;

/** Turns of bodies to be worked on, by their bytes: for all that parses, checks and stores what was sent. */
export const bodyTurns = ({ workingBytes }: Pick<BodyLimits, 'workingBytes'>): Turns =>
  new Turns({ capacity: workingBytes, patienceMs: PATIENCE_MS });

/** What one request holds of the budget. */
type Share = { received: number; turn?: Turn; isOver: boolean; isXml: boolean };

declare module 'fastify' {
  interface FastifyRequest {
    /** What its body takes of the process's memory; null without one. */
    bodyShare: Share | null;
  }
}

const full = () =>
  outcomeError('transient', 'The server holds as many bodies as it can; send this again shortly.');

/**
 * Keeps the bodies held in memory within limits, whatever clients send and however slowly: what is received counts
 * byte by byte, so a slow client takes no more room than what it has sent; what is complete is worked on as far as
 * there is room, and waits its turn otherwise. Beyond that a client is told to come again (503 with Retry-After).
 */
export class BodyBudget {
  readonly #limits: BodyLimits;
  readonly #turns: Turns;
  #received = 0;
  #xml = 0;

  /** `turns`: those of bodies that are worked on, when others take part in them. */
  constructor(limits: BodyLimits = usual, turns: Turns = bodyTurns(limits)) {
    this.#limits = limits;
    this.#turns = turns;
  }

  /** Counts the bodies of all requests of a scope. */
  watch(app: FastifyInstance): void {
    if (!app.hasRequestDecorator('bodyShare')) app.decorateRequest('bodyShare', null);
    app.addHook('onRequest', (request, reply, done) => {
      if (isXml(request)) {
        this.#share(request, reply, true);
        return done();
      }
      const bytes = promised(request);
      if (bytes === 0) return done();
      if (Number(request.headers['content-length']) > JSON_LIMIT_BYTES) return done(); // refused with 413, unread
      if (
        this.#received > 0 &&
        this.#received + Math.min(bytes, JSON_LIMIT_BYTES) > this.#limits.receivingBytes
      )
        return done(full());
      this.#share(request, reply, false);
      done();
    });
    app.addHook('preParsing', (request, reply, payload, done) => {
      const share = request.bodyShare;
      if (share && !share.isXml)
        (payload as Readable).on('data', (chunk: Buffer) => {
          if (share.isOver) return;
          share.received += chunk.length;
          this.#received += chunk.length;
          if (this.#received <= this.#limits.receivingBytes) return;
          share.isOver = true; // told a second time, nobody would listen, and the connection end as malformed
          payload.emit('error', full());
        });
      done(null, payload);
    });
  }

  /** Begins to count a body; what it holds is given back once its request is answered. */
  #share(request: FastifyRequest, reply: FastifyReply, isXml: boolean): void {
    const share: Share = { received: 0, isOver: false, isXml };
    request.bodyShare = share;
    reply.raw.once('close', () => {
      if (isXml) this.#xml -= share.received;
      else this.#received -= share.received;
      share.received = 0;
      share.isOver = true; // what still comes on the connection is nobody's any more
      share.turn?.leave();
    });
  }

  /**
   * Counts what has come of an XML file, decompressed: read as it comes, its dossiers are held all the same until they are
   * filed. One alone always has room. Throws `transient`.
   */
  holdXml({ bodyShare }: FastifyRequest, bytes: number): void {
    if (!bodyShare?.isXml || bodyShare.isOver) return;
    const isAlone = this.#xml === bodyShare.received;
    if (!isAlone && this.#xml + bytes > (this.#limits.xmlBytes ?? XML_LIMIT_BYTES)) throw full();
    const before = Math.floor(bodyShare.received / XML_PIECE_BYTES);
    bodyShare.received += bytes;
    this.#xml += bytes;
    if (Math.floor(bodyShare.received / XML_PIECE_BYTES) > before) collectTexts();
  }

  /** Begins the work on a whole body, at once or when there is room; `refuse` when that takes too long. */
  work(
    { bodyShare }: FastifyRequest,
    bytes: number,
    begin: () => void,
    refuse: (error: Error) => void,
  ): void {
    if (!bodyShare) return begin();
    if (bodyShare.isOver) return refuse(full());
    const isLarge = bytes >= LARGE_BYTES;
    const beginClear = () => {
      if (isLarge) collectLarge();
      begin();
    };
    // of a scan there are a compressed form and the message to the database beside the texts, as long as itself
    bodyShare.turn = this.#turns.take(isLarge ? 2 * bytes : bytes, beginClear, () => refuse(full()));
  }
}

function isXml({ headers }: FastifyRequest): boolean {
  const type = headers['content-type']?.split(';')[0]?.trim().toLowerCase();
  return XML_TYPES.some((xml) => xml === type);
}

/** After so many bytes of XML the pieces that were read are cleared away. */
const XML_PIECE_BYTES = 16 * 1024 * 1024;

/** How many bytes of body a request says it has; most when it does not say. */
function promised({ headers }: FastifyRequest): number {
  if (headers['transfer-encoding'] !== undefined) return JSON_LIMIT_BYTES;
  return Number(headers['content-length'] ?? 0);
}
