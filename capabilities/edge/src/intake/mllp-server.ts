import { type AddressInfo, createServer, type Socket } from 'node:net';
import { createServer as createSecureServer } from 'node:tls';
import { OutcomeError } from '@yba/fhir';
import {
  acknowledge,
  type AcknowledgementCode,
  frameMllp,
  type Header,
  Hl7v2Error,
  type Message,
  MllpDecoder,
  MllpError,
  parseMessage,
} from '@yba/hl7v2';
import type { Address } from '../folder/settings.ts';
import { tlsOptions } from '../folder/tls-options.ts';
import { uuidOf } from './message-bundle.ts';

export type MllpOptions = Address & {
  /** Keeps a message; resolves when it is on the disk. Throws Hl7v2Error or OutcomeError. */
  take(message: Message, bytes: Buffer): Promise<void>;
  now(): number;
  onError(error: unknown): void;
};

export type MllpServer = { address: string; port: number; stop(): Promise<void> };

/** Connections at a time, and how long one may say nothing, in ms. */
const MOST_CONNECTIONS = 64;
const IDLE_MS = 15 * 60_000;
/** How long the rest of a message that has begun may stay away, in ms. */
const UNFINISHED_MS = 30_000;
/** What all connections may hold of messages that have not ended, or are not answered yet, in bytes. */
const HELD_BYTES = 24 * 1024 * 1024;

/** What each connection holds of its messages, in bytes. */
type HeldBy = Map<Socket, number>;
const HANDSHAKE_MS = 10_000;

/**
 * Listens for HL7 v2, by TLS where the settings name a certificate. Each message is answered in order, on the connection it came by: AA once it is on the disk; AE with the
 * segment and field when it must be mended; AR when there is no room, so that the sender keeps it and tries again. The next
 * message is read when the one before is answered.
 */
export async function listenMllp(options: MllpOptions): Promise<MllpServer> {
  const sockets = new Set<Socket>();
  const held: HeldBy = new Map();
  const welcome = (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    serve(socket, held, options);
  };
  // a peer without a certificate of clientCa does not come through the handshake
  const server = options.tlsCert
    ? createSecureServer({ ...tlsOptions(options), handshakeTimeout: HANDSHAKE_MS }, welcome)
    : createServer(welcome);
  server.on('tlsClientError', (_error: Error, socket: Socket) => socket.destroy());
  server.maxConnections = MOST_CONNECTIONS;
  const { host, port } = options;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) =>
      reject(
        new Error(
          `The edge cannot listen for HL7 v2 on ${host}, port ${port} (${cause.code}). Change mllp in edge.json.`,
          {
            cause,
          },
        ),
      ),
    );
    server.listen(port, host, resolve);
  });
  server.on('error', options.onError);
  const address = server.address() as AddressInfo;
  return {
    address: address.address,
    port: address.port,
    stop: () =>
      new Promise<void>((done) => {
        server.close(() => done());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

function serve(socket: Socket, held: HeldBy, options: MllpOptions): void {
  const decoder = new MllpDecoder();
  socket.setTimeout(IDLE_MS, () => socket.destroy());
  socket.on('error', () => socket.destroy());
  void (async () => {
    try {
      for await (const chunk of socket) {
        const messages = decoder.push(chunk as Buffer);
        held.set(
          socket,
          messages.reduce((sum, bytes) => sum + bytes.length, decoder.heldBytes),
        );
        makeRoom(held);
        socket.setTimeout(decoder.unfinished ? UNFINISHED_MS : IDLE_MS);
        for (const bytes of messages) {
          const answer = await answerTo(bytes, options);
          if (!socket.write(frameMllp(answer))) await drained(socket);
        }
        held.set(socket, decoder.heldBytes);
      }
    } catch (error) {
      // what is not MLLP cannot be answered; a broken connection needs no answer
      if (!(error instanceof MllpError) && !isBrokenLine(error)) options.onError(error);
      socket.destroy();
    } finally {
      held.delete(socket);
    }
  })();
}

/** The longest gives way: its sender connects again and sends the message once more, as one whose line broke. */
function makeRoom(held: HeldBy): void {
  let sum = 0;
  let longest: [Socket, number] | undefined;
  for (const each of held) {
    sum += each[1];
    if (!longest || each[1] > longest[1]) longest = each;
  }
  if (sum > HELD_BYTES) longest?.[0].destroy();
}

const drained = (socket: Socket) =>
  new Promise<void>((done) => {
    socket.once('drain', done);
    socket.once('close', () => done());
  });

const isBrokenLine = (error: unknown) =>
  ['ECONNRESET', 'EPIPE', 'ERR_STREAM_PREMATURE_CLOSE', 'ETIMEDOUT'].includes(
    (error as { code?: string }).code ?? '',
  );

async function answerTo(bytes: Buffer, { take, now, onError }: MllpOptions): Promise<string> {
  let header: Header | undefined;
  const answer = (code: AcknowledgementCode, errors: Hl7v2Error[] = []) =>
    acknowledge(header, {
      code,
      errors,
      controlId: uuidOf(bytes, String(now())).slice(0, 20),
      now: new Date(now()),
      application: 'YBA-EDGE',
    });
  try {
    const message = parseMessage(bytes);
    ({ header } = message);
    await take(message, bytes);
    return answer('AA');
  } catch (error) {
    if (error instanceof Hl7v2Error)
      return answer(error.code.startsWith('20') && error.code !== '204' ? 'AR' : 'AE', [error]);
    if (error instanceof OutcomeError) {
      const said = error.issues[0]!.diagnostics ?? error.code;
      const fault = new Hl7v2Error('207', { segment: 'MSH', sequence: 1 }, { vi: said, en: said });
      return answer(error.code === 'throttled' ? 'AR' : 'AE', [fault]);
    }
    onError(error);
    const en =
      'The edge failed to keep the message. It was not taken; send it again, and look at the status page.';
    const vi = 'Trạm biên không giữ được bản tin. Bản tin chưa được nhận; gửi lại và xem trang trạng thái.';
    return answer('AR', [new Hl7v2Error('207', { segment: 'MSH', sequence: 1 }, { vi, en })]);
  }
}
