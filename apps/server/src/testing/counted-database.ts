import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A way to a database on which statements are counted, those of the roles and look-ups that answer requests. */
export type CountedDatabase = {
  /** To be used in place of the database's own URL. */
  url: string;
  /** Statements of requests so far. */
  statements(): number;
  stop(): void;
};

/** What the first message of a connection says when it answers requests: it reads as a role, or looks up by key. */
const OF_REQUESTS = /yba_reader|force_generic_plan/;

/**
 * Stands between a server and its PostgreSQL, and counts what is executed. What works in the background (feed, sessions,
 * sweeps) has connections of its own, and is not counted. Source: https://www.postgresql.org/docs/18/protocol-message-formats.html
 */
export async function countedDatabase(databaseUrl: string): Promise<CountedDatabase> {
  const target = new URL(databaseUrl);
  const folder = target.searchParams.get('host');
  const port = Number(target.port || 5432);
  const open = new Set<Socket>();
  let count = 0;
  const proxy = createServer((client) => {
    const server = folder ? connect(`${folder}/.s.PGSQL.${port}`) : connect(port, target.hostname);
    let rest: Buffer = Buffer.alloc(0);
    let counts: boolean | undefined; // known with the first message
    client.on('data', (chunk: Buffer) => {
      server.write(chunk);
      rest = Buffer.concat([rest, chunk]);
      for (;;) {
        const head = counts === undefined ? 0 : 1;
        if (rest.length < head + 4) return;
        const end = head + rest.readInt32BE(head);
        if (rest.length < end) return;
        if (counts === undefined) counts = OF_REQUESTS.test(rest.toString('latin1', 0, end));
        else if (counts && 'BQ'.includes(String.fromCharCode(rest[0]!))) count += 1; // Bind, Query
        rest = rest.subarray(end);
      }
    });
    server.on('data', (chunk) => client.write(chunk));
    for (const [one, other] of [
      [client, server],
      [server, client],
    ] as const) {
      open.add(one);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        open.delete(one);
        other.destroy();
      });
    }
  }).listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const url = new URL(databaseUrl);
  url.searchParams.delete('host');
  url.hostname = '127.0.0.1';
  url.port = String((proxy.address() as AddressInfo).port);
  return {
    url: url.href,
    statements: () => count,
    stop() {
      proxy.close();
      for (const socket of open) socket.destroy();
    },
  };
}
