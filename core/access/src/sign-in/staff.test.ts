import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { connect } from '@yba/postgres';
import { TOTP } from 'otpauth';
import { tokenAuthenticator } from '../oidc/authenticate.ts';
import { providerKeys } from '../oidc/server-secret.ts';
import { knownSessions } from '../sessions/known-sessions.ts';
import { endMembership } from '../accounts/memberships.ts';
import { hashPassword } from '../accounts/password.ts';
import { newRecoveryCodes } from '../second-factor/recovery-codes.ts';
import { takeCode } from '../second-factor/totp.ts';
import { authorizationRequest, browser, claimsOf, exchange } from '../testing/browser.ts';
import { callerOf, running, type Running } from '../testing/running.ts';
import { password, staffOf, type Answer } from '../testing/staff.ts';

let server: Running;
const other = 'con duong ven song dai';
const { staff, signIn, tokenOf, own, settles, logged } = staffOf(() => server);

before(async () => {
  server = await running();
});
after(() => server.stop());

test('a password somebody else chose is changed at the first sign-in, to one that holds', async () => {
  const { username } = await staff({ mustChange: true });
  const way = await signIn();
  const asked = await way.step('password', { username, password });
  assert.deepEqual([asked.next, asked.why], ['password', 'first']);
  const refusals = {
    'quá ngắn': /14 ký tự/,
    'tran thi lan ra song': /tên/,
    matkhau123456789: /đoán ra/,
    aaaaaaaaaaaaaaaaaa: /đoán ra/,
    '12345678901234567': /đoán ra/,
    [password]: /khác mật khẩu cũ/,
  };
  for (const [chosen, why] of Object.entries(refusals)) {
    const refused = await way.step('new-password', { password: chosen });
    assert.equal(refused.status, 422, chosen);
    assert.match(refused.words, why, chosen);
  }
  assert.ok(await way.token(await way.step('new-password', { password: other })));
  assert.ok(await tokenOf(username, other));
});

test('a password below 14 characters is not enough alone; it is beside one-time codes', async () => {
  const { username, subject } = await staff({ password: 'song xanh 7' });
  const way = await signIn();
  assert.deepEqual(
    [(await way.step('password', { username, password: 'song xanh 7' })).why, way.visitor !== undefined],
    ['short', true],
  );
  const token = await way.token(await way.step('new-password', { password: other }));
  const { secret } = await own(token, 'POST', 'account/codes/begin');
  const codes = new TOTP({ secret: secret! });
  assert.equal((await own(token, 'POST', 'account/codes/confirm', { code: '000000' })).status, 422);
  const code = codes.generate(); // half a minute later it would be another
  const { recoveryCodes } = await own(token, 'POST', 'account/codes/confirm', { code });
  assert.equal(recoveryCodes?.length, 10);
  const short = await own(token, 'POST', 'account/password', { current: other, password: 'nui cao 88' });
  assert.equal(short.status, 200);

  const again = await signIn();
  assert.equal((await again.step('password', { username, password: 'nui cao 88' })).next, 'code');
  const replayed = await again.step('code', { code });
  assert.equal(replayed.status, 401, 'the code that confirmed is used');
  const next = codes.generate({ timestamp: Date.now() + 30_000 });
  assert.ok(await again.token(await again.step('code', { code: next })));
  assert.deepEqual(logged(subject, 'sign-in').at(-1)?.reason, 'Bằng mật khẩu và mã xác thực');

  const third = await signIn();
  await third.step('password', { username, password: 'nui cao 88' });
  assert.equal((await third.step('code', { code: next })).status, 401);
  assert.ok(await third.token(await third.step('code', { code: recoveryCodes![0]!.toUpperCase() })));
  const fourth = await signIn();
  await fourth.step('password', { username, password: 'nui cao 88' });
  assert.equal(
    (await fourth.step('code', { code: recoveryCodes![0]! })).status,
    401,
    'a recovery code is good once',
  );
});

