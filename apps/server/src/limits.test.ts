// Who asks too much is told to wait; pages carry their headers whatever serves them.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, test } from 'node:test';
import { authorizationRequest, browser } from '@yba/access/testing';
import { startPlatform, type TestPlatform } from './testing/platform.ts';

let server: TestPlatform;

before(async () => {
  server = await startPlatform({ demo: true, config: { requestsPerMinute: 60 } });
});
after(() => server.stop());

const statuses = async (count: number, ask: () => Promise<Response>) => {
  const answers: Response[] = [];
  for (let n = 0; n < count; n += 50)
    answers.push(...(await Promise.all(Array.from({ length: Math.min(50, count - n) }, ask))));
  return answers;
};

test('a system beyond its limit waits, and another does not', async () => {
  const [one, other] = [
    await server.facilityToken('01013', 'Bạch Mai'),
    await server.facilityToken('79013', 'Chợ Rẫy'),
  ];
  const ask = (token: string) => () =>
    fetch(`${server.url}/fhir/Organization?_count=1`, { headers: { authorization: `Bearer ${token}` } });
  const answers = await statuses(70, ask(one));
  const late = answers.filter(({ status }) => status === 429);
  assert.ok(late.length >= 5 && late.length <= 10, `${late.length} of 70`);
  assert.match(late[0]!.headers.get('retry-after')!, /^[1-9]\d*$/);
  assert.equal(((await late[0]!.json()) as { issue: { code: string }[] }).issue[0]!.code, 'throttled');
  assert.equal((await ask(other)()).status, 200);
});

test('an address that guesses at tokens waits', async () => {
  const answers = await statuses(700, () =>
    fetch(`${server.url}/fhir/Patient`, { headers: { authorization: 'Bearer guessed' } }),
  );
  assert.ok(answers.some(({ status }) => status === 401));
  assert.ok(answers.some(({ status, headers }) => status === 429 && headers.has('retry-after')));
});

test('every page of the sign-in says what it may load, whatever serves it', async () => {
  const visitor = browser();
  const { url } = authorizationRequest(server.url, 'clinic');
  await visitor.follow(url, `${server.url}/sign-in`);
  const pages = [
    `${server.url}/sign-in`,
    `${server.url}/oauth/interaction/gone`,
    `${server.url}/oauth/authorize?client_id=nobody`,
    `${url}&response_mode=form_post`,
    `${server.url}/oauth/end-session`,
    `${server.url}/oauth/nothing`,
    `${server.url}/clinic/nowhere`,
    `${server.url}/nothing`,
  ];
  for (const page of pages) {
    const answer = await visitor.go(page);
    const policy = answer.headers.get('content-security-policy') ?? '';
    for (const rule of [
      "default-src 'self'",
      "script-src 'self'",
      "frame-ancestors 'none'",
      "object-src 'none'",
    ])
      assert.ok(policy.includes(rule), `${page}: ${rule}`);
    assert.ok(!/script-src[^;]*unsafe/.test(policy), page);
    assert.equal(answer.headers.get('x-content-type-options'), 'nosniff', page);
    const text = await answer.text();
    assert.ok(!/\son\w+=/i.test(text), `${page}: inline handler`);
    for (const [, script] of text.matchAll(/<script(?![^>]*\bsrc=)[^>]*>(.*?)<\/script>/gis)) {
      const hash = createHash('sha256').update(script!).digest('base64');
      assert.ok(policy.includes(`'sha256-${hash}'`), `${page}: inline script that the policy does not name`);
    }
  }
});
