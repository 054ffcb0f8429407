import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { gunzipSync } from 'node:zlib';
import { operationOutcome, OutcomeError, outcomeError, type IssueType } from '@yba/fhir';
import type { Settings } from '../folder/settings.ts';
import { tlsOptions } from '../folder/tls-options.ts';
import type { SignIn } from '../intake/sign-in.ts';
import { isOwnHost } from './own-host.ts';

/** One request as a route sees it. */
export type LocalRequest = {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: IncomingMessage['headers'];
  /** From where it comes. */
  address: string;
  /** Reads the body, gzip undone; at most the route's limit. */
  body(): Promise<Buffer>;
};

/** What a route answers. */
export type LocalAnswer = {
  status: number;
  type?: string;
  body?: string | Buffer;
  headers?: Record<string, string | string[]>;
};

export type LocalRoute = {
  method: string;
  /** The path; groups are handed on. */
  path: RegExp;
  /** True when it is a form of our own pages: another page may not send it. */
  form?: boolean;
  handle(request: LocalRequest, ...groups: string[]): LocalAnswer | Promise<LocalAnswer>;
};

/** Bodies: a dossier file is the largest. */
const LIMIT_BYTES = 16 * 1024 * 1024;
/** Requests being worked on at a time, so that memory stays what it is under a flood. */
const MOST_AT_ONCE = 16;
/** What these may hold of their bodies, as sent and as opened, in bytes. */
const BODIES_BYTES = 48 * 1024 * 1024;
/** Connections at a time: more than a hospital's programs and screens keep. */
const MOST_CONNECTIONS = 512;

const HEADERS = {
  'x-content-type-options': 'nosniff',
  // our own forms then say their origin; with no-referrer they would come as `null`, as those of any sandbox do
  'referrer-policy': 'same-origin',
  'x-frame-options': 'DENY',
  'cache-control': 'no-store',
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
};

/** Serves the routes on the hospital's side; those of FHIR to whom `signIn` lets pass. Errors are OperationOutcomes; what is not foreseen goes to `onError`. */
export function serveLocally(
  { host, port, names, ...tls }: Settings['http'],
  routes: readonly LocalRoute[],
  signIn: SignIn,
  onError: (error: unknown) => void,
): Promise<Server> {
  let busy = 0;
  const bodies = { bytes: 0 };
  const listener = (request: IncomingMessage, response: ServerResponse) => {
    if (busy >= MOST_AT_ONCE) {
      request.resume();
      return send(response, failed(outcomeError('throttled', 'The edge is busy; try again in a moment')));
    }
    busy++;
    void answer(request, routes, { signIn, names: [host, ...names], bodies }, onError)
      .then((told) => send(response, told, request.method === 'HEAD'))
      .catch(onError)
      .finally(() => busy--);
  };
  const options = { requestTimeout: 300_000, headersTimeout: 30_000, maxHeaderSize: 16_384 };
  // whoever opens the page shows no certificate; who sends is asked for one or a token
  const server = tls.tlsCert
    ? createSecureServer({ ...options, ...tlsOptions(tls), rejectUnauthorized: false }, listener)
    : createServer(options, listener);
  server.maxConnections = MOST_CONNECTIONS;
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) =>
      reject(
        new Error(
          `The edge cannot listen on ${host}, port ${port} (${cause.code}). Change http in edge.json.`,
          {
            cause,
          },
        ),
      ),
    );
    server.listen(port, host, () => resolve(server));
  });
}

async function answer(
  request: IncomingMessage,
  routes: readonly LocalRoute[],
  { signIn, names, bodies }: { signIn: SignIn; names: readonly string[]; bodies: Bodies },
  onError: (error: unknown) => void,
): Promise<LocalAnswer> {
  const own = new BodyRoom(bodies);
  const url = URL.parse(`http://edge${request.url ?? '/'}`);
  const method = request.method === 'HEAD' ? 'GET' : (request.method ?? 'GET');
  try {
    if (!url) throw outcomeError('not-found', 'Nothing is served at this address.');
    const hasSignedIn = url.pathname.startsWith('/fhir') && signIn(request);
    if (!hasSignedIn && !isOwnHost(request, names)) return failed(otherHost(), 421);
    const there = routes.filter(({ path }) => path.test(url.pathname));
    const route = there.find((each) => each.method === method);
    if (!route) {
      if (there.length === 0) throw outcomeError('not-found', 'Nothing is served at this address.');
      return failed(
        outcomeError('not-supported', `Use ${there.map((each) => each.method).join(', ')} here.`),
        405,
      );
    }
    if (route.form) refuseForeignForm(request);
    const groups = route.path.exec(url.pathname)!.slice(1);
    return await route.handle(
      {
        method,
        path: url.pathname,
        query: url.searchParams,
        headers: request.headers,
        address: request.socket.remoteAddress ?? '',
        body: () => readBody(request, own),
      },
      ...groups.map((group) => decodeURIComponent(group)),
    );
  } catch (error) {
    if (error instanceof OutcomeError) return failed(error);
    if (!request.destroyed || request.complete) onError(error); // else its sender has gone in the middle of it
    return failed(
      outcomeError('exception', 'The edge failed; nothing was taken. The service log tells more.'),
    );
  } finally {
    own.leave();
    request.resume();
  }
}

