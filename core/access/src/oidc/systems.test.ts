import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Caller } from '@yba/fhir';
import { guardedFetch } from '@yba/http';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK } from 'jose';
import { browser, claimsOf, exchange, signInWithPassword } from '../testing/browser.ts';
import { callerOf, running, type Running } from '../testing/running.ts';
import { deactivateClient, listClients, registerClient, rotateClientSecret } from './registration.ts';

const ASSERTION = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const bachMai = { facility: '01013', facilityName: 'Bệnh viện Bạch Mai', scope: 'system/*.cruds' };
const doctor = { username: 'bs.khoi', password: 'mot mat khau dai' };

let server: Running;
/** A hospital's own server, which shows its public keys. */
let hospital: { server: Server; url: string; keys: JWK[]; asked: number };

before(async () => {
  hospital = { ...(await keyServer()), keys: [], asked: 0 };
  server = await running({ options: async () => ({ fetch: guardedFetch({ allow: ['127.0.0.1'] }) }) });
  await server.access.createAccount({
    ...doctor,
    role: 'doctor',
    name: 'Lê Minh Khôi',
    facility: '79001',
    facilityName: 'Chợ Rẫy',
  });
});
after(async () => {
  await server.stop();
  hospital.server.close();
});

async function keyServer() {
  const http = createServer((_request, response) => {
    hospital.asked += 1;
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ keys: hospital.keys }));
  });
  await new Promise<void>((done) => http.listen(0, '127.0.0.1', done));
  return { server: http, url: `http://127.0.0.1:${(http.address() as AddressInfo).port}/jwks` };
}

type Pair = { alg: string; kid: string; privateKey: CryptoKey; jwk: JWK };

async function pair(alg: 'RS384' | 'ES384', kid: string): Promise<Pair> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  return { alg, kid, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' } };
}

let jti = 0;
async function assertion(
  client: string,
  { privateKey, alg, kid }: Pair,
  over: Record<string, unknown> = {},
): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  return new SignJWT({
    iss: client,
    sub: client,
    aud: `${server.baseUrl}/oauth/token`,
    exp: now + 240,
    jti: `${client} ${++jti}`,
    ...over,
  })
    .setProtectedHeader({ alg, kid, typ: 'JWT' })
    .sign(privateKey);
}

const tokenBy = (client_assertion: string, more: Record<string, string> = {}) =>
  exchange(server.baseUrl, {
    grant_type: 'client_credentials',
    client_assertion_type: ASSERTION,
    client_assertion,
    scope: 'system/Patient.rs',
    ...more,
  });

async function basic(
  path: string,
  who: { clientId: string; clientSecret: string },
  body: Record<string, string>,
) {
  const authorization = `Basic ${Buffer.from(`${who.clientId}:${who.clientSecret}`).toString('base64')}`;
  const response = await fetch(server.baseUrl + path, {
    method: 'POST',
    headers: { authorization },
    body: new URLSearchParams(body),
  });
  const text = await response.text();
  return { status: response.status, body: (text ? JSON.parse(text) : {}) as Record<string, unknown> };
}

test('a system signs in with a key of its own, as Backend Services say, by RS384 and by ES384', async () => {
  for (const alg of ['RS384', 'ES384'] as const) {
    const key = await pair(alg, 'k1');
    const { clientId, clientSecret } = await registerClient(server.sql, {
      ...bachMai,
      name: `HIS ${alg}`,
      proof: { method: 'private_key_jwt', keys: { jwks: { keys: [key.jwk] } } },
    });
    assert.equal(clientSecret, undefined);
    const { status, tokens } = await tokenBy(await assertion(clientId, key));
    assert.equal(status, 200, JSON.stringify(tokens));
    assert.equal(tokens.scope, 'system/Patient.rs');
    const caller = (await callerOf(server.baseUrl, tokens.access_token)) as Caller;
    assert.deepEqual([caller.role, caller.facility, caller.client], ['system', '01013', clientId]);
  }
});

