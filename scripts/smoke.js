// Starts the product as a newcomer does, stops it with Ctrl-C, starts it again, kills it, starts it again.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const READY = /^Y Bạ ready at (http:\/\/localhost:\d+)$/;
const START_MS = 180_000;
const AGAIN_MS = 15_000;
const STOP_MS = 30_000;

const data = mkdtempSync(join(tmpdir(), 'yba-smoke-'));
chmodSync(data, 0o755);
const port = await freePort();

const first = await start('first start', START_MS);
await look(first.url);
await end(first, 'SIGINT');
const second = await start('second start', AGAIN_MS);
await look(second.url);
await end(second, 'SIGKILL');
const third = await start('start after kill -9', AGAIN_MS);
await look(third.url);
await end(third, 'SIGTERM');
rmSync(data, { recursive: true, force: true });
say('done');

/** @param {string} text */
function say(text) {
  process.stdout.write(`smoke: ${text}\n`);
}

/** @returns {Promise<number>} */
async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  return typeof address === 'object' && address ? address.port : 8080;
}

/** @param {string} what @param {number} limitMs */
async function start(what, limitMs) {
  const started = Date.now();
  const child = spawn('npm', ['start', '--silent', '--', '--port', String(port), '--data', data], {
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const timer = setTimeout(() => fail(child, `${what} took more than ${limitMs / 1000} s`), limitMs);
  child.once('exit', (code) => fail(child, `${what} ended with exit code ${code} before it was ready`));
  const url = await readyUrl(child);
  clearTimeout(timer);
  child.removeAllListeners('exit');
  say(`${what}: ready after ${((Date.now() - started) / 1000).toFixed(1)} s`);
  return { child, url };
}

/** @param {import('node:child_process').ChildProcess} child @returns {Promise<string>} */
function readyUrl(child) {
  return new Promise((resolve) => {
    let output = '';
    child.stdout?.on('data', (text) => {
      output += text;
      for (const line of output.split('\n')) {
        const url = READY.exec(line)?.[1];
        if (url) resolve(url);
      }
    });
  });
}

/** @param {string} url */
async function look(url) {
  const health = await fetch(`${url}/health`);
  const metadata = await fetch(`${url}/fhir/metadata`);
  const page = await fetch(url);
  const demo = JSON.parse(readFileSync(join(data, 'demo.json'), 'utf8'));
  const well =
    health.status === 200 && metadata.status === 200 && page.status === 200 && demo.personas.length > 0;
  if (!well) throw new Error(`/health ${health.status}, /fhir/metadata ${metadata.status}, / ${page.status}`);
}

/** @param {{ child: import('node:child_process').ChildProcess }} running @param {NodeJS.Signals} signal */
async function end({ child }, signal) {
  const timer = setTimeout(() => fail(child, `${signal} did not end it`), STOP_MS);
  const exited = once(child, 'exit');
  process.kill(-(child.pid ?? 0), signal);
  await exited;
  clearTimeout(timer);
}

/** @param {import('node:child_process').ChildProcess} child @param {string} why */
function fail(child, why) {
  process.stderr.write(`smoke: ${why}\n`);
  try {
    process.kill(-(child.pid ?? 0), 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
  process.exit(1);
}
