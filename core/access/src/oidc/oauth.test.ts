import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Caller } from '@yba/fhir';
import {
  createLocalJWKSet,
  exportSPKI,
  importJWK,
  jwtVerify,
  SignJWT,
  type JSONWebKeySet,
  type JWK,
} from 'jose';
import { authorizationRequest, browser, claimsOf, exchange, signInWithPassword } from '../testing/browser.ts';
import { callerOf, running, type Running } from '../testing/running.ts';
import { providerKeys } from './server-secret.ts';

let server: Running;
let client: { clientId: string; clientSecret: string };
const doctor = { username: 'bs.khoi', password: 'mot mat khau dai' };

before(async () => {
  server = await running();
  client = await server.access.createClient({
    name: 'HIS Bạch Mai',
    facility: '01013',
    facilityName: 'Bệnh viện Bạch Mai',
  });
  await server.access.createAccount({
    ...doctor,
    role: 'doctor',
    name: 'Lê Minh Khôi',
    facility: '79001',
    facilityName: 'Bệnh viện Chợ Rẫy',
    practitioner: 'Practitioner/khoi',
  });
});
after(() => server.stop());

const systemToken = (more: Record<string, string> = {}, who = client) =>
  exchange(server.baseUrl, {
    grant_type: 'client_credentials',
    client_id: who.clientId,
    client_secret: who.clientSecret,
    ...more,
  });

test('a system gets a token for its facility by client credentials, secret in the body', async () => {
  const { status, tokens } = await systemToken();
  assert.equal(status, 200);
  assert.equal(tokens.expires_in, 3600);
  assert.equal(tokens.scope, 'system/*.cruds');
  const caller = (await callerOf(server.baseUrl, tokens.access_token)) as Caller;
  assert.deepEqual(caller, {
    role: 'system',
    client: client.clientId,
    subject: `client/${client.clientId}`,
    name: 'HIS Bạch Mai',
    facility: '01013',
    facilityName: 'Bệnh viện Bạch Mai',
    scopes: ['system/*.cruds'],
  });
});

test('the secret may come by HTTP Basic', async () => {
  const basic = Buffer.from(`${client.clientId}:${client.clientSecret}`).toString('base64');
  const response = await fetch(`${server.baseUrl}/oauth/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${basic}` },
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      scope: 'system/Patient.rs system/Observation.read',
    }),
  });
  assert.equal(response.status, 200);
  assert.equal(
    ((await response.json()) as { scope: string }).scope,
    'system/Patient.rs system/Observation.read',
  );
});

test('a wrong secret and an unknown client are refused alike', async () => {
  for (const who of [
    { ...client, clientSecret: 'wrong' },
    { clientId: 'nobody', clientSecret: 'x' },
  ]) {
    const { status, tokens } = await systemToken({}, who);
    assert.equal(status, 401);
    assert.equal(tokens.error, 'invalid_client');
  }
});

test('only the hash of a client secret is stored', async () => {
  const [row] = await server.sql<
    { text: string }[]
  >`select c::text as text from oauth_client c where id = ${client.clientId}`;
  assert.ok(!row!.text.includes(client.clientSecret));
});

test('a system is granted no more than it is registered for', async () => {
  assert.equal((await systemToken({ scope: 'user/*.cruds' })).tokens.error, 'invalid_scope');
  assert.equal((await systemToken({ scope: 'system/*.rs patient/*.rs' })).tokens.scope, 'system/*.rs');
  const narrow = await server.access.createClient({
    name: 'Kho',
    facility: '01013',
    facilityName: 'x',
    scope: 'system/*.rs',
  });
  assert.equal((await systemToken({ scope: 'system/Patient.cruds' }, narrow)).tokens.error, 'invalid_scope');
});

test('authorization, and signing out, may be asked by a form too', async () => {
  const { url, redirectUri } = authorizationRequest(server.baseUrl, 'clinic', { prompt: 'none' });
  const post = (path: string, body: string) =>
    fetch(server.baseUrl + path, { method: 'POST', body: new URLSearchParams(body), redirect: 'manual' });
  const asked = await post('/oauth/authorize', new URL(url).search);
  assert.equal(asked.status, 303);
  const { location } = await browser().follow(
    new URL(asked.headers.get('location')!, server.baseUrl).href,
    redirectUri,
  );
  const answer = new URL(location).searchParams;
  assert.deepEqual([answer.get('error'), answer.get('state')], ['login_required', 's']);
  const left = await post('/oauth/end-session', 'client_id=yba-clinic');
  assert.deepEqual(
    [left.status, left.headers.get('location')],
    [303, '/oauth/end-session?client_id=yba-clinic'],
  );
  const split = await post('/oauth/authorize', 'client_id=a%0d%0aset-cookie:b=c');
  assert.equal(split.headers.get('set-cookie'), null);
  const text = await fetch(`${server.baseUrl}/oauth/authorize`, { method: 'POST', body: '{}' });
  assert.equal(text.status, 415);
});

