// A process that asks: given requests by message, it sends them and answers what came, with its own processor time.
import { sendAll } from './send.ts';

/** Requests by connection, whole as they go over the line, in latin1. */
export type Asking = { url: string; queues: string[][] };

/** What came of it. Latencies in ms. */
export type Asked = { seconds: number; latenciesMs: number[]; cpuMs: number };

if (process.send) process.once('message', (work: Asking) => void run(work));

async function run({ url, queues }: Asking): Promise<void> {
  const requests = queues.map((queue) => queue.map((request) => Buffer.from(request, 'latin1')));
  const cpu = process.cpuUsage();
  const { seconds, latenciesMs } = await sendAll(url, requests, (status) => status === 200);
  const { user, system } = process.cpuUsage(cpu);
  const asked: Asked = { seconds, latenciesMs, cpuMs: (user + system) / 1000 };
  process.send!(asked, () => process.disconnect());
}
