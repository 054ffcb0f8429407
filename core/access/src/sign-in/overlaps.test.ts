// Two things at once at one account: what ends something is waited for, or ends the other too.
import assert from 'node:assert/strict';
import { createHash, generateKeyPairSync } from 'node:crypto';
import { after, before, test } from 'node:test';
import type { Sql } from '@yba/postgres';
import { TOTP } from 'otpauth';
import { hashPassword } from '../accounts/password.ts';
import { endBrowser } from '../sessions/end-browser.ts';
import { knownSessions } from '../sessions/known-sessions.ts';
import { lockSession, enterSession } from '../sessions/sign-in-sessions.ts';
import { authorizationRequest, browser, claimsOf } from '../testing/browser.ts';
import { running, type Running } from '../testing/running.ts';
import { password, staffOf } from '../testing/staff.ts';

let server: Running;
const other = 'con duong ven song dai';
const third = 'may bay qua nui cao';
const { staff, signIn, tokenOf, own, logged } = staffOf(() => server);

before(async () => {
  server = await running();
});
after(() => server.stop());

const choRay = { facility: '79013', facilityName: 'Bệnh viện Chợ Rẫy', role: 'doctor' } as const;

/** Holds what a statement locks while others begin, each once those before it wait or have answered; then lets go. */
async function whileHeld<Answers extends unknown[]>(
  hold: (db: Sql) => Promise<unknown>,
  ...others: { [At in keyof Answers]: () => Promise<Answers[At]> }
): Promise<Answers> {
  const begun: Promise<unknown>[] = [];
  await server.sql.begin(async (transaction) => {
    await hold(transaction as unknown as Sql);
    let answered = 0;
    // not by the transaction itself, which sees the others as they first were
    const waiting = () => server.sql`
      select from pg_locks join pg_stat_activity using (pid) where not granted and datname = current_database()`;
    for (const other of others) {
      const one = other();
      begun.push(one);
      void one.finally(() => (answered += 1)).catch(() => {});
      while ((await waiting()).length + answered < begun.length);
    }
  });
  return (await Promise.all(begun)) as Answers;
}

const openSessions = async (account: string) =>
  (await server.sql`select from sign_in_session where account = ${account} and ended is null`).length;

test('a sign-in that stands half-way ends with the password it began with', async () => {
  const { username, subject, id } = await staff();
  await server.access.addMembership(subject, choRay);
  const half = await signIn();
  assert.equal((await half.step('password', { username, password })).next, 'facility');
  const way = await signIn();
  await way.step('password', { username, password });
  const token = await way.token(await way.step('facility', { facility: '01013' }));
  const changed = await own(token, 'POST', 'account/password', { current: password, password: other });
  assert.equal(changed.status, 200);
  const late = await half.step('facility', { facility: '79013' });
  assert.deepEqual([late.status, late.redirectTo], [401, undefined]);
  assert.equal(await openSessions(id), 1);
});

test('who had the password before an account was reset does not choose the next one', async () => {
  const boss = await staff({ role: 'admin', name: 'Lê Văn Bình' });
  const nurse = await staff();
  const [admin, hers] = [await tokenOf(boss.username), await tokenOf(nurse.username)];
  const { secret } = await own(hers, 'POST', 'account/codes/begin');
  const code = new TOTP({ secret: secret! }).generate();
  assert.equal((await own(hers, 'POST', 'account/codes/confirm', { code })).status, 200);
  const half = await signIn();
  assert.equal((await half.step('password', { username: nurse.username, password })).next, 'code');
  const { firstPassword } = await own(admin, 'POST', `accounts/${nurse.id}/reset`);
  assert.equal((await half.step('new-password', { password: other })).status, 401);
  const way = await signIn();
  const first = await way.step('password', { username: nurse.username, password: firstPassword });
  assert.equal(first.why, 'first', 'the password that was handed over is the one that counts');
});

test('a passkey that is taken away ends the sign-in it began', async () => {
  const { username, subject, id } = await staff();
  await server.access.addMembership(subject, choRay);
  await server.sql`insert into passkey (id, account, public_key, counter, transports, synced, name)
    values (${id}, ${id}, ''::bytea, 0, '{}', false, 'Máy phòng khám')`;
  const half = await signIn();
  await half.step('password', { username, password });
  const shown = server.sql.json({ methods: ['hwk'], proof: { passkey: id } });
  const { count } = await server.sql`
    update oauth_artifact set payload = payload || ${shown} where model = 'SignInStep' and payload ->> 'account' = ${id}`;
  assert.equal(count, 1);
  await server.sql`delete from passkey where id = ${id}`;
  assert.equal((await half.step('facility', { facility: '79013' })).status, 401);
});

