import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { Server as TlsServer } from 'node:tls';
import type { IssueType } from '@yba/fhir';
import { say, tellTooManyBehind } from './client-error.ts';

/** What one connection holds at most while none of its requests is worked on, in bytes: measured with half a head of 16 KiB. */
const CLEAR_BYTES = 28 * 1024;
const TLS_BYTES = 88 * 1024;

/** How many connections find room in so many bytes. */
export const connectionsIn = (bytes: number, isTls: boolean): number =>
  Math.floor(bytes / (isTls ? TLS_BYTES : CLEAR_BYTES));

/** Connections of a process unless told. */
const CONNECTIONS = 1_000;

/** Headers of one request; beyond it is told 431. */
const MOST_HEADERS = 100;

/** Options of Node.js: a head is whole in time, or its sender is told 408. */
export const HEAD_OPTIONS = { headersTimeout: 15_000, connectionsCheckingInterval: 5_000 };

/** How long a client may take for the TLS handshake, in ms. */
export const HANDSHAKE_MS = 10_000;

/** How often connections are looked at unless told, in ms. */
const LOOK_MS = 1_000;

/** At how many looks in a row nothing is asked on a connection, or one that is stalled does not go on, before it gives way. */
const IDLE_LOOKS = 2;
const STALLED_LOOKS = 10;

/** Fewer bytes of a body between two looks are next to none. */
const SLOW_BYTES = 1024;

/** How many give way at once, so that not all are gone through for each that comes. */
const GIVE_WAY = 16;

/** Connections that were told to go and may still read why; then the first of them is closed. */
const MOST_LEAVING = 256;

/** Room beside all these until what is closed is gone, and for TLS handshakes; beyond it Node.js hangs up without a word. */
const BESIDE = 1_000;
const SHAKING_HANDS = 256;

/** Requests that wait for the answer to the one before them: on one connection, and on all. */
const MOST_BEHIND = 100;
const MOST_BEHIND_IN_ALL = 500;

/** How long the answers before the refusal of a request behind may take, in ms. */
const BEHIND_MS = 10_000;

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** What is known of a connection. */
type Line = {
  /** The answer to the newest request that is or was worked on. */
  last: ServerResponse | undefined;
  /** Requests that came before that was sent. */
  behind: [IncomingMessage, ServerResponse][];
  /** At how many looks in a row nothing went on, and how far its bytes had come then. */
  quietLooks: number;
  bytes: number;
  isOver: boolean;
};

/**
 * Keeps what connections hold within limits, whatever is sent on them. Beyond `most`, idle and stalled ones give way, the oldest
 * first, with 408; where there is none, who comes is told 503 with Retry-After. Of requests that were sent without waiting for answers
 * one is worked on at a time. Call it when the server has all its listeners.
 */
export function boundConnections(server: Server, most: number = CONNECTIONS, lookMs: number = LOOK_MS): void {
  const connections = new Connections(most);
  const look = setInterval(() => connections.look(), lookMs).unref();
  server.once('close', () => clearInterval(look));
  const isTls = server instanceof TlsServer;
  server.maxHeadersCount = MOST_HEADERS;
  server.maxConnections = most + MOST_LEAVING + BESIDE + (isTls ? SHAKING_HANDS : 0);
  replace(
    server,
    isTls ? 'secureConnection' : 'connection',
    (welcome: (socket: Socket) => void, socket: Socket) => {
      if (connections.take(socket)) welcome(socket);
    },
  );
  replace(server, 'request', (answer: Answer, request: IncomingMessage, response: ServerResponse) =>
    connections.ask(request, response, answer),
  );
}

class Connections {
  readonly #most: number;
  readonly #lines = new Map<Socket, Line>();
  readonly #leaving = new Set<Socket>();
  #behind = 0;
  #allAreBusy = false;

  constructor(most: number) {
    this.#most = most;
  }

  /** Whether there is room for who comes; else it is told so. */
  take(socket: Socket): boolean {
    if (this.#lines.size >= this.#most && !this.#allAreBusy) this.#makeRoom();
    if (this.#lines.size >= this.#most) {
      socket.on('error', () => socket.destroy());
      this.#tellToGo(
        socket,
        503,
        'transient',
        'The server has as many connections as it can carry; try again shortly.',
      );
      return false;
    }
    const line: Line = { last: undefined, behind: [], quietLooks: 0, bytes: 0, isOver: false };
    this.#lines.set(socket, line);
    socket.once('close', () => {
      this.#behind -= line.behind.length;
      line.behind = []; // of what was not begun nobody would hear
      this.#lines.delete(socket);
    });
    return true;
  }