/** What all requests hold of their bodies. */
type Bodies = { bytes: number };

/** What one request holds of its body, until it is answered. */
class BodyRoom {
  readonly #all: Bodies;
  #bytes = 0;

  constructor(all: Bodies) {
    this.#all = all;
  }

  /** Throws `throttled` when all of them would hold too much. */
  take(bytes: number): void {
    if (this.#all.bytes + bytes > BODIES_BYTES)
      throw outcomeError('throttled', 'The edge is busy; try again in a moment');
    this.#all.bytes += bytes;
    this.#bytes += bytes;
  }

  leave(): void {
    this.#all.bytes -= this.#bytes;
  }
}

/** Source: https://www.rfc-editor.org/rfc/rfc9110#section-15.5.20 */
const otherHost = () =>
  outcomeError(
    'forbidden',
    'Trạm biên không mang tên này: hãy dùng địa chỉ của máy, hoặc ghi tên vào http.names của edge.json. The edge does not go by this name: call it by its address, or put the name into http.names of edge.json.',
  );

/** A form of another site changes nothing here. Source: https://www.w3.org/TR/fetch-metadata/ */
function refuseForeignForm({ headers }: IncomingMessage): void {
  const site = headers['sec-fetch-site'];
  const origin = headers.origin;
  const own = origin === undefined || URL.parse(origin)?.host === headers.host;
  if ((site !== undefined && site !== 'same-origin' && site !== 'none') || !own)
    throw outcomeError('forbidden', 'This form was sent from another page.');
}

async function readBody(request: IncomingMessage, own: BodyRoom): Promise<Buffer> {
  const body = await wholeBody(request, own);
  if (request.headers['content-encoding'] !== 'gzip') return body;
  try {
    const opened = gunzipSync(body, { maxOutputLength: LIMIT_BYTES });
    own.take(opened.length);
    return opened;
  } catch (cause) {
    if (cause instanceof OutcomeError) throw cause;
    if ((cause as { code?: string }).code === 'ERR_BUFFER_TOO_LARGE') throw tooLong();
    throw outcomeError('invalid', 'The body is not gzip though Content-Encoding says so.');
  }
}

/** One that is refused is not broken off: its sender would not hear why. */
function wholeBody(request: IncomingMessage, own: BodyRoom): Promise<Buffer> {
  const parts: Buffer[] = [];
  let length = 0;
  return new Promise((resolve, reject) => {
    const take = (part: Buffer) => {
      length += part.length;
      try {
        if (length > LIMIT_BYTES) throw tooLong();
        own.take(part.length);
        parts.push(part);
      } catch (error) {
        request.off('data', take);
        parts.length = 0;
        reject(error as Error);
      }
    };
    request.on('data', take);
    request.once('end', () => resolve(Buffer.concat(parts)));
    request.once('error', reject);
  });
}

const tooLong = () => outcomeError('too-long', 'The body is larger than 16 MiB. Send it in parts.');

/** Statuses of errors at the edge. */
const STATUS: Partial<Record<IssueType, number>> = {
  'not-found': 404,
  forbidden: 403,
  login: 401,
  throttled: 503,
  'too-long': 413,
  duplicate: 409,
  conflict: 409,
  exception: 500,
  'not-supported': 422,
  required: 422,
  'code-invalid': 422,
  invariant: 422,
  structure: 422,
  'business-rule': 422,
};

function failed(error: OutcomeError, status = STATUS[error.code] ?? 400): LocalAnswer {
  return {
    status,
    type: 'application/fhir+json; charset=utf-8',
    body: JSON.stringify(operationOutcome(error.issues)),
    ...(status === 503 ? { headers: { 'retry-after': '30' } } : {}),
    ...(status === 401 ? { headers: { 'www-authenticate': 'Bearer realm="yba-edge"' } } : {}),
  };
}

function send(
  response: ServerResponse,
  { status, type, body = '', headers = {} }: LocalAnswer,
  head = false,
): void {
  response.writeHead(status, {
    ...HEADERS,
    ...(type ? { 'content-type': type } : {}),
    'content-length': Buffer.byteLength(body),
    ...headers,
  });
  response.end(head ? undefined : body);
}