test('nobody comes in by a password that was replaced while it was looked at', async () => {
  const { username, id } = await staff();
  const hash = await hashPassword(other);
  const way = await signIn();
  const [late] = await whileHeld(
    (db) => db`update account set password_hash = ${hash} where id = ${id}`,
    () => way.step('password', { username, password }),
  );
  assert.deepEqual([late.status, late.redirectTo], [401, undefined]);
  assert.equal(await openSessions(id), 0);
});

test('a new password stays: another that was proved by the former one is refused', async () => {
  const { username, id } = await staff();
  const token = await tokenOf(username);
  const hash = await hashPassword(other);
  const [late] = await whileHeld(
    (db) => db`update account set password_hash = ${hash} where id = ${id}`,
    () => own(token, 'POST', 'account/password', { current: password, password: third }),
  );
  assert.equal(late.status, 409);
  assert.ok(await tokenOf(username, other));
});

test('a switch of the facility does not slip through when all other sessions are ended', async () => {
  const { username, subject, id } = await staff();
  await server.access.addMembership(subject, choRay);
  const tokenAt = async (visitor = browser()) => {
    const way = await signIn(visitor);
    await way.step('password', { username, password });
    return way.token(await way.step('facility', { facility: '01013' }));
  };
  const visitor = browser();
  const [here, there] = [await tokenAt(), await tokenAt(visitor)];
  const [switched, ended] = await whileHeld(
    (db) => db`select from account where id = ${id} for update`,
    () => own(there, 'POST', 'session/facility', { facility: '79013' }),
    () => own(here, 'DELETE', 'account/sessions'),
  );
  assert.ok([200, 401].includes(switched.status));
  assert.equal(ended.ended, 1);
  assert.equal(await openSessions(id), 1);
  const silent = authorizationRequest(server.baseUrl, 'clinic', { prompt: 'none' });
  const { location } = await visitor.follow(silent.url, silent.redirectUri);
  assert.equal(new URL(location).searchParams.get('error'), 'login_required');
});

test('a facility that is chosen twice at once is one session, and told once', async () => {
  const { username, subject, id } = await staff();
  await server.access.addMembership(subject, choRay);
  const way = await signIn();
  await way.step('password', { username, password });
  const token = await way.token(await way.step('facility', { facility: '01013' }));
  const choose = () => own(token, 'POST', 'session/facility', { facility: '79013' });
  const answers = await whileHeld(
    (db) => db`select from sign_in_session where account = ${id} for update`,
    choose,
    choose,
  );
  assert.deepEqual(answers.map(({ status }) => status).toSorted(), [200, 401]);
  assert.equal(await openSessions(id), 1);
  assert.equal(logged(subject, 'switch').length, 2, 'at both facilities');
});

test('a password that is sent twice at once begins one session, for its owner and for the officer', async () => {
  const boss = await staff({ role: 'admin', name: 'Lê Văn Bình' });
  const admin = await tokenOf(boss.username);
  const { username, id } = await staff();
  const way = await signIn();
  const send = () => way.step('password', { username, password });
  const [first] = await Promise.all([send(), send()]);
  const token = await way.token(first);
  assert.equal((await own(token, 'GET', 'account')).sessions?.length, 1);
  const { accounts } = await own(admin, 'GET', 'accounts');
  const listed = (accounts as { id: string; sessions: number }[]).find((one) => one.id === id);
  assert.equal(listed?.sessions, 1);
});

test('entering twice at once, and signing out twice at once, are each told once', async () => {
  const { username, subject } = await staff();
  const token = await tokenOf(username);
  const { session } = claimsOf(token) as unknown as { session: string };
  await own(token, 'POST', 'session/lock');
  const enter = () => own(token, 'POST', 'session/enter', { password });
  const holdSession = (db: Sql) => db`select from sign_in_session where id = ${session} for update`;
  const entered = await whileHeld(holdSession, enter, enter);
  assert.deepEqual(
    entered.map(({ status }) => status),
    [200, 200],
  );
  assert.equal(logged(subject, 'unlock').length, 1);
  const [row] = await server.sql<
    { browser: string }[]
  >`select browser from sign_in_session where id = ${session}`;
  const ports = { audit: { read: async (event: never) => void server.logged.push(event) } } as never;
  const signOut = () => endBrowser({ sql: server.sql, ports }, row!.browser, 'signed-out');
  await whileHeld(holdSession, signOut, signOut);
  assert.equal(logged(subject, 'sign-out').length, 1);
});

