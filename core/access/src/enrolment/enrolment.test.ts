import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK } from 'jose';
import { exchange } from '../testing/browser.ts';
import { callerOf, running, type Running } from '../testing/running.ts';
import { listClients } from '../oidc/registration.ts';
import { issueEnrolmentCode } from './enrolment-codes.ts';

const HOUR_MS = 3_600_000;
const place = { facility: '27001', facilityName: 'Bệnh viện Đa khoa Bắc Ninh số 1', name: 'Trạm biên' };

let server: Running;
before(async () => (server = await running()));
after(() => server.stop());

type Pair = { kid: string; privateKey: CryptoKey; jwk: JWK };

async function pair(kid: string): Promise<Pair> {
  const { privateKey, publicKey } = await generateKeyPair('ES384', { extractable: true });
  return { kid, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg: 'ES384', use: 'sig' } };
}

async function post(path: string, body: object, token?: string) {
  const response = await fetch(server.baseUrl + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as Record<string, string> };
}

let jti = 0;
async function token(client: string, { kid, privateKey }: Pair) {
  const now = Math.floor(Date.now() / 1000);
  const assertion = await new SignJWT({
    iss: client,
    sub: client,
    aud: `${server.baseUrl}/oauth/token`,
    exp: now + 100,
    jti: `j${++jti}`,
  })
    .setProtectedHeader({ alg: 'ES384', kid })
    .sign(privateKey);
  return exchange(server.baseUrl, {
    grant_type: 'client_credentials',
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: assertion,
  });
}

const issue = (validMs = HOUR_MS) => issueEnrolmentCode(server.sql, { ...place, validMs });

test('a code enrols one edge, bound to its facility, which then signs in with its own key', async () => {
  const { code } = await issue();
  const key = await pair('k1');
  const written = ` ${code.toLowerCase().replaceAll('-', ' ')} `;
  const { status, body } = await post('/oauth/enrol', { code: written, jwks: { keys: [key.jwk] } });
  assert.equal(status, 200, JSON.stringify(body));
  assert.equal(body['facility'], '27001');
  assert.equal(body['token_endpoint'], `${server.baseUrl}/oauth/token`);
  const { tokens } = await token(body['client_id']!, key);
  const caller = await callerOf(server.baseUrl, tokens.access_token);
  assert.equal((caller as { facility: string }).facility, '27001');

  const again = await post('/oauth/enrol', { code, jwks: { keys: [key.jwk] } });
  assert.equal(again.status, 403);
  const clients = await listClients(server.sql);
  assert.equal(clients.filter(({ name }) => name === 'Trạm biên').length, 1);
});

test('a code that expired, or is guessed, enrols nobody; neither does a private or weak key use one up', async () => {
  const key = await pair('k1');
  const { code: old } = await issue(-1);
  for (const code of [old, 'AAAAA-AAAAA-AAAAA-AAAAA'])
    assert.equal((await post('/oauth/enrol', { code, jwks: { keys: [key.jwk] } })).status, 403);
  const { code } = await issue();
  const secret = await exportJWK(key.privateKey);
  assert.equal((await post('/oauth/enrol', { code, jwks: { keys: [secret] } })).status, 422);
  assert.equal((await post('/oauth/enrol', { code })).status, 422);
  assert.equal((await post('/oauth/enrol', { code, jwks: { keys: [key.jwk] } })).status, 200);
});

test('the database holds no code, and two at once cannot use the same', async () => {
  const { code } = await issue();
  const rows = await server.sql`select e::text as row from enrolment_code e`;
  assert.ok(rows.every(({ row }) => !String(row).includes(code.replaceAll('-', ''))));
  const key = await pair('k1');
  const both = await Promise.all([1, 2].map(() => post('/oauth/enrol', { code, jwks: { keys: [key.jwk] } })));
  assert.deepEqual(both.map(({ status }) => status).sort(), [200, 403]);
});

test('a key is renewed by whoever holds the one before, which counts on until the next renewal', async () => {
  const { code } = await issue();
  const [first, second, third] = [await pair('a'), await pair('b'), await pair('c')];
  const { body } = await post('/oauth/enrol', { code, jwks: { keys: [first.jwk] } });
  const client = body['client_id']!;
  const renew = async (by: Pair, to: Pair) => {
    const { tokens } = await token(client, by);
    return (await post('/oauth/enrol/key', { jwks: { keys: [to.jwk] } }, tokens.access_token)).status;
  };
  assert.equal(await renew(first, second), 200);
  assert.equal(await renew(first, second), 200, 'the answer was lost, and it is asked again');
  assert.equal((await token(client, first)).status, 200);
  assert.equal(await renew(second, third), 200);
  assert.equal((await token(client, first)).status, 401);
  assert.equal((await token(client, second)).status, 200);
  assert.equal((await token(client, third)).status, 200);
  assert.equal((await post('/oauth/enrol/key', { jwks: { keys: [third.jwk] } })).status, 401);
});