test('who has the password alone does not change it before the second factor was shown', async () => {
  const { username, id } = await staff({ password: 'song xanh 7' });
  const seed = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';
  await server.sql`insert into second_factor (account, totp_sealed, confirmed)
    values (${id}, ${server.secrets.seal(seed, `totp account/${id}`)}, now())`;
  const passwordOf = async () => {
    const [row] = await server.sql<
      { hash: string }[]
    >`select password_hash as hash from account where id = ${id}`;
    return row!.hash;
  };
  for (const mustChange of [false, true]) {
    await server.sql`update account set must_change = ${mustChange} where id = ${id}`;
    const before = await passwordOf();
    const thief = await signIn();
    assert.equal((await thief.step('password', { username, password: 'song xanh 7' })).next, 'code');
    const tried = await thief.step('new-password', { password: other });
    assert.deepEqual([tried.next, tried.redirectTo], ['code', undefined]);
    assert.equal(await passwordOf(), before, `must change: ${mustChange}`);
  }
  const owner = await signIn();
  await owner.step('password', { username, password: 'song xanh 7' });
  const codes = new TOTP({ secret: seed });
  assert.equal((await owner.step('code', { code: codes.generate() })).why, 'first');
  assert.ok(await owner.token(await owner.step('new-password', { password: other })));
});

test('a code that is shown while its set-up is replaced or taken away confirms nothing, and leaves no recovery codes', async () => {
  const { id } = await staff();
  const { sql, secrets } = server;
  const seed = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';
  const seal = () => secrets.seal(seed, `totp account/${id}`);
  await sql`insert into second_factor (account, totp_sealed) values (${id}, ${seal()})`;
  const code = new TOTP({ secret: seed }).generate();
  const shown = await sql.begin(async (replacing) => {
    await replacing`update second_factor set totp_sealed = ${secrets.seal('NBSWY3DPEHPK3PXP', `totp account/${id}`)} where account = ${id}`;
    const taken = takeCode({ sql, secrets }, id, code, { confirming: true });
    for (let tries = 0, waits = 0; waits === 0; tries++) {
      assert.ok(tries < 2_000, 'nothing waits for the set-up that is replaced');
      waits = (
        await sql`
          select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query ilike '%update second_factor%'`
      ).count;
    }
    return { taken };
  });
  assert.equal(await shown.taken, false);
  assert.equal((await sql`select from second_factor where account = ${id} and confirmed is null`).count, 1);
  await sql`delete from second_factor where account = ${id}`;
  await assert.rejects(newRecoveryCodes(sql, id), /turned off/);
  assert.equal((await sql`select from recovery_code where account = ${id}`).count, 0);
});

test('one-time codes are those of RFC 6238', async () => {
  const { id } = await staff();
  const { secrets } = server;
  // the SHA-1 seed of the RFC’s appendix B; its eight digits end with our six
  const seed = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';
  await server.sql`insert into second_factor (account, totp_sealed, confirmed) values (${id}, ${secrets.seal(seed, `totp account/${id}`)}, now())`;
  const vectors = {
    59: '287082',
    1111111109: '081804',
    1111111111: '050471',
    1234567890: '005924',
    2000000000: '279037',
  };
  for (const [second, code] of Object.entries(vectors)) {
    const at = Number(second) * 1000;
    assert.equal(
      await takeCode({ sql: server.sql, secrets }, id, code, { at: at + 120_000 }),
      false,
      'too late',
    );
    assert.equal(await takeCode({ sql: server.sql, secrets }, id, code, { at }), true, code);
    assert.equal(await takeCode({ sql: server.sql, secrets }, id, code, { at }), false, 'twice');
  }
});