  /** Notes which connections are idle or stalled. */
  look(): void {
    this.#allAreBusy = false;
    for (const [socket, line] of this.#lines) {
      if (line.last?.closed) line.last = undefined; // an idle connection need not keep what it asked
      line.quietLooks = isQuiet(socket, line) ? line.quietLooks + 1 : 0;
    }
  }

  /** Has a request answered, at once or when the one before it is. */
  ask(request: IncomingMessage, response: ServerResponse, answer: Answer): void {
    const { socket } = request;
    const line = this.#lines.get(socket);
    if (!line || line.isOver) return;
    if (isIdle(line)) {
      line.last = response;
      return answer(request, response);
    }
    if (line.behind.length >= MOST_BEHIND || this.#behind >= MOST_BEHIND_IN_ALL) {
      line.isOver = true;
      readNoFurther(socket);
      setTimeout(() => socket.destroy(), BEHIND_MS).unref();
      return tellTooManyBehind(response);
    }
    if (line.behind.length === 0) line.last!.once('close', () => this.#next(socket, line, answer));
    line.behind.push([request, response]);
    this.#behind++;
    socket.pause();
  }

  #next(socket: Socket, line: Line, answer: Answer): void {
    const exchange = socket.writable ? line.behind.shift() : undefined;
    if (!exchange) return; // or the answer before it was the last
    this.#behind--;
    [, line.last] = exchange;
    if (line.behind.length > 0) {
      line.last.once('close', () => this.#next(socket, line, answer));
      socket.pause(); // Node.js reads on behind each answer
    } else if (!line.isOver) socket.resume();
    answer(...exchange);
  }

  #makeRoom(): void {
    let left = GIVE_WAY;
    for (const [socket, line] of this.#lines) {
      if (line.quietLooks < (isIdle(line) ? IDLE_LOOKS : STALLED_LOOKS)) continue;
      line.isOver = true;
      this.#lines.delete(socket);
      if (line.last?.headersSent && !line.last.closed) socket.destroy();
      else
        this.#tellToGo(
          socket,
          408,
          'timeout',
          'Others need the room of this connection. Send the request again.',
        );
      if (--left === 0) return;
    }
    this.#allAreBusy = left === GIVE_WAY;
  }

  #tellToGo(socket: Socket, status: number, code: IssueType, text: string): void {
    say(socket, status, code, text);
    this.#leaving.add(socket);
    socket.once('close', () => this.#leaving.delete(socket));
    if (this.#leaving.size > MOST_LEAVING) this.#leaving.values().next().value?.destroy();
  }
}

const isIdle = ({ last, behind }: Line) => (last === undefined || last.closed) && behind.length === 0;

/** Whether nothing went on since the last look, for want of the client: nothing asked, a body that does not come, an answer not taken. */
function isQuiet(socket: Socket, line: Line): boolean {
  if (isIdle(line)) return true;
  const before = line.bytes;
  if (line.last?.req.complete) {
    line.bytes = socket.writableLength;
    return line.bytes > 0 && line.bytes === before;
  }
  line.bytes = socket.bytesRead;
  return line.bytes - before < SLOW_BYTES && !socket.isPaused(); // else it is we who do not read it yet
}

/** What Node.js takes for “this connection is HTTP no longer”: it parses no more of what came. */
const STOP_PARSING = 2;

/** A piece of 64 KiB may be two thousand requests, each of which would take its 4 kB until the connection is closed. */
function readNoFurther(socket: Socket): void {
  const { parser } = socket as { parser?: { onIncoming?: () => number } | null };
  if (parser?.onIncoming) parser.onIncoming = () => STOP_PARSING;
  socket.pause();
}

/** Puts a listener before those that a server has for an event; it hands on what they are to hear. */
function replace<Args extends unknown[]>(
  server: Server,
  event: string,
  listener: (handOn: (...args: Args) => void, ...args: Args) => void,
): void {
  const own = server.listeners(event);
  server.removeAllListeners(event);
  const handOn = (...args: Args) => {
    for (const each of own) Reflect.apply(each, server, args);
  };
  server.on(event, (...args: unknown[]) => listener(handOn, ...(args as Args)));
}