test('a doctor signs in with PKCE and the token says who, where and in which role', async () => {
  const { code, verifier, redirectUri, client: screen } = await signInWithPassword(server.baseUrl, doctor);
  const { status, tokens } = await exchange(server.baseUrl, {
    grant_type: 'authorization_code',
    client_id: screen,
    code: code!,
    redirect_uri: redirectUri,
    code_verifier: verifier,
  });
  assert.equal(status, 200, JSON.stringify(tokens));
  assert.equal(tokens.expires_in, 900);
  const keys = (await (await fetch(`${server.baseUrl}/oauth/jwks`)).json()) as JSONWebKeySet;
  const { protectedHeader } = await jwtVerify(tokens.id_token, createLocalJWKSet(keys), {
    issuer: server.baseUrl,
    audience: screen,
  });
  assert.equal(protectedHeader.alg, 'RS256');
  assert.ok(keys.keys.every((key) => !['d', 'p', 'q', 'dp', 'dq', 'qi'].some((secret) => secret in key)));
  const claims = claimsOf(tokens.id_token);
  assert.equal(claims.name, 'Lê Minh Khôi');
  assert.equal(claims.facility, '79001');
  assert.equal(claims.facility_name, 'Bệnh viện Chợ Rẫy');
  assert.equal(claims.fhirUser, `${server.baseUrl}/fhir/Practitioner/khoi`);
  const caller = (await callerOf(server.baseUrl, tokens.access_token)) as Caller;
  assert.equal(caller.role, 'doctor');
  assert.match(caller.subject, /^account\//);
  assert.deepEqual(
    caller.scopes.filter((scope) => scope.startsWith('user/')),
    ['user/*.cruds'],
  );
  const userinfo = await fetch(`${server.baseUrl}/oauth/userinfo`, {
    headers: { authorization: `Bearer ${tokens.access_token}` },
  });
  assert.equal(((await userinfo.json()) as { sub: string }).sub, claims.sub);
  assert.ok(
    server.logged.some(
      ({ action, outcome, caller: { name } }) =>
        action === 'sign-in' && outcome === 'success' && name === 'Lê Minh Khôi',
    ),
  );
});

test('a screen that asks for no scope gets what its door is for', async () => {
  const {
    code,
    verifier,
    redirectUri,
    client: screen,
  } = await signInWithPassword(server.baseUrl, doctor, 'clinic', browser(), { scope: '' });
  const { tokens } = await exchange(server.baseUrl, {
    grant_type: 'authorization_code',
    client_id: screen,
    code: code!,
    redirect_uri: redirectUri,
    code_verifier: verifier,
  });
  assert.match(tokens.scope, /user\/\*\.cruds/);
});

test('a code is worth nothing with another verifier, nor a second time', async () => {
  const { code, verifier, redirectUri, client: screen } = await signInWithPassword(server.baseUrl, doctor);
  const attempt = (code_verifier: string) =>
    exchange(server.baseUrl, {
      grant_type: 'authorization_code',
      client_id: screen,
      code: code!,
      redirect_uri: redirectUri,
      code_verifier,
    });
  assert.equal((await attempt('x'.repeat(43))).tokens.error, 'invalid_grant');
  const fresh = await signInWithPassword(server.baseUrl, doctor);
  const again = () =>
    exchange(server.baseUrl, {
      grant_type: 'authorization_code',
      client_id: screen,
      code: fresh.code!,
      redirect_uri: redirectUri,
      code_verifier: fresh.verifier,
    });
  assert.equal((await again()).status, 200);
  assert.equal((await again()).tokens.error, 'invalid_grant');
  assert.notEqual(verifier, fresh.verifier);
});

test('PKCE with S256 is required', async () => {
  for (const more of [
    { code_challenge: '', code_challenge_method: '' },
    { code_challenge_method: 'plain' },
  ]) {
    const { url, redirectUri } = authorizationRequest(server.baseUrl, 'clinic', more);
    const { location } = await browser().follow(url, redirectUri);
    assert.equal(new URL(location).searchParams.get('error'), 'invalid_request');
  }
});

test('a code goes only to a registered address', async () => {
  const { url } = authorizationRequest(server.baseUrl, 'clinic', {
    redirect_uri: 'http://evil.example/callback',
  });
  const response = await browser().go(url);
  assert.equal(response.status, 400);
  const told = await response.text();
  assert.match(told, /Chưa đăng nhập được/);
  assert.match(told, /<summary>English<\/summary><h2>Not signed in<\/h2>/);
});

test('refresh tokens rotate, and a used one ends them all', async () => {
  const more = { scope: 'openid offline_access user/*.rs' };
  const {
    code,
    verifier,
    redirectUri,
    client: screen,
  } = await signInWithPassword(server.baseUrl, doctor, 'clinic', browser(), more);
  const { tokens } = await exchange(server.baseUrl, {
    grant_type: 'authorization_code',
    client_id: screen,
    code: code!,
    redirect_uri: redirectUri,
    code_verifier: verifier,
  });
  const refresh = (token: string) =>
    exchange(server.baseUrl, { grant_type: 'refresh_token', client_id: screen, refresh_token: token });
  const second = await refresh(tokens.refresh_token!);
  assert.equal(second.status, 200);
  assert.notEqual(second.tokens.refresh_token, tokens.refresh_token);
  assert.equal((await refresh(tokens.refresh_token!)).tokens.error, 'invalid_grant');
  assert.equal((await refresh(second.tokens.refresh_token!)).tokens.error, 'invalid_grant');
});

test('an app that keeps no secret refreshes without its id, as SMART’s library does; one that has to prove itself does not', async () => {
  const redirect_uri = 'https://app.test/cb';
  const scope = 'openid launch/patient offline_access user/*.rs';
  const app = { name: 'Biểu đồ', scope, redirectUris: [redirect_uri] };
  const signed = async (client_id: string, more: Record<string, string>) => {
    const { code, verifier } = await signInWithPassword(server.baseUrl, doctor, 'clinic', browser(), {
      client_id,
      redirect_uri,
      scope: 'openid offline_access user/*.rs',
    });
    const form = { grant_type: 'authorization_code', redirect_uri, code: code!, code_verifier: verifier };
    return (await exchange(server.baseUrl, { ...form, client_id, ...more })).tokens.refresh_token!;
  };
  const refresh = (refresh_token: string, more: Record<string, string> = {}) =>
    exchange(server.baseUrl, { grant_type: 'refresh_token', refresh_token, ...more });

  const open = await server.access.registerClient({ ...app, proof: { method: 'none' } });
  const first = await signed(open.clientId, {});
  const { status, tokens } = await refresh(first);
  assert.equal(status, 200, JSON.stringify(tokens));
  assert.equal(claimsOf(tokens.access_token).client_id, open.clientId);
  assert.equal(
    (await refresh(tokens.refresh_token!, { scope: 'user/*.cruds' })).tokens.error,
    'invalid_scope',
  );
  assert.equal((await refresh(first)).tokens.error, 'invalid_grant', 'used twice: stolen');
  assert.equal((await refresh(tokens.refresh_token!)).status, 400, 'and ended with it');
  assert.equal((await refresh('nobody-has-this')).status, 400);

  const closed = await server.access.registerClient({ ...app, proof: { method: 'client_secret_basic' } });
  const secret = { client_secret: closed.clientSecret! };
  const kept = await signed(closed.clientId, secret);
  assert.equal((await refresh(kept)).tokens.error, 'invalid_request', 'no secret, no token');
  assert.equal((await refresh(kept, { client_id: open.clientId })).tokens.error, 'invalid_grant');
  assert.equal((await refresh(kept, { client_id: closed.clientId, ...secret })).status, 200);
});

test('a refresh asks for less than was granted, in words of its own, and the refresh token keeps what it had', async () => {
  const scope = 'openid offline_access user/*.rs user/Condition.rs?category=problem-list-item';
  const signed = await signInWithPassword(server.baseUrl, doctor, 'clinic', browser(), { scope });
  const { tokens: first } = await exchange(server.baseUrl, {
    grant_type: 'authorization_code',
    client_id: signed.client,
    code: signed.code!,
    redirect_uri: signed.redirectUri,
    code_verifier: signed.verifier,
  });
  let kept = first.refresh_token!;
  const refresh = async (narrower?: string) => {
    const form = { grant_type: 'refresh_token', client_id: signed.client, refresh_token: kept };
    const { tokens } = await exchange(server.baseUrl, { ...form, ...(narrower ? { scope: narrower } : {}) });
    kept = tokens.refresh_token ?? kept;
    return tokens.error ?? String(claimsOf(tokens.access_token).scope);
  };
  for (const narrower of ['user/Observation.rs', 'user/Patient.r user/Encounter.s', 'user/*.r'])
    assert.equal(await refresh(narrower), narrower);
  for (const wider of ['user/Observation.u', 'user/*.rs system/Patient.r', 'patient/Patient.r', 'launch'])
    assert.equal(await refresh(wider), 'invalid_scope', wider);
  assert.match(await refresh(), /user\/\*\.rs/, 'as it was, when nothing is asked for');
});

test('answers of the token endpoint are kept by no cache, also by one that knows Pragma alone', async () => {
  for (const form of ['grant_type=client_credentials', 'grant_type=password']) {
    const response = await fetch(`${server.baseUrl}/oauth/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${btoa(`${client.clientId}:${client.clientSecret}`)}` },
      body: new URLSearchParams(form),
    });
    assert.deepEqual(
      ['cache-control', 'pragma'].map((name) => response.headers.get(name)),
      ['no-store', 'no-cache'],
      form,
    );
  }
});

