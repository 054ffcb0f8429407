import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createLocalJWKSet, decodeProtectedHeader, jwtVerify, type JSONWebKeySet } from 'jose';
import { authorizationRequest, exchange, signInWithPassword } from '../testing/browser.ts';
import { callerOf, running, type Running } from '../testing/running.ts';
import { providerKeys, rotateProviderKeys } from './server-secret.ts';

let server: Running;
let client: { clientId: string; clientSecret: string };
const doctor = { username: 'bs.khoi', password: 'mot mat khau rat dai' };

before(async () => {
  server = await running();
  client = await server.access.createClient({ name: 'HIS', facility: '01013', facilityName: 'Bạch Mai' });
  await server.access.createAccount({
    ...doctor,
    role: 'doctor',
    name: 'Lê Minh Khôi',
    facility: '79001',
    facilityName: 'Chợ Rẫy',
  });
});
after(() => server.stop());

async function token(): Promise<string> {
  const { tokens } = await exchange(server.baseUrl, {
    grant_type: 'client_credentials',
    client_id: client.clientId,
    client_secret: client.clientSecret,
  });
  return tokens.access_token;
}

const published = async () => (await (await fetch(`${server.baseUrl}/oauth/jwks`)).json()) as JSONWebKeySet;
const kidOf = (jwt: string) => decodeProtectedHeader(jwt).kid;

/** Waits until the running server signs with this key. */
async function signsWith(kid: string): Promise<string> {
  for (let n = 0; n < 100; n++) {
    const now = await token();
    if (kidOf(now) === kid) return now;
    await sleep(20);
  }
  return assert.fail(`the server does not sign with ${kid}`);
}

test('a running server signs with the new key, and what the old one signed goes on', async () => {
  const signedIn = await signInWithPassword(server.baseUrl, doctor);
  const old = await token();
  const kid = await rotateProviderKeys(server.sql, server.secrets);
  const fresh = await signsWith(kid);
  assert.notEqual(kidOf(old), kid);
  for (const one of [old, fresh]) assert.notEqual(await callerOf(server.baseUrl, one), 401);
  const keys = await published();
  const kids = (alg: string) => keys.keys.flatMap((key) => (key.alg === alg ? [key.kid] : []));
  assert.deepEqual(kids('ES256'), [kid, kidOf(old)]);
  const { identity, retired } = await providerKeys(server.sql, server.secrets, 'yba');
  const before = retired!.find(({ key }) => key.alg === 'RS256')!.key;
  assert.notEqual(identity!.kid, before.kid, 'the key of identity tokens is another too');
  assert.deepEqual(kids('RS256'), [identity!.kid, before.kid]);
  assert.ok(keys.keys.every((key) => !('d' in key)));
  for (const one of [old, fresh]) assert.ok((await jwtVerify(one, createLocalJWKSet(keys))).payload);
  const again = authorizationRequest(server.baseUrl, 'clinic', { prompt: 'none' });
  const { location } = await signedIn.visitor.follow(again.url, again.redirectUri);
  assert.ok(new URL(location).searchParams.get('code'), 'the browser stays signed in');
});

test('the old key ends with the tokens it signed', async () => {
  const old = await token();
  const kid = await rotateProviderKeys(server.sql, server.secrets, -1);
  await signsWith(kid);
  const { keys } = await published();
  assert.ok(!keys.some((key) => key.kid === kidOf(old)));
  const { retired } = await providerKeys(server.sql, server.secrets, 'yba');
  await rotateProviderKeys(server.sql, server.secrets);
  const later = await providerKeys(server.sql, server.secrets, 'yba');
  assert.ok(retired!.some(({ key }) => key.kid === kidOf(old)));
  assert.ok(!later.retired!.some(({ key }) => key.kid === kidOf(old)), 'it leaves the database too');
});
