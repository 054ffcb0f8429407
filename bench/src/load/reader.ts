// A process that asks by many connections at once, as cheaply as JavaScript can: sockets, whole requests made ahead.
// Given its work by message, it answers with what it counted.
import { connect, type Socket } from 'node:net';

/** What to ask for, by how many connections, for how long. */
export type Work = { url: string; token: string; paths: string[]; connections: number; seconds: number };

/** What came of it. Latencies in ms; `cpuMs` is this process's own. */
export type Counted = {
  reads: number;
  seconds: number;
  p50: number;
  p95: number;
  p99: number;
  cpuMs: number;
};

if (process.send) process.once('message', (work: Work) => void run(work));

async function run(work: Work): Promise<void> {
  const cpu = process.cpuUsage();
  const latenciesMs: number[] = [];
  const requests = work.paths.map((path) =>
    Buffer.from(`GET ${path} HTTP/1.1\r\nHost: yba\r\nAuthorization: Bearer ${work.token}\r\n\r\n`),
  );
  let next = 0;
  const request = () => requests[next++ % requests.length]!;
  const from = performance.now();
  const until = from + work.seconds * 1000;
  await Promise.all(
    Array.from({ length: work.connections }, () => askInTurn(work.url, request, until, latenciesMs)),
  );
  const seconds = (performance.now() - from) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  latenciesMs.sort((a, b) => a - b);
  const at = (share: number) => latenciesMs[Math.floor((latenciesMs.length - 1) * share)] ?? 0;
  const counted: Counted = {
    reads: latenciesMs.length,
    seconds,
    p50: at(0.5),
    p95: at(0.95),
    p99: at(0.99),
    cpuMs: (user + system) / 1000,
  };
  process.send!(counted, () => process.disconnect());
}

const HEAD_END = Buffer.from('\r\n\r\n');

/** One connection: sends, reads the whole answer, sends the next. Rejects on any answer but 200. */
function askInTurn(url: string, request: () => Buffer, until: number, latenciesMs: number[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    const socket: Socket = connect({ host: hostname, port: Number(port), noDelay: true });
    let sentAt = 0;
    let missing = 0;
    let pending: Buffer | undefined;
    const send = () => {
      if (performance.now() > until) {
        resolve();
        return socket.destroy();
      }
      sentAt = performance.now();
      socket.write(request());
    };
    const take = (chunk: Buffer) => {
      if (missing > 0) {
        missing -= chunk.length;
      } else {
        const bytes = pending ? Buffer.concat([pending, chunk]) : chunk;
        const end = bytes.indexOf(HEAD_END);
        if (end < 0) return void (pending = bytes);
        pending = undefined;
        const head = bytes.toString('latin1', 0, end);
        if (!head.startsWith('HTTP/1.1 200')) return reject(new Error(`${head.split('\r\n')[0]}`));
        missing = end + 4 + Number(/content-length: (\d+)/i.exec(head)?.[1]) - bytes.length;
      }
      if (missing > 0) return;
      latenciesMs.push(performance.now() - sentAt);
      send();
    };
    socket.on('error', reject);
    socket.on('connect', send);
    socket.on('data', take);
  });
}
