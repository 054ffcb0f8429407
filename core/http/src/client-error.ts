import { STATUS_CODES } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { operationOutcome, type IssueType } from '@yba/fhir';
import { FHIR_JSON } from './media-types.ts';

/** What Node says of bytes that are no HTTP request, as FHIR tells it. Source: https://nodejs.org/api/errors.html#hpe_ */
const told: Readonly<Record<string, { status: number; code: IssueType; text: string }>> = {
  HPE_HEADER_OVERFLOW: {
    status: 431,
    code: 'too-long',
    text: 'There are more than 100 headers, or more than 16 KiB of them. Send fewer or shorter ones; criteria can be posted to _search.',
  },
  ERR_HTTP_REQUEST_TIMEOUT: {
    status: 408,
    code: 'timeout',
    text: 'The request did not come in time. Send it again.',
  },
};

const malformed = {
  status: 400,
  code: 'invalid' as const,
  text: 'This is not a well-formed HTTP request: check its method, address (letters beyond ASCII escaped: Nguyễn as Nguy%E1%BB%85n), headers and length.',
};

/** How long the sender may take to read why, in ms. */
const PATIENCE_MS = 1000;

/** When to come again, in seconds. */
const RETRY_S = '2';

/** Answers CONNECT: this is no proxy. Source: RFC 9110 9.3.6 */
export function refuseConnect(_request: unknown, socket: Duplex): void {
  say(socket, 405, 'not-supported', 'CONNECT is not supported here. This server is no proxy.');
}

/** Answers an `Expect` that is none HTTP knows. Source: RFC 9110 10.1.1 */
export function refuseExpectation(request: IncomingMessage): void {
  say(
    request.socket,
    417,
    'not-supported',
    'This Expect is not known here. Leave the header away, or send Expect: 100-continue.',
  );
}

/** Answers what never became a request with an OperationOutcome too, and hangs up once it can have been read. */
export function answerClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable) return void socket.destroy();
  const { status, code, text } = told[error.code ?? ''] ?? malformed;
  say(socket, status, code, text);
}

/** Tells who sends requests without end before the first are answered that this is the last answer. */
export function tellTooManyBehind(response: ServerResponse): void {
  const body = bodyOf(
    'transient',
    'Too many requests were sent before the first was answered; send those that were not answered again shortly.',
  );
  response.writeHead(503, headersOf(503, body)).end(body);
}

/** Says on a connection, in HTTP, what keeps it from being served, and hangs up once that can have been read. */
export function say(socket: Duplex, status: number, code: IssueType, text: string): void {
  const body = bodyOf(code, text);
  const head = Object.entries(headersOf(status, body)).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${head.join('')}\r\n${body}`);
  socket.resume(); // what still comes is not kept, and not left unread: the answer would be lost with a reset
  setTimeout(() => socket.destroy(), PATIENCE_MS).unref();
}

const bodyOf = (code: IssueType, diagnostics: string) =>
  JSON.stringify(operationOutcome([{ severity: 'error', code, diagnostics }]));

const headersOf = (status: number, body: string) => ({
  'content-type': FHIR_JSON,
  'content-length': Buffer.byteLength(body),
  ...(status === 503 ? { 'retry-after': RETRY_S } : {}),
  connection: 'close',
});
