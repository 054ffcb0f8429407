import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { exchange, signInWithPassword } from './testing/browser.ts';
import { callerOf, running, type Running } from './testing/running.ts';

const doctor = { username: 'bs.khoi', password: 'mot mat khau rat dai' };
const SCOPE = 'openid profile offline_access user/*.rs';
/** Each is done so often: what counts a moment later only would be seen. */
const TIMES = 12;

let server: Running;
before(async () => {
  server = await running();
  await server.access.createAccount({
    ...doctor,
    role: 'doctor',
    name: 'Lê Minh Khôi',
    facility: '79001',
    facilityName: 'Chợ Rẫy',
  });
});
after(() => server.stop());

async function signedIn() {
  const { code, redirectUri, verifier, client, visitor } = await signInWithPassword(
    server.baseUrl,
    doctor,
    'clinic',
    undefined,
    { scope: SCOPE, prompt: 'consent' },
  );
  const used = {
    grant_type: 'authorization_code',
    client_id: client,
    code: code!,
    redirect_uri: redirectUri,
    code_verifier: verifier,
  };
  const { tokens } = await exchange(server.baseUrl, used);
  assert.notEqual(await callerOf(server.baseUrl, tokens.access_token), 401);
  return { client, visitor, used, tokens };
}

const opens = async (token: string) => (await callerOf(server.baseUrl, token)) !== 401;
const send = (method: string, path: string, token?: string, body?: URLSearchParams) =>
  fetch(server.baseUrl + path, {
    method,
    ...(token ? { headers: { authorization: `Bearer ${token}` } } : {}),
    ...(body ? { body } : {}),
  });

type SignedIn = Awaited<ReturnType<typeof signedIn>>;

const ENDS: [what: string, end: (who: SignedIn) => Promise<unknown>][] = [
  [
    'a token that is revoked',
    ({ client, tokens }) =>
      send(
        'POST',
        '/oauth/revoke',
        undefined,
        new URLSearchParams({ client_id: client, token: tokens.access_token }),
      ),
  ],
  [
    'what was issued beside a refresh token that is revoked',
    ({ client, tokens }) =>
      send(
        'POST',
        '/oauth/revoke',
        undefined,
        new URLSearchParams({ client_id: client, token: tokens.refresh_token! }),
      ),
  ],
  ['what a code opened that is used twice', ({ used }) => exchange(server.baseUrl, used)],
  [
    'what was issued after a refresh token that is used twice',
    async ({ client, tokens }) => {
      const used = { grant_type: 'refresh_token', client_id: client, refresh_token: tokens.refresh_token! };
      await exchange(server.baseUrl, used);
      await exchange(server.baseUrl, used);
    },
  ],
  ['a session that is locked', ({ tokens }) => send('POST', '/oauth/session/lock', tokens.access_token)],
  [
    'a session that is ended from another',
    async ({ tokens }) => {
      const { session } = (await callerOf(server.baseUrl, tokens.access_token)) as { session: string };
      const other = await signedIn();
      await send('DELETE', `/oauth/account/sessions/${session}`, other.tokens.access_token);
    },
  ],
];

for (const [what, end] of ENDS)
  test(`opens nothing once it is answered that it ended: ${what}`, async () => {
    const opened: number[] = [];
    for (let n = 0; n < TIMES; n++) {
      const who = await signedIn();
      await end(who);
      if (await opens(who.tokens.access_token)) opened.push(n);
    }
    assert.deepEqual(opened, []);
  });