test('a session signs in again without a password, and not after signing out', async () => {
  const {
    visitor,
    code,
    verifier,
    redirectUri,
    client: screen,
  } = await signInWithPassword(server.baseUrl, doctor);
  const { tokens } = await exchange(server.baseUrl, {
    grant_type: 'authorization_code',
    client_id: screen,
    code: code!,
    redirect_uri: redirectUri,
    code_verifier: verifier,
  });
  const silently = async () => {
    const request = authorizationRequest(server.baseUrl, 'clinic', { prompt: 'none' });
    return new URL((await visitor.follow(request.url, request.redirectUri)).location).searchParams;
  };
  assert.ok((await silently()).get('code'));
  const home = `${server.baseUrl}/`;
  const end = new URLSearchParams({
    id_token_hint: tokens.id_token,
    post_logout_redirect_uri: home,
    client_id: screen,
  });
  assert.equal((await visitor.follow(`${server.baseUrl}/oauth/end-session?${end}`, home)).location, home);
  assert.equal((await silently()).get('error'), 'login_required');
});

test('an app signs its user out and has them come back to an address of its own, and to no other', async () => {
  const redirect_uri = 'https://app.test/cb';
  const { clientId: client_id } = await server.access.registerClient({
    name: 'Biểu đồ',
    scope: 'openid user/*.rs',
    redirectUris: [redirect_uri],
    proof: { method: 'none' },
  });
  const more = { client_id, redirect_uri, scope: 'openid user/*.rs' };
  const { visitor, code, verifier } = await signInWithPassword(
    server.baseUrl,
    doctor,
    'clinic',
    browser(),
    more,
  );
  const form = {
    grant_type: 'authorization_code',
    client_id,
    redirect_uri,
    code: code!,
    code_verifier: verifier,
  };
  const { tokens } = await exchange(server.baseUrl, form);
  const signOut = (back: string) =>
    visitor.follow(
      `${server.baseUrl}/oauth/end-session?${new URLSearchParams({ id_token_hint: tokens.id_token, post_logout_redirect_uri: back, state: 'bye' })}`,
      back,
    );
  for (const elsewhere of ['https://evil.test/', 'https://app.test/other', `${server.baseUrl}/`])
    assert.equal((await signOut(elsewhere)).response.status, 400, elsewhere);
  assert.notEqual(await callerOf(server.baseUrl, tokens.access_token), 401);
  assert.equal((await signOut(redirect_uri)).location, `${redirect_uri}?state=bye`);
  assert.equal(await callerOf(server.baseUrl, tokens.access_token), 401);
});

