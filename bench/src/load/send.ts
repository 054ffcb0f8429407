import { connect, type Socket } from 'node:net';

/** What came of sending: how long it took in all, and each answer's status and latency in ms, in the order answered. */
export type Sent = { seconds: number; statuses: number[]; latenciesMs: number[] };

const HEAD_END = Buffer.from('\r\n\r\n');

/** A whole HTTP request, made ahead so that sending it costs the client next to nothing. */
export function httpRequest(
  path: string,
  token: string,
  body: string,
  headers: readonly string[] = [],
): Buffer {
  const bytes = Buffer.from(body);
  const head = [
    `POST ${path} HTTP/1.1`,
    'Host: yba',
    `Authorization: Bearer ${token}`,
    'Content-Type: application/fhir+json',
    `Content-Length: ${bytes.length}`,
    ...headers,
  ];
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), bytes]);
}

/**
 * Sends every queue over a connection of its own, one request after the other's answer. Rejects when a connection
 * breaks or `accept` refuses a status.
 */
export async function sendAll(
  url: string,
  queues: readonly (readonly Buffer[])[],
  accept: (status: number) => boolean,
): Promise<Sent> {
  const statuses: number[] = [];
  const latenciesMs: number[] = [];
  const from = performance.now();
  const answered = (status: number, ms: number) => {
    if (!accept(status)) throw new Error(`answered ${status}`);
    statuses.push(status);
    latenciesMs.push(ms);
  };
  await Promise.all(queues.map((queue) => sendInTurn(url, queue, answered)));
  return { seconds: (performance.now() - from) / 1000, statuses, latenciesMs };
}

function sendInTurn(
  url: string,
  queue: readonly Buffer[],
  answered: (status: number, ms: number) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    const socket: Socket = connect({ host: hostname, port: Number(port), noDelay: true });
    let next = 0;
    let sentAt = 0;
    let status = 0;
    let missing = 0;
    let pending: Buffer | undefined;
    const send = () => {
      if (next === queue.length) return void socket.end(resolve);
      sentAt = performance.now();
      socket.write(queue[next++]!);
    };
    const take = (chunk: Buffer) => {
      if (missing > 0) missing -= chunk.length;
      else {
        const bytes = pending ? Buffer.concat([pending, chunk]) : chunk;
        const end = bytes.indexOf(HEAD_END);
        if (end < 0) return void (pending = bytes);
        pending = undefined;
        const head = bytes.toString('latin1', 0, end);
        status = Number(head.slice(9, 12));
        missing = end + 4 + Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0) - bytes.length;
      }
      if (missing > 0) return;
      try {
        answered(status, performance.now() - sentAt);
      } catch (error) {
        socket.destroy();
        return reject(error as Error);
      }
      send();
    };
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('the server closed a connection before it had answered')));
    socket.on('connect', send);
    socket.on('data', take);
  });
}

/** The values at shares of a sorted list: p50, p95, p99. */
export function percentiles(latenciesMs: readonly number[]): string {
  const sorted = [...latenciesMs].sort((a, b) => a - b);
  const at = (share: number) => (sorted[Math.floor((sorted.length - 1) * share)] ?? 0).toFixed(1);
  return `p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, p99 ${at(0.99)} ms`;
}