test('the audience of an assertion is the token endpoint, as SMART says, or the issuer, as RFC 7523bis and client libraries have it', async () => {
  const key = await pair('ES384', 'k');
  const { clientId } = await registerClient(server.sql, {
    ...bachMai,
    name: 'HIS',
    proof: { method: 'private_key_jwt', keys: { jwks: { keys: [key.jwk] } } },
  });
  const [endpoint, issuer] = [`${server.baseUrl}/oauth/token`, server.baseUrl];
  for (const aud of [endpoint, issuer, [endpoint], [issuer], [issuer, endpoint]]) {
    const { status, tokens } = await tokenBy(await assertion(clientId, key, { aud }));
    assert.equal(status, 200, `${String(aud)}: ${JSON.stringify(tokens)}`);
  }
});

test('an assertion counts once, for five minutes, for this token endpoint, from its own client, by its own key', async () => {
  const [key, stranger] = [await pair('ES384', 'k'), await pair('ES384', 'k')];
  const { clientId } = await registerClient(server.sql, {
    ...bachMai,
    name: 'HIS',
    proof: { method: 'private_key_jwt', keys: { jwks: { keys: [key.jwk] } } },
  });
  const once = await assertion(clientId, key);
  assert.equal((await tokenBy(once)).status, 200);
  const now = Math.floor(Date.now() / 1000);
  const refused = {
    'the same again': once,
    'an hour ahead': await assertion(clientId, key, { exp: now + 3600 }),
    expired: await assertion(clientId, key, { exp: now - 60 }),
    'no end': await assertion(clientId, key, { exp: undefined }),
    'no jti': await assertion(clientId, key, { jti: undefined }),
    'the FHIR base as audience': await assertion(clientId, key, { aud: `${server.baseUrl}/fhir` }),
    'another beside this one': await assertion(clientId, key, {
      aud: [server.baseUrl, 'https://other.example'],
    }),
    'no audience': await assertion(clientId, key, { aud: [] }),
    'another audience': await assertion(clientId, key, { aud: 'https://other.example/oauth/token' }),
    'another subject': await assertion(clientId, key, { sub: 'somebody' }),
    'another key': await assertion(clientId, stranger),
    'no signature': `${Buffer.from('{"alg":"none"}').toString('base64url')}.${once.split('.')[1]}.`,
    rubbish: 'abc',
  };
  for (const [what, text] of Object.entries(refused)) {
    const { status, tokens } = await tokenBy(text);
    assert.ok(status === 401 || status === 400, `${what}: ${status}`);
    assert.ok(['invalid_client', 'invalid_request'].includes(tokens.error!), `${what}: ${tokens.error}`);
  }
  const together = await assertion(clientId, key);
  const both = await Promise.all([tokenBy(together), tokenBy(together)]);
  assert.deepEqual(both.map(({ status }) => status).toSorted(), [200, 401]);
});

test('keys at an address are fetched when they are needed, and remembered for a minute or more', async () => {
  const [key, other] = [await pair('ES384', 'first'), await pair('ES384', 'second')];
  Object.assign(hospital, { keys: [key.jwk], asked: 0 });
  const { clientId } = await registerClient(server.sql, {
    ...bachMai,
    name: 'HIS',
    proof: { method: 'private_key_jwt', keys: { jwksUri: hospital.url } },
  });
  assert.equal(hospital.asked, 0);
  for (let n = 0; n < 3; n++) assert.equal((await tokenBy(await assertion(clientId, key))).status, 200);
  assert.equal(hospital.asked, 1);
  assert.equal((await tokenBy(await assertion(clientId, other))).status, 401);
});

test('a key that is not known yet has the address asked once more, and not again and again', async () => {
  const [old, renewed, third] = [
    await pair('ES384', 'old'),
    await pair('ES384', 'renewed'),
    await pair('ES384', 'third'),
  ];
  Object.assign(hospital, { keys: [old.jwk], asked: 0 });
  const { clientId } = await registerClient(server.sql, {
    ...bachMai,
    name: 'HIS',
    proof: { method: 'private_key_jwt', keys: { jwksUri: hospital.url } },
  });
  assert.equal((await tokenBy(await assertion(clientId, old))).status, 200);
  hospital.keys = [renewed.jwk];
  assert.equal((await tokenBy(await assertion(clientId, renewed))).status, 200, 'without waiting a minute');
  assert.equal(hospital.asked, 2);
  assert.equal((await tokenBy(await assertion(clientId, old))).status, 401, 'what was taken away is gone');
  for (let n = 0; n < 5; n++) assert.equal((await tokenBy(await assertion(clientId, third))).status, 401);
  assert.equal(hospital.asked, 2, 'whoever invents keys has nobody asked');
  assert.equal((await tokenBy(await assertion(clientId, renewed))).status, 200);
});

