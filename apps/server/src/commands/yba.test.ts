import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '@yba/http';
import { ROOT } from './root.ts';

const LAUNCHER = join(ROOT, 'bin', 'yba.js');
const dataDir = mkdtempSync(join(tmpdir(), 'yba-command-'));
chmodSync(dataDir, 0o755);

after(() => rmSync(dataDir, { recursive: true, force: true }));

type Ended = { code: number; stdout: string; stderr: string };

function yba(...args: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(process.execPath, [LAUNCHER, ...args], (error, stdout, stderr) =>
      resolve({ code: Number(error?.code ?? 0), stdout, stderr }),
    );
  });
}

const settings = (port: number) => ['--no-demo', '--port', String(port), '--data', dataDir, '--log', 'error'];

/** `yba serve` by the launcher, ready. */
const serving = (port: number) => ready(process.execPath, [LAUNCHER, 'serve', ...settings(port)]);

async function ready(
  command: string,
  args: string[],
): Promise<{ launcher: ChildProcess; stdout: () => string }> {
  const launcher = spawn(command, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
  let [stdout, stderr] = ['', ''];
  launcher.stdout.on('data', (text: Buffer) => (stdout += text.toString()));
  launcher.stderr.on('data', (text: Buffer) => (stderr += text.toString()));
  while (!stdout.includes('\n')) {
    assert.equal(launcher.exitCode, null, stderr);
    await sleep(20);
  }
  return { launcher, stdout: () => stdout };
}

async function answers(port: number): Promise<boolean> {
  return fetch(`http://localhost:${port}/health`).then(
    ({ status }) => status === 200,
    () => false,
  );
}

describe('the yba command', () => {
  test('lists commands and settings', async () => {
    const { code, stdout } = await yba('help');
    assert.equal(code, 0);
    for (const word of ['yba start', 'yba serve', 'yba demo', '--port, PORT', 'DATABASE_URL'])
      assert.ok(stdout.includes(word), word);
  });

  test('refuses what it does not know, in one line', async () => {
    const { code, stderr } = await yba('sevre');
    assert.equal(code, 1);
    assert.equal(stderr.trim(), '"sevre" is not a command of Y Bạ. "yba help" lists them.');
  });

  test('says which setting to change when the port is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as { port: number };
    const { code, stderr } = await yba('serve', '--port', String(port), '--data', dataDir);
    other.close();
    assert.equal(code, 1);
    assert.match(stderr, new RegExp(`Port ${port} is in use by another program\\. .*--port`));
  });

  test('writes one line on standard output, serves, and ends in order at Ctrl-C', async () => {
    const port = await freePort();
    const { launcher, stdout } = await serving(port);
    assert.equal(stdout(), `Y Bạ ready at http://localhost:${port}\n`);
    assert.ok(await answers(port));
    launcher.kill('SIGINT');
    assert.deepEqual(await once(launcher, 'exit'), [0, null]);
    assert.ok(!(await answers(port)));
  });

  test('ends when its launcher is killed, and starts again at once', async () => {
    const port = await freePort();
    const first = await serving(port);
    first.launcher.kill('SIGKILL');
    const second = await serving(port);
    assert.ok(await answers(port));
    second.launcher.kill('SIGTERM');
    await once(second.launcher, 'exit');
  });

  test(
    'ends when npm is killed, and starts again at once',
    { skip: process.platform === 'win32' },
    async () => {
      const port = await freePort();
      const first = await ready('npm', ['start', '--silent', '--', ...settings(port)]);
      first.launcher.kill('SIGKILL');
      const second = await serving(port);
      assert.ok(await answers(port));
      second.launcher.kill('SIGTERM');
      await once(second.launcher, 'exit');
    },
  );
});