test('signing out without proof of the session asks first', async () => {
  const { visitor } = await signInWithPassword(server.baseUrl, doctor);
  const page = await (await visitor.go(`${server.baseUrl}/oauth/end-session`)).text();
  assert.match(page, /Đăng xuất khỏi Y Bạ\?/);
  assert.match(page, /<details lang="en"><summary>English<\/summary><h2>Sign out of Y Bạ\?/);
  assert.equal(page.match(/<form /g)?.length, 1, 'both buttons send the one form');
  assert.ok(!page.includes('<script'));
});

test('forged, altered, foreign and expired tokens open nothing', async () => {
  const { signing } = await providerKeys(server.sql, server.secrets, 'yba');
  const { tokens } = await systemToken();
  const [head, body] = tokens.access_token.split('.') as [string, string];
  const claims = claimsOf(tokens.access_token) as Record<string, unknown> & { iat: number; exp: number };
  const jwks = (await (await fetch(`${server.baseUrl}/oauth/jwks`)).json()) as JSONWebKeySet;
  assert.ok((await jwtVerify(tokens.access_token, createLocalJWKSet(jwks))).payload);
  assert.ok(jwks.keys.every((key) => key.d === undefined));
  const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const publicPem = new TextEncoder().encode(
    await exportSPKI((await importJWK(jwks.keys[0] as JWK, 'ES256', { extractable: true })) as CryptoKey),
  );
  const ours = await importJWK(signing, 'ES256');
  const signed = (payload: object, header: object = {}) =>
    new SignJWT({ ...claims, ...payload })
      .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: signing.kid!, ...header })
      .sign(ours);
  const forged = {
    'no signature': `${encoded({ alg: 'none', typ: 'at+jwt' })}.${body}.`,
    'the public key as HMAC secret': await new SignJWT(claims)
      .setProtectedHeader({ alg: 'HS256', typ: 'at+jwt', kid: signing.kid! })
      .sign(publicPem),
    'another body': `${head}.${encoded({ ...claims, facility: '79001' })}.${tokens.access_token.split('.')[2]}`,
    expired: await signed({ exp: Math.floor(Date.now() / 1000) - 120 }),
    'one of a clock that was ahead': await signed({ iat: claims.iat + 3_600, exp: claims.exp + 3_600 }),
    'another audience': await signed({ aud: 'http://other.example/fhir' }),
    'another issuer': await signed({ iss: 'http://other.example' }),
    'an id token': await signed({}, { typ: 'JWT' }),
    'no role': await signed({ role: undefined }),
    'the role of the platform': await signed({ role: 'platform' }),
    rubbish: 'abc',
  };
  for (const [what, token] of Object.entries(forged))
    assert.equal(await callerOf(server.baseUrl, token), 401, what);
  assert.notEqual(await callerOf(server.baseUrl, await signed({})), 401);
  const skewed = await signed({ iat: claims.iat + 20, exp: claims.exp + 20 });
  assert.notEqual(
    await callerOf(server.baseUrl, skewed),
    401,
    'of a server beside, whose clock is a little ahead',
  );
  assert.equal((await fetch(`${server.baseUrl}/fhir/$whoami`)).status, 401);
});