test('a key address inside the network of the server is not called', async () => {
  const key = await pair('ES384', 'k');
  const inside = createServer((_request, response) => response.end('{}'));
  let called = 0;
  inside.on('request', () => (called += 1));
  await new Promise<void>((done) => inside.listen(0, '127.0.0.2', done));
  const { clientId } = await registerClient(server.sql, {
    ...bachMai,
    name: 'HIS',
    proof: {
      method: 'private_key_jwt',
      keys: { jwksUri: `https://127.0.0.2:${(inside.address() as AddressInfo).port}/` },
    },
  }).catch((error: unknown) => {
    throw error;
  });
  const { status, tokens } = await tokenBy(await assertion(clientId, key));
  assert.deepEqual([status, tokens.error], [401, 'invalid_client']);
  assert.equal(called, 0);
  inside.close();
});

test('a registration that could not be safe is refused, with what is wrong', async () => {
  const key = await pair('ES384', 'k');
  const jwt = (keys: object) => ({
    method: 'private_key_jwt' as const,
    keys: { jwks: { keys: [keys as JWK] } },
  });
  const refused: [object, RegExp][] = [
    [{ proof: jwt({ ...key.jwk, d: 'x' }) }, /private key/],
    [{ proof: jwt({ kty: 'RSA', n: 'AQAB', e: 'AQAB' }) }, /2,048 bits/],
    [{ proof: { method: 'private_key_jwt', keys: { jwksUri: 'http://his.example/jwks' } } }, /https/],
    [{ scope: 'user/*.rs' }, /systems ask for system/],
    [{ scope: 'system/Observation.rs?value-quantity=gt5' }, /not a scope/],
    [{ facility: undefined }, /belongs to a facility/],
    [{ scope: 'system/*.rs', redirectUris: ['https://app.example/'] }, /apps that people sign in to/],
    [{ scope: 'user/*.rs', redirectUris: ['http://app.example/'] }, /https/],
    [{ scope: 'user/*.rs', redirectUris: ['https://app.example/'], door: 'book' }, /patient/],
    [{ id: 'book-his' }, /begin with/],
  ];
  for (const [over, words] of refused)
    await assert.rejects(
      registerClient(server.sql, {
        ...bachMai,
        name: 'HIS',
        proof: { method: 'client_secret_basic' },
        ...over,
      }),
      words,
    );
});

test('a client shut out gets no tokens, and those it has stop within seconds', async () => {
  const client = await server.access.createClient({ ...bachMai, name: 'HIS' });
  const ask = () =>
    exchange(server.baseUrl, {
      grant_type: 'client_credentials',
      client_id: client.clientId,
      client_secret: client.clientSecret,
    });
  const { tokens } = await ask();
  assert.notEqual(await callerOf(server.baseUrl, tokens.access_token), 401);
  await deactivateClient(server.sql, client.clientId);
  assert.equal((await ask()).tokens.error, 'invalid_client');
  await eventually(async () => (await callerOf(server.baseUrl, tokens.access_token)) === 401);
  const told = (await listClients(server.sql)).find(({ id }) => id === client.clientId);
  assert.equal(told?.active, false);
  await assert.rejects(deactivateClient(server.sql, client.clientId), /not known|not found|unknown/i);
});

test('a new secret opens, the one before does not', async () => {
  const client = await server.access.createClient({ ...bachMai, name: 'HIS' });
  const ask = (client_secret: string) =>
    exchange(server.baseUrl, { grant_type: 'client_credentials', client_id: client.clientId, client_secret });
  const secret = await rotateClientSecret(server.sql, client.clientId);
  assert.equal((await ask(client.clientSecret)).tokens.error, 'invalid_client');
  assert.equal((await ask(secret)).status, 200);
});