test('a hash of former parameters is replaced at sign-in', async (t) => {
  const standard = await running({ standardHashes: true });
  t.after(() => standard.stop());
  const { staff, tokenOf } = staffOf(() => standard);
  const { username, id } = await staff();
  const weak = await hashPassword(password, { memoryKiB: 1024, passes: 1, lanes: 1 });
  await standard.sql`update account set password_hash = ${weak} where id = ${id}`;
  assert.ok(await tokenOf(username));
  const [row] = await standard.sql<
    { password_hash: string }[]
  >`select password_hash from account where id = ${id}`;
  assert.match(row!.password_hash, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
});

test('who works at two facilities chooses one, and switches without signing in again', async () => {
  const { username, subject } = await staff({
    licence: { number: '001234/HNO-GPHN', scope: 'Điều dưỡng', validUntil: '2031-12-31' },
  });
  await server.access.addMembership(subject, {
    facility: '79013',
    facilityName: 'Bệnh viện Chợ Rẫy',
    role: 'admin',
    department: 'CNTT',
  });
  const way = await signIn();
  const asked = await way.step('password', { username, password });
  assert.deepEqual(
    asked.facilities?.map(({ facility }) => facility),
    ['01013', '79013'],
  );
  assert.equal((await way.step('facility', { facility: '27001' })).status, 422);
  const first = await way.token(await way.step('facility', { facility: '79013' }));
  const there = claimsOf(first);
  assert.deepEqual([there.facility, there.role, there.department], ['79013', 'admin', 'CNTT']);
  assert.deepEqual(there.licence, {
    number: '001234/HNO-GPHN',
    scope: 'Điều dưỡng',
    valid_until: '2031-12-31',
  });

  assert.equal((await own(first, 'POST', 'session/facility', { facility: '27001' })).status, 422);
  assert.equal((await own(first, 'POST', 'session/facility', { facility: '01013' })).status, 200);
  await settles(first, 401);
  const silent = authorizationRequest(server.baseUrl, 'clinic', { prompt: 'none' });
  const { location } = await way.visitor.follow(silent.url, silent.redirectUri);
  const { tokens } = await exchange(server.baseUrl, {
    grant_type: 'authorization_code',
    client_id: silent.client,
    code: new URL(location).searchParams.get('code')!,
    redirect_uri: silent.redirectUri,
    code_verifier: silent.verifier,
  });
  const here = claimsOf(tokens.access_token);
  assert.deepEqual([here.facility, here.role, here.sub], ['01013', 'nurse', subject]);
  await settles(tokens.access_token, 200);
  assert.deepEqual(
    logged(subject, 'switch').map(({ caller, outcome }) => `${caller.facility} ${outcome}`),
    ['79013 denied', '79013 success', '01013 success'],
    'both facilities read of it',
  );
});

test('a resigned nurse is out at once: open session, silent renewal and a new sign-in', async () => {
  const { username, subject, id } = await staff();
  const way = await signIn();
  const token = await way.token(await way.step('password', { username, password }));
  await settles(token, 200);
  await endMembership(server.sql, id, '01013');
  await settles(token, 401);
  const silent = authorizationRequest(server.baseUrl, 'clinic', { prompt: 'none' });
  const { location } = await way.visitor.follow(silent.url, silent.redirectUri);
  assert.equal(new URL(location).searchParams.get('error'), 'login_required');
  const again = await (await signIn()).step('password', { username, password });
  assert.equal(again.status, 403);
  assert.match(again.words, /không còn làm việc/);
  assert.deepEqual(
    logged(subject, 'sign-in').map(({ outcome, caller }) => [outcome, caller.facility]),
    [
      ['success', '01013'],
      ['denied', '01013'],
    ],
    'the hospital where she worked reads that she tried',
  );
});

test('a locked session opens nothing until the same person enters again, however the token is used', async () => {
  const { username, subject } = await staff();
  const visitor = browser();
  const token = await tokenOf(username, password, visitor);
  await own(token, 'POST', 'session/lock');
  await settles(token, 401);
  assert.equal((await own(token, 'GET', 'account')).status, 401);
  assert.equal((await own(token, 'POST', 'session/facility', { facility: '01013' })).status, 401);
  assert.deepEqual(
    [(await own(token, 'GET', 'session')).locked, (await own(token, 'GET', 'session')).name],
    [true, 'Trần Thị Lan'],
  );
  const silent = authorizationRequest(server.baseUrl, 'clinic', { prompt: 'none' });
  const { location } = await visitor.follow(silent.url, silent.redirectUri);
  const renewed = await exchange(server.baseUrl, {
    grant_type: 'authorization_code',
    client_id: silent.client,
    code: new URL(location).searchParams.get('code')!,
    redirect_uri: silent.redirectUri,
    code_verifier: silent.verifier,
  });
  assert.equal(await callerOf(server.baseUrl, renewed.tokens.access_token), 401, 'nor does a new token');
  assert.equal((await own(token, 'POST', 'session/enter', { password: 'sai' })).status, 422);
  assert.equal((await own(token, 'POST', 'session/enter', { password })).status, 200);
  assert.notEqual(await callerOf(server.baseUrl, token), 401);
  assert.deepEqual(
    ['lock', 'unlock'].map((action) => logged(subject, action).map(({ outcome }) => outcome)),
    [['success'], ['failed', 'success']],
  );
});

test('a lock that comes while its owner enters does not outlast it', async () => {
  const { username } = await staff();
  const token = await tokenOf(username);
  let entering!: Promise<Answer>;
  await server.sql.begin(async (transaction) => {
    await transaction`lock table sign_in_attempt in access exclusive mode`;
    entering = own(token, 'POST', 'session/enter', { password });
    const waiting = () =>
      transaction`select from pg_locks where relation = 'sign_in_attempt'::regclass and not granted`;
    while ((await waiting()).length === 0);
    await own(token, 'POST', 'session/lock');
    assert.equal((await own(token, 'GET', 'session')).locked, true);
  });
  assert.equal((await entering).status, 200);
  assert.equal((await own(token, 'GET', 'session')).locked, false);
  assert.notEqual(await callerOf(server.baseUrl, token), 401);
});

test('a lock that reaches the server after its owner entered does not cover the screen once more', async () => {
  const { username } = await staff();
  const token = await tokenOf(username);
  const { change } = await own(token, 'GET', 'session');
  await own(token, 'POST', 'session/lock', { change });
  const entered = await own(token, 'POST', 'session/enter', { password });
  const late = await own(token, 'POST', 'session/lock', { change });
  assert.deepEqual([late.status, late.locked, late.change], [200, false, entered.change]);
  assert.equal((await own(token, 'GET', 'session')).locked, false);
  const again = await own(token, 'POST', 'session/enter', { password });
  assert.notEqual(
    again.change,
    entered.change,
    'to enter what is open is a change too: its lock may be on the way',
  );
  const odd = await own(token, 'POST', 'session/lock', { change: 'now' });
  assert.equal(odd.status, 422);
  assert.equal((await own(token, 'POST', 'session/lock', { change: again.change })).locked, true);
  assert.equal((await own(token, 'GET', 'session')).locked, true);
});

test('a screen that nobody is at is locked by the server', async () => {
  const { username, id } = await staff();
  const token = await tokenOf(username);
  await settles(token, 200);
  await server.sql`update sign_in_session set active = now() - interval '13 minutes' where account = ${id}`;
  await settles(token, 401);
});

test('a screen that was last used by a clock that was ahead is locked by the server', async () => {
  const { username, id } = await staff();
  const token = await tokenOf(username);
  await settles(token, 200);
  await server.sql`update sign_in_session set active = now() + interval '1 year' where account = ${id}`;
  await settles(token, 401);
});

/** What a process that no notice reaches, and whose database's clock may be `ahead` for a while, says of a session. */
async function withoutNotices(id: string, ahead: boolean) {
  const url = new URL(server.databaseUrl);
  url.searchParams.set('search_path', 'clock,pg_catalog,public');
  await server.sql
    .unsafe(`create schema clock; create table clock.ahead (years int); insert into clock.ahead values (${ahead ? 1 : 0});
    create function clock.now() returns timestamptz stable language sql
      as 'select pg_catalog.now() + make_interval(years => years) from clock.ahead'`);
  const sql = connect(url.href, { max: 2 });
  const told = knownSessions(sql, 50);
  await server.sql`update sign_in_session set changed = clock.now() where account = ${id}`;
  const stop = await told.follow(assert.ifError);
  await server.sql`update clock.ahead set years = 0`;
  return {
    told,
    async stop() {
      await stop();
      await sql.end();
      await server.sql.unsafe('drop schema clock cascade');
    },
  };
}

test('what a process hears while it asks the database is newer than the answer', async () => {
  const { username } = await staff();
  const token = await tokenOf(username);
  const { session } = (await callerOf(server.baseUrl, token)) as { session: string };
  let holds = false;
  const [answered, goesOn] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const sql = new Proxy(server.sql, {
    apply(target, self, words: [TemplateStringsArray]) {
      const query = Reflect.apply(target, self, words) as PromiseLike<unknown>;
      if (!holds || !words[0].join('').includes('where changed')) return query;
      return query.then(async (rows) => {
        answered.resolve();
        await goesOn.promise;
        return rows;
      });
    },
  });
  const told = knownSessions(sql, 50);
  const stop = await told.follow(assert.ifError);
  await own(token, 'POST', 'session/lock');
  await own(token, 'POST', 'session/enter', { password });
  holds = true;
  await answered.promise;
  await own(token, 'POST', 'session/lock');
  const isShut = () =>
    told.assertOpen(session).then(
      () => false,
      () => true,
    );
  while (!(await isShut())) await new Promise((soon) => setImmediate(soon));
  goesOn.resolve();
  await new Promise((soon) => setImmediate(soon));
  assert.ok(await isShut());
  await stop();
});

for (const ahead of [false, true])
  test(`another server process learns that a session ended though no notice reached it${ahead ? ', and its clock had been ahead' : ''}`, async () => {
    const { username, id } = await staff();
    const token = await tokenOf(username);
    const keys = await providerKeys(server.sql, server.secrets, 'yba');
    const { authenticate } = tokenAuthenticator(
      server.baseUrl,
      { now: () => keys, renew: async () => {} },
      { assertValid: () => {} },
    );
    const caller = await authenticate({ headers: { authorization: `Bearer ${token}` } });
    const { told: elsewhere, stop } = await withoutNotices(id, ahead);
    await elsewhere.assertOpen(caller.session!);
    await server.sql`update sign_in_session set ended = now(), changed = clock_timestamp() where account = ${id}`;
    let refused: unknown;
    for (let tries = 0; tries < 100 && !refused; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      refused = await elsewhere.assertOpen(caller.session!).catch((error: unknown) => error);
    }
    await stop();
    assert.match(String(refused), /ended/);
  });

test('a person sees where they are signed in, and ends one session or all others', async () => {
  const { username, subject } = await staff();
  const [here, there, elsewhere] = [
    await tokenOf(username),
    await tokenOf(username),
    await tokenOf(username),
  ];
  const { sessions, session } = await own(here, 'GET', 'account');
  assert.equal(sessions?.length, 3);
  assert.equal(session, claimsOf(here).session);
  assert.equal((await own(here, 'DELETE', `account/sessions/${claimsOf(there).session}`)).status, 200);
  await settles(there, 401);
  await settles(elsewhere, 200);
  assert.equal((await own(here, 'DELETE', 'account/sessions')).ended, 1);
  await settles(elsewhere, 401);
  await settles(here, 200);
  const stranger = await tokenOf((await staff()).username);
  assert.equal((await own(stranger, 'DELETE', `account/sessions/${session}`)).status, 404);
  await settles(here, 200);
  assert.equal(logged(subject, 'revoke').length, 2);
});

test('a wrong password typed to change it stands in the log', async () => {
  const { username, subject } = await staff();
  const token = await tokenOf(username);
  const refused = await own(token, 'POST', 'account/password', {
    current: 'khong phai mat khau',
    password: other,
  });
  assert.equal(refused.status, 422);
  assert.deepEqual(
    logged(subject, 'account').map(({ outcome }) => outcome),
    ['failed'],
  );
});

test('a new password ends all other sessions', async () => {
  const { username } = await staff();
  const [here, there] = [await tokenOf(username), await tokenOf(username)];
  const wrong = await own(here, 'POST', 'account/password', { current: 'sai', password: other });
  assert.equal(wrong.status, 422);
  assert.equal(
    (await own(here, 'POST', 'account/password', { current: password, password: other })).status,
    200,
  );
  await settles(there, 401);
  await settles(here, 200);
});

test('a screen left open changes no account: after ten minutes one proves who one is', async () => {
  const { username, id } = await staff();
  const token = await tokenOf(username);
  await server.sql`update sign_in_session set started = now() - interval '11 minutes' where account = ${id}`;
  const refused = await own(token, 'POST', 'account/codes/begin');
  assert.equal(refused.status, 403);
  assert.match(refused.words, /nhập lại mật khẩu/);
  assert.equal((await own(token, 'POST', 'session/enter', { password })).status, 200);
  assert.equal((await own(token, 'POST', 'account/codes/begin')).status, 200);
});

test('signing out ends the tokens at once, also on the page that asks first; both are logged, and so is taking over', async () => {
  const { username, subject } = await staff();
  for (const asks of [false, true]) {
    const visitor = browser();
    const token = await tokenOf(username, password, visitor);
    if (asks) {
      const page = await (await visitor.go(`${server.baseUrl}/oauth/end-session`)).text();
      const form = { xsrf: /name="xsrf" value="([^"]+)"/.exec(page)![1]!, logout: 'yes' };
      const action = /action="([^"]+)"/.exec(page)![1]!;
      await visitor.go(action, { method: 'POST', body: new URLSearchParams(form) });
    } else await tokenOf((await staff()).username, password, visitor);
    await settles(token, 401);
  }
  for (let tries = 0; logged(subject, 'sign-out').length < 2 && tries < 100; tries++)
    await new Promise((resolve) => setTimeout(resolve, 20));
  assert.deepEqual(
    logged(subject, 'sign-out').map(({ reason }) => reason),
    ['Người khác đăng nhập trên máy này', undefined],
  );
});