test('errors of the token endpoint are OAuth’s own JSON', async () => {
  const { status, tokens } = await exchange(server.baseUrl, {
    grant_type: 'password',
    client_id: client.clientId,
    client_secret: client.clientSecret,
  });
  assert.equal(status, 400);
  assert.equal(tokens.error, 'unsupported_grant_type');
});

test('discovery tells what there is', async () => {
  const openid = (await (await fetch(`${server.baseUrl}/.well-known/openid-configuration`)).json()) as Record<
    string,
    unknown
  >;
  assert.equal(openid.issuer, server.baseUrl);
  for (const path of ['/.well-known/smart-configuration', '/fhir/.well-known/smart-configuration']) {
    const smart = (await (await fetch(server.baseUrl + path)).json()) as Record<string, unknown>;
    for (const name of ['token_endpoint', 'authorization_endpoint', 'jwks_uri', 'revocation_endpoint'])
      assert.equal(smart[name], openid[name], name);
    assert.deepEqual(smart.scopes_supported, openid.scopes_supported);
    assert.equal(smart.management_endpoint, `${server.baseUrl}/book/sharing`, 'where apps are withdrawn');
  }
  for (const [name, url] of Object.entries(openid))
    if (name.endsWith('_endpoint'))
      assert.ok(String(url).startsWith(`${server.baseUrl}/oauth/`), `${name}: ${url}`);
  assert.equal(openid.userinfo_endpoint, `${server.baseUrl}/oauth/userinfo`);
  assert.deepEqual(openid.id_token_signing_alg_values_supported, ['RS256'], 'what every client has');
});