test('a resource server learns about tokens of its facility, and about no other', async () => {
  const his = await server.access.createClient({ ...bachMai, name: 'HIS' });
  const other = await server.access.createClient({ ...bachMai, facility: '79001', name: 'HIS' });
  const asked = (grant: { clientId: string; clientSecret: string }) =>
    exchange(server.baseUrl, {
      grant_type: 'client_credentials',
      client_id: grant.clientId,
      client_secret: grant.clientSecret,
    });
  const { tokens } = await asked(his);
  const token = tokens.access_token;
  const { body } = await basic('/oauth/introspect', his, { token });
  assert.deepEqual(
    [body.active, body.client_id, body.scope, body.iss, body.aud, body.token_type, body.sub],
    [true, his.clientId, 'system/*.cruds', server.baseUrl, `${server.baseUrl}/fhir`, 'Bearer', his.clientId],
  );
  assert.equal(body.exp, claimsOf(token).exp);
  assert.deepEqual((await basic('/oauth/introspect', other, { token })).body, { active: false });
  for (const wrong of ['abc', `${token.slice(0, -3)}abc`, `${token.split('.').slice(0, 2).join('.')}.`])
    assert.deepEqual(
      (await basic('/oauth/introspect', his, { token: wrong })).body,
      { active: false },
      wrong,
    );
  const asks = server.logged.filter(({ target }) => target === '$introspect');
  assert.deepEqual(
    asks.slice(0, 2).map(({ caller, outcome, detail }) => [caller.client, caller.facility, outcome, detail]),
    [
      [his.clientId, '01013', 'success', { token: `client/${his.clientId}` }],
      [other.clientId, '79001', 'denied', { token: `client/${his.clientId}` }],
    ],
    'who asked about whose token stands in the log',
  );
  assert.ok(!JSON.stringify(asks).includes(token.split('.')[2]!), 'the token does not');
  assert.equal((await basic('/oauth/introspect', { ...his, clientSecret: 'wrong' }, { token })).status, 401);
  const nobody = await fetch(`${server.baseUrl}/oauth/introspect`, {
    method: 'POST',
    body: new URLSearchParams({ token }),
  });
  assert.equal(nobody.status, 400);
  const screen = await fetch(`${server.baseUrl}/oauth/introspect`, {
    method: 'POST',
    body: new URLSearchParams({ token, client_id: 'yba-clinic' }),
  });
  assert.deepEqual(await screen.json(), { active: false });
});

test('a token that its client revokes stops; one of another client goes on', async () => {
  const [his, other] = [
    await server.access.createClient({ ...bachMai, name: 'HIS' }),
    await server.access.createClient({ ...bachMai, name: 'Other' }),
  ];
  const { tokens } = await exchange(server.baseUrl, {
    grant_type: 'client_credentials',
    client_id: his.clientId,
    client_secret: his.clientSecret,
  });
  const token = tokens.access_token;
  assert.equal((await basic('/oauth/revoke', other, { token })).status, 200);
  await sleep(100);
  assert.notEqual(await callerOf(server.baseUrl, token), 401);
  assert.equal((await basic('/oauth/revoke', his, { token })).status, 200);
  await eventually(async () => (await callerOf(server.baseUrl, token)) === 401);
  assert.deepEqual((await basic('/oauth/introspect', his, { token })).body, { active: false });
  assert.equal((await basic('/oauth/revoke', his, { token: 'abc' })).status, 200);
});

test('what is revoked is answered with nothing, and no type of it', async () => {
  const his = await registerClient(server.sql, {
    ...bachMai,
    name: 'HIS',
    proof: { method: 'client_secret_basic' },
  });
  const client = { client_id: his.clientId, client_secret: his.clientSecret! };
  const { tokens } = await exchange(server.baseUrl, { grant_type: 'client_credentials', ...client });
  for (const token of [tokens.access_token, 'a-refresh-token-that-is-no-more', 'abc']) {
    const response = await fetch(`${server.baseUrl}/oauth/revoke`, {
      method: 'POST',
      body: new URLSearchParams({ token, ...client }),
    });
    assert.equal(response.status, 200, token);
    assert.equal(response.headers.get('content-type'), null, token);
    assert.equal(await response.text(), '', token);
  }
});

