import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { rotateProviderKeys } from '@yba/access';
import {
  authorizationRequest,
  browser,
  callerOf,
  claimsOf,
  exchange,
  running,
  type Browser,
  type Running,
  type Tokens,
} from '@yba/access/testing';
import type { Caller } from '@yba/fhir';
import { createHealthBook, type HealthBook } from '../index.ts';

const hanh = {
  nationalId: '001180000017',
  name: 'Nguyễn Thị Hạnh',
  birthDate: '1980-02-29',
  password: 'Hanh-1980',
};
const tu = { nationalId: '001299000099', name: 'Đỗ Anh Tú', birthDate: '1999-12-01', password: 'Tu-1999' };

let server: Running;
let book: HealthBook;
let patient: { id: string; person: string };

before(async () => {
  server = await running({
    options: async (baseUrl, sql, internalUrl, secrets) => {
      book = await createHealthBook({ baseUrl, sql, secrets, internalUrl });
      return { vneid: book.vneid, capabilities: [book.capability] };
    },
  });
  await book.addVneidCitizens([hanh, tu]);
  patient = await server.addPatient('01013');
  await server.addPatient('79001', patient.person);
  await server.sql`
    insert into person_identifier (system, value, person, facility) values ('cccd', ${hanh.nationalId}, ${patient.person}, 1)`;
});
after(() => server.stop());

/** Goes from the book's door to the imitation's sign-in page. */
async function toImitation(visitor: Browser) {
  const request = authorizationRequest(server.baseUrl, 'book');
  const { location } = await visitor.follow(request.url, `${server.baseUrl}/sign-in`);
  const uid = new URL(location).searchParams.get('uid')!;
  const { location: page } = await visitor.follow(
    `${server.baseUrl}/oauth/interaction/${uid}/vneid`,
    `${server.baseUrl}/vneid/sign-in/`,
  );
  return { ...request, uid, page };
}

async function signIn(
  form: Record<string, string>,
  visitor = browser(),
): Promise<{ status?: number; tokens?: Tokens; refused?: Response }> {
  const { page, redirectUri, verifier, client } = await toImitation(visitor);
  const answer = await visitor.go(page, { method: 'POST', body: new URLSearchParams(form) });
  if (answer.status !== 303) return { refused: answer };
  const { location, response } = await visitor.follow(
    new URL(answer.headers.get('location')!, page).href,
    redirectUri,
  );
  if (!location) return { refused: response };
  const code = new URL(location).searchParams.get('code')!;
  return {
    ...(await exchange(server.baseUrl, {
      grant_type: 'authorization_code',
      client_id: client,
      code,
      redirect_uri: redirectUri,
      code_verifier: verifier,
    })),
  };
}

test('a citizen signs in through VNeID and is known by the national number', async () => {
  const { tokens } = await signIn({ number: hanh.nationalId, password: hanh.password });
  const claims = claimsOf(tokens!.id_token);
  assert.equal(claims.name, 'Nguyễn Thị Hạnh');
  assert.equal(claims.role, 'citizen');
  assert.equal(claims.person, patient.person);
  assert.equal(claims.patient, patient.id);
  assert.equal(tokens!.patient, patient.id);
  const caller = (await callerOf(server.baseUrl, tokens!.access_token)) as Caller;
  assert.equal(caller.person, patient.person);
  assert.equal(caller.facility, undefined);
  assert.ok(caller.scopes.includes('patient/*.rs'));
  assert.ok(!caller.scopes.some((scope) => scope.startsWith('user/')));
  const reach = await server.access.decide(
    { caller, requestId: 'r' },
    { action: 'read', types: ['Observation'] },
  );
  assert.equal(reach.self, true);
  assert.equal(reach.patients.length, 2);
  await assert.rejects(
    server.access.decide({ caller, requestId: 'r' }, { action: 'write', types: ['Observation'] }),
    { code: 'forbidden' },
  );
  assert.ok(
    server.logged.some(({ action, persons }) => action === 'sign-in' && persons[0] === patient.person),
  );
});

