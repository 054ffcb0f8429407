import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { authorizationRequest, browser, signInWithPassword } from '../testing/browser.ts';
import { running, type Running } from '../testing/running.ts';

let server: Running;
const password = 'mot mat khau dai';

before(async () => {
  server = await running({
    standardHashes: true,
    options: async () => ({
      demo: {
        personas: () => [
          {
            username: 'bs.khoi',
            password,
            name: 'Lê Minh Khôi',
            role: 'doctor',
            roleName: 'Bác sĩ',
            facilityName: 'Bạch Mai',
          },
        ],
      },
    }),
  });
  const staff = { password, facility: '01013', facilityName: 'Bệnh viện Bạch Mai' };
  await server.access.createAccount({ ...staff, username: 'bs.khoi', role: 'doctor', name: 'Lê Minh Khôi' });
  await server.access.createAccount({ ...staff, username: 'dd.lan', role: 'nurse', name: 'Trần Thị Lan' });
  await server.access.createAccount({ username: 'byt.ha', password, role: 'ministry', name: 'Phạm Thu Hà' });
});
after(() => server.stop());

const words = async (response: Response) =>
  ((await response.json()) as { issue: { diagnostics: string }[] }).issue[0]!.diagnostics;

test('the sign-in page learns which door it stands at and, in demo mode, who may come in', async () => {
  const visitor = browser();
  const { location } = await visitor.follow(
    authorizationRequest(server.baseUrl, 'command').url,
    `${server.baseUrl}/sign-in`,
  );
  const uid = new URL(location).searchParams.get('uid')!;
  const answer = await visitor.go(`${server.baseUrl}/oauth/interaction/${uid}`, {
    headers: { accept: 'application/json' },
  });
  const details = (await answer.json()) as {
    uid: string;
    door: string;
    demo: boolean;
    personas: { username: string }[];
    vneid?: object;
  };
  assert.deepEqual(
    [details.uid, details.door, details.demo, details.vneid],
    [uid, 'command', true, undefined],
  );
  assert.equal(details.personas[0]?.username, 'bs.khoi');
});

test('another browser cannot take part in a sign-in', async () => {
  const { location } = await browser().follow(
    authorizationRequest(server.baseUrl, 'clinic').url,
    `${server.baseUrl}/sign-in`,
  );
  const uid = new URL(location).searchParams.get('uid')!;
  const answer = await browser().go(`${server.baseUrl}/oauth/interaction/${uid}/password`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username: 'bs.khoi', password }),
  });
  assert.equal(answer.status, 401);
  assert.match(await words(answer), /hết hạn/);
});

test('a person who comes back to a sign-in that is over reads so on a page', async () => {
  const answer = await browser().go(`${server.baseUrl}/oauth/interaction/gone`);
  assert.equal(answer.status, 401);
  assert.match(answer.headers.get('content-type')!, /text\/html/);
  const page = await answer.text();
  assert.match(page, /đã hết hạn/);
  assert.match(page, /<details lang="en"><summary>English<\/summary>[^]*This sign-in has expired/);
});

test('a form that is sent too late is answered by a page as well', async () => {
  const late = await browser().go(`${server.baseUrl}/oauth/interaction/gone/consent`, {
    method: 'POST',
    body: new URLSearchParams({ answer: 'yes' }),
  });
  assert.equal(late.status, 401);
  assert.match(late.headers.get('content-type')!, /text\/html/);
  assert.match(await late.text(), /hết hạn/);
});

test('two sign-ins in two tabs do not disturb each other', async () => {
  const visitor = browser();
  const first = await visitor.follow(
    authorizationRequest(server.baseUrl, 'clinic').url,
    `${server.baseUrl}/sign-in`,
  );
  await visitor.follow(authorizationRequest(server.baseUrl, 'command').url, `${server.baseUrl}/sign-in`);
  const uid = new URL(first.location).searchParams.get('uid')!;
  const answer = await visitor.go(`${server.baseUrl}/oauth/interaction/${uid}`, {
    headers: { accept: 'application/json' },
  });
  assert.equal(((await answer.json()) as { door: string }).door, 'clinic');
});

test('a wrong password is told in the language of the page', async () => {
  const { refused } = await signInWithPassword(server.baseUrl, { username: 'bs.khoi', password: 'sai' });
  assert.equal(refused?.status, 401);
  assert.match(await words(refused!), /không đúng/);
  const request = authorizationRequest(server.baseUrl, 'clinic');
  const visitor = browser();
  const uid = new URL(
    (await visitor.follow(request.url, `${server.baseUrl}/sign-in`)).location,
  ).searchParams.get('uid')!;
  const post = (body: object) =>
    visitor.go(`${server.baseUrl}/oauth/interaction/${uid}/password`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'accept-language': 'en' },
      body: JSON.stringify(body),
    });
  assert.match(await words(await post({ username: 'bs.khoi', password: 'wrong' })), /not right/);
  assert.match(await words(await post({ username: 'bs.khoi' })), /both/);
});