test('a refresh token used twice ends the whole grant, its access tokens too, and stands in the log', async () => {
  const more = { scope: 'openid offline_access user/*.rs' };
  const signedIn = await signInWithPassword(server.baseUrl, doctor, 'clinic', browser(), more);
  const { tokens } = await exchange(server.baseUrl, {
    grant_type: 'authorization_code',
    client_id: signedIn.client,
    code: signedIn.code!,
    redirect_uri: signedIn.redirectUri,
    code_verifier: signedIn.verifier,
  });
  const refresh = (refresh_token: string) =>
    exchange(server.baseUrl, { grant_type: 'refresh_token', client_id: signedIn.client, refresh_token });
  const second = await refresh(tokens.refresh_token!);
  assert.notEqual(await callerOf(server.baseUrl, second.tokens.access_token), 401);
  assert.equal((await refresh(tokens.refresh_token!)).tokens.error, 'invalid_grant'); // the thief, or whom he stole from
  assert.equal((await refresh(second.tokens.refresh_token!)).tokens.error, 'invalid_grant');
  await eventually(async () => (await callerOf(server.baseUrl, second.tokens.access_token)) === 401);
  await eventually(async () =>
    server.logged.some(
      ({ outcome, reason, caller }) =>
        outcome === 'denied' && caller.name === 'Lê Minh Khôi' && reason?.includes('dùng lại'),
    ),
  );
});

test('of requests with the same code or refresh token at one moment one gets tokens, and the whole grant ends', async () => {
  const more = { scope: 'openid offline_access user/*.rs' };
  const code = async () => {
    const { client, code, redirectUri, verifier } = await signInWithPassword(
      server.baseUrl,
      doctor,
      'clinic',
      browser(),
      more,
    );
    return {
      grant_type: 'authorization_code',
      client_id: client,
      code: code!,
      redirect_uri: redirectUri,
      code_verifier: verifier,
    };
  };
  const refresh = async () => {
    const form = await code();
    const { tokens } = await exchange(server.baseUrl, form);
    return {
      grant_type: 'refresh_token',
      client_id: form.client_id,
      refresh_token: tokens.refresh_token!,
    };
  };
  for (const form of [await code(), await refresh()]) {
    const before = server.logged.length;
    const answers = await Promise.all(Array.from({ length: 8 }, () => exchange(server.baseUrl, form)));
    const won = answers.filter(({ status }) => status === 200);
    assert.ok(won.length <= 1, form.grant_type);
    for (const { status, tokens } of answers)
      if (status !== 200) assert.deepEqual([status, tokens.error], [400, 'invalid_grant']);
    for (const { tokens } of won) {
      await eventually(async () => (await callerOf(server.baseUrl, tokens.access_token)) === 401);
      const again = { ...form, grant_type: 'refresh_token', refresh_token: tokens.refresh_token! };
      assert.equal((await exchange(server.baseUrl, again)).tokens.error, 'invalid_grant');
    }
    const told = () =>
      server.logged
        .slice(before)
        .filter(({ outcome, reason }) => outcome === 'denied' && reason?.includes('dùng lại'));
    await eventually(async () => told().length > 0);
    // a token that the winner got after the first end of its grant ends once more
    assert.ok(told().length <= 2, `told ${told().length} times`);
  }
});

test('refresh tokens and codes lie in the database as hashes', async () => {
  const { code } = await signInWithPassword(server.baseUrl, doctor);
  assert.ok(code);
  const [row] = await server.sql<{ n: number }[]>`
    select count(*)::int as n from oauth_artifact where id = ${code} or payload::text like ${`%${code}%`}`;
  assert.equal(row!.n, 0);
});

/** Waits until it is so, for two seconds at most. */
async function eventually(so: () => Promise<boolean>): Promise<void> {
  for (let n = 0; n < 80; n++) {
    if (await so()) return;
    await sleep(25);
  }
  assert.ok(await so());
}