test('recovery codes that are made twice at once count once', async () => {
  const { username, id } = await staff();
  const token = await tokenOf(username);
  const { secret } = await own(token, 'POST', 'account/codes/begin');
  await own(token, 'POST', 'account/codes/confirm', { code: new TOTP({ secret: secret! }).generate() });
  const anew = () => own(token, 'POST', 'account/codes/recovery');
  const made = await whileHeld(
    (db) => db`select from recovery_code where account = ${id} for update`,
    anew,
    anew,
  );
  assert.ok(made.every(({ recoveryCodes }) => recoveryCodes?.length === 10));
  assert.equal((await server.sql`select from recovery_code where account = ${id}`).length, 10);
});

/** A passkey as an authenticator of the machine makes it. Source: https://www.w3.org/TR/webauthn-3/#sctn-attestation */
function madeKey(challenge: string) {
  const { x, y } = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' });
  const coordinate = (text?: string) =>
    Buffer.concat([Buffer.from([0x58, 32]), Buffer.from(text!, 'base64url')]);
  const key = Buffer.from('a5010203262001', 'hex'); // EC2, ES256, P-256
  const cose = Buffer.concat([key, Buffer.from([0x21]), coordinate(x), Buffer.from([0x22]), coordinate(y)]);
  const id = createHash('sha256').update(challenge).digest();
  const known = Buffer.from([0x45, 0, 0, 0, 0, ...Buffer.alloc(16), 0, id.length]); // present, verified, with a key
  const data = Buffer.concat([createHash('sha256').update('localhost').digest(), known, id, cose]);
  const text = (words: string) => Buffer.concat([Buffer.from([0x60 + words.length]), Buffer.from(words)]);
  const attestation = Buffer.concat([
    Buffer.from([0xa3]),
    text('fmt'),
    text('none'),
    text('attStmt'),
    Buffer.from([0xa0]),
    text('authData'),
    Buffer.from([0x58, data.length]),
    data,
  ]);
  const client = { type: 'webauthn.create', challenge, origin: server.baseUrl };
  return {
    id: id.toString('base64url'),
    rawId: id.toString('base64url'),
    type: 'public-key',
    clientExtensionResults: {},
    response: {
      clientDataJSON: Buffer.from(JSON.stringify(client)).toString('base64url'),
      attestationObject: attestation.toString('base64url'),
    },
  };
}

test('a passkey that was on its way when an account was reset is not kept', async () => {
  const boss = await staff({ role: 'admin', name: 'Lê Văn Bình' });
  const nurse = await staff();
  const [admin, hers] = [await tokenOf(boss.username), await tokenOf(nurse.username)];
  const begin = async () => {
    const { challenge } = await own(hers, 'POST', 'account/passkeys/options');
    return { name: 'Máy', response: madeKey(String(challenge)) };
  };
  assert.equal((await own(hers, 'POST', 'account/passkeys', await begin())).status, 200);
  const key = await begin();
  const [late, reset] = await whileHeld(
    (db) => db`select from oauth_artifact where model = 'PasskeyChallenge' for update`,
    () => own(hers, 'POST', 'account/passkeys', key),
    () => own(admin, 'POST', `accounts/${nurse.id}/reset`),
  );
  assert.deepEqual([late.status, reset.status], [401, 200]);
  assert.equal((await server.sql`select from passkey where account = ${nurse.id}`).length, 0);
});

test('that a session is open is never told after the lock that came next', async () => {
  const { username } = await staff();
  const token = await tokenOf(username);
  const { session } = claimsOf(token) as unknown as { session: string };
  await own(token, 'POST', 'session/lock');
  const [telling, goesOn] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const slow = new Proxy(server.sql, {
    apply(target, self, words: [TemplateStringsArray]) {
      const text = words[0].join('');
      if (!text.includes('select pg_notify') || text.includes('update'))
        return Reflect.apply(target, self, words);
      telling.resolve();
      return goesOn.promise.then(() => Reflect.apply(target, self, words));
    },
  });
  const told = knownSessions(server.sql, 3_600_000);
  const stop = await told.follow(assert.ifError);
  const unlocking = enterSession(slow, session);
  await Promise.race([unlocking, telling.promise]);
  assert.ok(await lockSession(server.sql, session));
  goesOn.resolve();
  await unlocking;
  await server.sql`select pg_notify('sign_in_session', 'ended heard')`;
  const isShut = (id: string) =>
    told.assertOpen(id).then(
      () => false,
      () => true,
    );
  while (!(await isShut('heard'))) await new Promise((soon) => setImmediate(soon));
  assert.ok(await isShut(session));
  await stop();
});