test('an account signs in at its own door only, and is told which', async () => {
  const atCommand = await signInWithPassword(server.baseUrl, { username: 'bs.khoi', password }, 'command');
  assert.equal(atCommand.refused?.status, 403);
  assert.match(await words(atCommand.refused!), /\/clinic/);
  const atClinic = await signInWithPassword(server.baseUrl, { username: 'byt.ha', password }, 'clinic');
  assert.match(await words(atClinic.refused!), /\/command/);
  const atBook = await signInWithPassword(server.baseUrl, { username: 'bs.khoi', password }, 'book');
  assert.equal(atBook.refused?.status, 403);
  assert.ok((await signInWithPassword(server.baseUrl, { username: 'BYT.HA', password }, 'command')).code);
});

test('a session at one door does not open another', async () => {
  const { visitor } = await signInWithPassword(server.baseUrl, { username: 'bs.khoi', password });
  const request = authorizationRequest(server.baseUrl, 'command', { prompt: 'none' });
  const { location } = await visitor.follow(request.url, request.redirectUri);
  assert.equal(new URL(location).searchParams.get('error'), 'login_required');
});

test('on a shared computer the next person simply signs in, and the session before is over', async () => {
  const { visitor } = await signInWithPassword(server.baseUrl, { username: 'bs.khoi', password });
  const next = await signInWithPassword(server.baseUrl, { username: 'dd.lan', password }, 'clinic', visitor, {
    prompt: 'login',
  });
  assert.ok(next.code);
  const [row] = await server.sql<{ n: number }[]>`
    select count(*)::int as n from oauth_artifact where model = 'Session' and payload->>'accountId' = (select 'account/' || id from account where username = 'bs.khoi')
      and uid in (select payload->'session'->>'uid' from oauth_artifact where model = 'Interaction' and id = ${next.uid})`;
  assert.equal(row!.n, 0);
});

test('from the fifth failure on a name has to wait, twice as long each time, whether or not anybody has it', async () => {
  const until = async (username: string) => {
    const [row] = await server.sql<{ waits: number }[]>`
      select round(extract(epoch from locked_until - last)) as waits from sign_in_attempt where key = ${`name ${username}`}`;
    return Number(row?.waits ?? 0);
  };
  const wrong = async (username: string) =>
    (await signInWithPassword(server.baseUrl, { username, password: 'sai' })).refused!;
  const passes = (username: string) =>
    server.sql`update sign_in_attempt set locked_until = now() where key = ${`name ${username}`}`;
  for (const username of ['dd.lan', 'khong.co.ai']) {
    for (let n = 0; n < 5; n++) assert.equal((await wrong(username)).status, 401);
    assert.equal(await until(username), 30);
    const { refused } = await signInWithPassword(server.baseUrl, { username, password });
    assert.equal(refused?.status, 429);
    assert.match(await words(refused!), /chờ \d+ giây/);
    assert.equal(await until(username), 30, 'an attempt while waiting prolongs nothing');
    for (const waits of [60, 120]) {
      await passes(username);
      assert.equal((await wrong(username)).status, 401);
      assert.equal(await until(username), waits);
    }
  }
  await passes('dd.lan');
  assert.ok((await signInWithPassword(server.baseUrl, { username: 'dd.lan', password })).code);
  assert.equal(await until('dd.lan'), 0, 'who proved who they are begins anew');
});

test('guesses from one address at many names make that address wait', async () => {
  const last = () =>
    server.sql`select locked_until from sign_in_attempt where key like 'address %' and locked_until > now()`;
  await server.sql`update sign_in_attempt set failed = 49 where key like 'address %'`;
  assert.equal(
    (await signInWithPassword(server.baseUrl, { username: 'ten.moi', password: 'sai' })).refused?.status,
    401,
  );
  assert.equal((await last()).length, 1);
  const { refused } = await signInWithPassword(server.baseUrl, { username: 'bs.khoi', password });
  assert.equal(refused?.status, 429);
  await server.sql`delete from sign_in_attempt`;
});

test('failures counted while the clock was ahead let nobody wait once it is right', async () => {
  const wrong = async () =>
    (await signInWithPassword(server.baseUrl, { username: 'dd.lan', password: 'sai' })).refused?.status;
  assert.equal(await wrong(), 401);
  await server.sql`update sign_in_attempt set last = now() + interval '1 year'`;
  assert.equal(await wrong(), 401);
  assert.equal(await wrong(), 401, 'the address, of which a failure a minute is forgiven');
  await server.sql`update sign_in_attempt set last = now() + interval '1 year', locked_until = now() + interval '1 year'`;
  assert.ok((await signInWithPassword(server.baseUrl, { username: 'dd.lan', password })).code);
  await server.sql`delete from sign_in_attempt`;
});

test('passwords are kept as argon2id with their parameters', async () => {
  const rows = await server.sql<{ password_hash: string }[]>`select password_hash from account`;
  for (const { password_hash } of rows) assert.match(password_hash, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
});
