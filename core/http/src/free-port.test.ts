import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { test } from 'node:test';
import { freePort } from './free-port.ts';

const RANGE = '/proc/sys/net/ipv4/ip_local_port_range';

test('a free port can be listened on, and is none that the system gives to connections out', async () => {
  const port = await freePort();
  const server = createServer().listen(port, '127.0.0.1');
  await once(server, 'listening');
  const out = connect(port, '127.0.0.1');
  await once(out, 'connect');
  const given = out.localPort!;
  out.destroy();
  server.close();
  // a machine that was told to begin lower has no port that it never gives out
  const first = existsSync(RANGE) ? Number(readFileSync(RANGE, 'utf8').split('\t')[0]) : given;
  assert.ok(port < Math.max(first, 32_768), `${port}`);
});

test('a host that is not of this machine is said at once', async () => {
  await assert.rejects(freePort('192.0.2.1'), { code: 'EADDRNOTAVAIL' });
});
