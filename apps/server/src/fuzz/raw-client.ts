import { connect, type Socket } from 'node:net';
import { once } from 'node:events';

/** A request as it goes over the wire; nothing about it has to be valid. */
export type RawRequest = {
  method: string;
  path: string;
  headers?: readonly (readonly [string, string])[];
  body?: Buffer | string;
  /** Content-Length to tell instead of the body's own; undefined with `chunked`. */
  told?: number | string;
  chunked?: boolean;
};

/** How long an answer may take, in ms; then the connection is closed without one. */
const PATIENCE_MS = 20_000;

/** An answer: its status (0 when the connection was closed without one) and its text. */
export type RawAnswer = { status: number; text: string };

/** Speaks HTTP over one connection at a time, byte by byte as it is told. */
export class RawClient {
  readonly #port: number;
  #socket: Socket | undefined;

  constructor(url: string) {
    this.#port = Number(new URL(url).port);
  }

  /** Sends one request and reads its answer. The connection is kept while the server keeps it. */
  async send(request: RawRequest): Promise<RawAnswer> {
    const isKept = this.#socket !== undefined;
    const socket = (this.#socket ??= await this.#open());
    const answer = read(socket, request.method === 'HEAD');
    socket.write(
      request.body === undefined ? head(request) : Buffer.concat([head(request), bodyOf(request)]),
    );
    const { status, text, isLast } = await answer;
    if (isLast || request.told !== undefined) this.close();
    // a connection that was kept may have been closed before this request came
    return status === 0 && isKept ? this.send(request) : { status, text };
  }

  close(): void {
    this.#socket?.destroy();
    this.#socket = undefined;
  }

  async #open(): Promise<Socket> {
    const socket = connect({ port: this.#port, host: '127.0.0.1', noDelay: true });
    socket.on('error', () => {});
    socket.on('close', () => {
      if (this.#socket === socket) this.#socket = undefined; // closed while nothing was asked
    });
    await once(socket, 'connect');
    return socket;
  }
}

function head({ method, path, headers = [], body, told, chunked }: RawRequest): Buffer {
  const names = new Set(headers.map(([name]) => name.toLowerCase()));
  const lines = [`${method} ${path} HTTP/1.1`];
  if (!names.has('host')) lines.push('host: localhost');
  if (chunked) lines.push('transfer-encoding: chunked');
  else if ((body !== undefined || told !== undefined) && !names.has('content-length'))
    lines.push(`content-length: ${told ?? Buffer.byteLength(body!)}`);
  for (const [name, value] of headers) lines.push(`${name}: ${value}`);
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
}

function bodyOf({ body, chunked }: RawRequest): Buffer {
  const bytes = Buffer.from(body!);
  if (!chunked) return bytes;
  return Buffer.concat([
    Buffer.from(`${bytes.length.toString(16)}\r\n`),
    bytes,
    Buffer.from('\r\n0\r\n\r\n'),
  ]);
}

type Read = RawAnswer & { isLast: boolean };

/** Reads one answer; one that ends with the connection counts as far as it came. */
function read(socket: Socket, isHead: boolean): Promise<Read> {
  return new Promise((resolve) => {
    let held: Buffer = Buffer.alloc(0);
    const end = (answer: Read) => {
      clearTimeout(patience);
      socket.off('data', take).off('close', closed);
      resolve(answer);
    };
    const take = (bytes: Buffer) => {
      held = held.length === 0 ? bytes : Buffer.concat([held, bytes]);
      const answer = parse(held, isHead);
      if (answer) end(answer);
    };
    const closed = () => end({ ...(partial(held) ?? { status: 0, text: '' }), isLast: true });
    const patience = setTimeout(() => socket.destroy(), PATIENCE_MS);
    socket.on('data', take).on('close', closed);
  });
}

function partial(bytes: Buffer): RawAnswer | undefined {
  const status = /^HTTP\/1\.1 (\d{3})/.exec(bytes.toString('latin1', 0, 20))?.[1];
  return status ? { status: Number(status), text: bytes.toString('utf8') } : undefined;
}

function parse(bytes: Buffer, isHead: boolean): Read | undefined {
  const gap = bytes.indexOf('\r\n\r\n');
  if (gap < 0) return undefined;
  const headers = bytes.toString('latin1', 0, gap);
  const status = Number(headers.slice(9, 12));
  if (status === 100) return parse(bytes.subarray(gap + 4), isHead);
  const isLast = /^connection: close/im.test(headers);
  if (isHead) return { status, text: '', isLast };
  const rest = bytes.subarray(gap + 4);
  const length = /^content-length: (\d+)/im.exec(headers)?.[1];
  if (length !== undefined)
    return rest.length >= Number(length)
      ? { status, text: rest.toString('utf8', 0, Number(length)), isLast }
      : undefined;
  if (!/^transfer-encoding: chunked/im.test(headers)) return { status, text: '', isLast };
  return rest.includes('\r\n0\r\n\r\n') || rest.indexOf('0\r\n\r\n') === 0
    ? { status, text: rest.toString('utf8'), isLast }
    : undefined;
}
