import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fastify } from 'fastify';
import { compressAssets } from './compress-assets.ts';
import { addStaticWeb } from './static-web.ts';

const root = mkdtempSync(join(tmpdir(), 'yba-web-'));
const app = fastify({ forceCloseConnections: true, routerOptions: { ignoreTrailingSlash: true } });
let base = '';

before(async () => {
  mkdirSync(join(root, 'assets'));
  writeFileSync(join(root, 'index.html'), '<!doctype html><title>Y Bạ</title>');
  writeFileSync(join(root, 'assets', 'door-abc123.js'), 'console.log(1);'.repeat(500));
  writeFileSync(join(root, '.sources'), 'hash');
  await compressAssets(root);
  addStaticWeb(app, root);
  base = await app.listen({ port: 0, host: '127.0.0.1' });
});
after(async () => {
  await app.close();
  rmSync(root, { recursive: true });
});

test('every address of a screen gives the one page, never cached without asking', async () => {
  for (const path of [
    '/',
    '/sign-in?uid=1',
    '/clinic',
    '/clinic/',
    '/clinic/patients/1',
    '/book/access',
    '/command',
  ]) {
    const response = await fetch(base + path);
    assert.equal(response.status, 200, path);
    assert.match(await response.text(), /<title>Y Bạ/);
    assert.equal(response.headers.get('cache-control'), 'no-cache');
  }
});

test('a hashed asset is kept for a year and comes compressed', async () => {
  const response = await fetch(`${base}/assets/door-abc123.js`, { headers: { 'accept-encoding': 'br' } });
  assert.equal(response.headers.get('content-encoding'), 'br');
  assert.equal(response.headers.get('cache-control'), 'public, max-age=31536000, immutable');
  assert.match(response.headers.get('content-type') ?? '', /javascript/);
  assert.match(await response.text(), /^console/);
  const plain = await fetch(`${base}/assets/door-abc123.js`, { headers: { 'accept-encoding': 'identity' } });
  assert.equal(plain.headers.get('content-encoding'), null);
});

test('what is not there is 404, and hidden files are not there', async () => {
  assert.equal((await fetch(`${base}/assets/other.js`)).status, 404);
  assert.equal((await fetch(`${base}/.sources`)).status, 404);
  assert.equal((await fetch(`${base}/assets/..%2f..%2fetc/passwd`)).status, 404);
});

test('without a build the doors say how to make one', async () => {
  const bare = fastify();
  addStaticWeb(bare, undefined);
  const response = await bare.inject('/clinic');
  assert.equal(response.statusCode, 200);
  assert.match(response.body, /npm start/);
});