test('an account that nobody used for 45 days is shut', async () => {
  const { username, id } = await staff();
  await server.sql`update account set last_sign_in = now() - interval '46 days' where id = ${id}`;
  const refused = await (await signIn()).step('password', { username, password });
  assert.equal(refused.status, 403);
  assert.match(refused.words, /45 ngày/);
});

test('software has no account to look at', async () => {
  const { clientId, clientSecret } = await server.access.createClient({
    name: 'HIS',
    facility: '01013',
    facilityName: 'BM',
  });
  const { tokens } = await exchange(server.baseUrl, {
    grant_type: 'client_credentials',
    client_id: clientId,
    client_secret: clientSecret,
  });
  assert.equal((await own(tokens.access_token, 'GET', 'account')).status, 403);
  assert.equal((await own('x.y.z', 'GET', 'account')).status, 401);
});

test('an officer of the facility unlocks, ends sessions, resets and ends work; each is logged, and nobody else may', async () => {
  const boss = await staff({ role: 'admin', name: 'Lê Văn Bình' });
  const officer = await staff({ role: 'privacy-officer', name: 'Phạm Thu Hà' });
  const nurse = await staff();
  const [admin, privacy, hers] = await Promise.all(
    [boss, officer, nurse].map(({ username }) => tokenOf(username)),
  );
  for (let n = 0; n < 5; n++)
    await (await signIn()).step('password', { username: nurse.username, password: 'sai' });
  type Listed = { id: string; waitsUntil: string | null; sessions: number };
  const listed = async (token: string) =>
    ((await own(token, 'GET', 'accounts')).accounts as Listed[]).find(({ id }) => id === nurse.id)!;
  assert.ok((await listed(privacy!)).waitsUntil);
  assert.equal((await own(privacy!, 'POST', `accounts/${nurse.id}/unlock`)).status, 200);
  assert.equal((await listed(admin!)).waitsUntil, null);
  for (const [method, path] of [
    ['GET', 'accounts'],
    ['POST', `accounts/${boss.id}/unlock`],
    ['DELETE', `accounts/${boss.id}/sessions`],
  ] as const)
    assert.equal((await own(hers!, method, path)).status, 403, path);
  assert.equal((await own(privacy!, 'POST', `accounts/${nurse.id}/reset`)).status, 403);
  assert.deepEqual(
    logged(nurse.subject, 'account').map(({ outcome }) => outcome),
    ['denied', 'denied', 'denied'],
  );
  assert.equal((await own(admin!, 'DELETE', `accounts/${boss.id}`)).status, 403, 'not oneself');

  assert.equal((await own(privacy!, 'DELETE', `accounts/${nurse.id}/sessions`)).ended, 1);
  await settles(hers!, 401);
  const { firstPassword } = await own(admin!, 'POST', `accounts/${nurse.id}/reset`);
  const way = await signIn();
  assert.equal(
    (await way.step('password', { username: nurse.username, password: firstPassword })).why,
    'first',
  );
  const again = await way.token(await way.step('new-password', { password: other }));
  assert.equal((await own(admin!, 'DELETE', `accounts/${nurse.id}`)).status, 200);
  await settles(again, 401);

  const made = await own(admin!, 'POST', 'accounts', {
    username: 'dd.moi',
    name: 'Vũ Thị Mới',
    role: 'nurse',
  });
  assert.match(String(made.firstPassword), /^(\w{4}-){3}\w{4}$/);
  assert.equal(
    (await own(admin!, 'POST', 'accounts', { username: 'dd.moi', name: 'X', role: 'nurse' })).status,
    409,
  );
  assert.equal(
    (await own(admin!, 'POST', 'accounts', { username: 'dd.la', name: 'X', role: 'ministry' })).status,
    422,
  );

  const away = await staff({ role: 'admin', facility: '79013', facilityName: 'Bệnh viện Chợ Rẫy' });
  const foreign = await tokenOf(away.username);
  assert.equal(
    (await own(foreign, 'POST', `accounts/${officer.id}/unlock`)).status,
    404,
    'another facility’s are absent',
  );
  await server.access.addMembership(officer.subject, {
    facility: '79013',
    facilityName: 'Bệnh viện Chợ Rẫy',
    role: 'doctor',
  });
  assert.equal(
    (await own(foreign, 'POST', `accounts/${officer.id}/reset`)).status,
    403,
    'nor one who works elsewhere too',
  );
  const told = server.logged.filter(({ target }) => target === nurse.subject).map(({ reason }) => reason);
  assert.deepEqual(told, [
    'Mở khóa đăng nhập: Trần Thị Lan',
    'Kết thúc 1 phiên: Trần Thị Lan',
    'Đặt lại cách đăng nhập: Trần Thị Lan',
    'Kết thúc làm việc tại cơ sở: Trần Thị Lan',
  ]);
});