test('its keys are made anew while it runs: it signs with the new one, and those who come meanwhile get in', async () => {
  const kids = async () => {
    const answer = await fetch(`${server.baseUrl}/vneid/certs`);
    return ((await answer.json()) as { keys: { kid: string }[] }).keys.map(({ kid }) => kid);
  };
  const [before] = await kids();
  const visitor = browser();
  const underWay = await toImitation(visitor);
  const kid = await rotateProviderKeys(server.sql, server.secrets, undefined, 'vneid');
  for (let tries = 0; tries < 100 && (await kids())[0] !== kid; tries++) await sleep(20);
  assert.deepEqual(await kids(), [kid, before]);
  const form = new URLSearchParams({ number: hanh.nationalId, password: hanh.password });
  assert.equal((await visitor.go(underWay.page, { method: 'POST', body: form })).status, 303);
  const { tokens } = await signIn({ number: hanh.nationalId, password: hanh.password });
  assert.equal(claimsOf(tokens!.id_token).name, 'Nguyễn Thị Hạnh');
});

test('a citizen nobody has a record of comes in to an empty book, and to a full one once there is a record', async () => {
  const { tokens } = await signIn({ choose: tu.nationalId });
  const first = claimsOf(tokens!.id_token);
  assert.equal(first.person, undefined);
  const person = randomUUID();
  await server.addPatient('01013', person);
  await server.sql`insert into person_identifier (system, value, person, facility) values ('cccd', ${tu.nationalId}, ${person}, 1)`;
  const again = claimsOf((await signIn({ choose: tu.nationalId })).tokens!.id_token);
  assert.equal(again.person, person);
  assert.equal(again.sub, first.sub);
});

test('one browser, two citizens after each other: each gets their own book', async () => {
  const visitor = browser();
  assert.equal(
    claimsOf((await signIn({ choose: hanh.nationalId }, visitor)).tokens!.id_token).name,
    hanh.name,
  );
  await server.sql`delete from oauth_artifact where issuer = 'yba' and model = 'Session'`;
  assert.equal(claimsOf((await signIn({ choose: tu.nationalId }, visitor)).tokens!.id_token).name, tu.name);
});

test('a wrong password is refused in words, and chooses nobody', async () => {
  const { refused } = await signIn({ number: hanh.nationalId, password: 'sai' });
  assert.equal(refused!.status, 401);
  assert.match(await refused!.text(), /không đúng/);
  assert.equal((await signIn({ choose: '000000000000' })).refused!.status, 401);
});

test('the page says what it is, runs no script and loads nothing from elsewhere', async () => {
  const visitor = browser();
  const response = await visitor.go((await toImitation(visitor)).page);
  const html = await response.text();
  assert.match(html, /MÔ PHỎNG VNeID — bản diễn tập, không phải Bộ Công an/);
  assert.match(html, /<html lang="vi">/);
  assert.ok(!/<script|style="|https?:\/\//.test(html));
  assert.match(html, /<label for="number">/);
});

test('an answer of VNeID is worth nothing in another browser, nor twice', async () => {
  const visitor = browser();
  const { page } = await toImitation(visitor);
  const answer = await visitor.go(page, {
    method: 'POST',
    body: new URLSearchParams({ choose: hanh.nationalId }),
  });
  const { location } = await visitor.follow(
    new URL(answer.headers.get('location')!, page).href,
    `${server.baseUrl}/oauth/vneid/callback`,
  );
  const { response } = await browser().follow(location, 'nowhere:');
  assert.equal(response.status, 400);
  assert.match(await response.text(), /VNeID chưa xác nhận được/);
  const done = await visitor.follow(location, `${server.baseUrl}/book/callback`);
  assert.ok(new URL(done.location).searchParams.get('code'));
  assert.equal((await visitor.follow(location, 'nowhere:')).response.status, 400);
});

test('VNeID is no way in for staff', async () => {
  const visitor = browser();
  const { location } = await visitor.follow(
    authorizationRequest(server.baseUrl, 'clinic').url,
    `${server.baseUrl}/sign-in`,
  );
  const uid = new URL(location).searchParams.get('uid')!;
  assert.equal((await visitor.go(`${server.baseUrl}/oauth/interaction/${uid}/vneid`)).status, 403);
});

test('its addresses are the public ones whatever host a request names', async () => {
  const response = await fetch(`${book.vneid.internalUrl!()}/vneid/.well-known/openid-configuration`);
  const metadata = (await response.json()) as Record<string, string>;
  assert.equal(metadata.issuer, `${server.baseUrl}/vneid`);
  assert.equal(metadata.authorization_endpoint, `${server.baseUrl}/vneid/auth`);
});
