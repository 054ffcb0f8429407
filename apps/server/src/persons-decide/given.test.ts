// What persons give: shares by a code, a look for their relatives; and what it takes to make a copy.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { PERSON } from '@yba/vietnam';
import { citizenToken } from '../testing/sign-in.ts';
import { aFamily, parameters, parts, value, PASSWORD, OTHER } from './testing/family.ts';

describe('persons decide whom they let in', () => {
  const family = aFamily('bm.doctor', 'bm.nurse', 'bm.identity', 'cr.colleague', 'mother', 'other');
  const { ids, as, send, seen, decided, consent } = family;

  test('a share’s code opens for the kinds chosen, to doctors and nurses alone, until it is taken back', async () => {
    const shared = await send(
      'mother',
      `/Patient/${ids.mother}/$share`,
      parameters(
        { name: 'hours', valueInteger: 2 },
        { name: 'type', valueCode: 'Observation' },
        { name: 'class', valueCode: 'hiv' },
      ),
    );
    assert.equal(shared.status, 200, shared.text);
    const code = String(value(shared.body, 'code'));
    const consentId = (value(shared.body, 'consent') as { reference: string }).reference;
    const redeem = (who: string, text: string) =>
      send(who, '/$redeem', parameters({ name: 'code', valueString: text }));
    assert.equal((await redeem('bm.identity', code)).status, 403);
    assert.equal((await redeem('cr.colleague', '00000-00000')).status, 404);
    assert.equal((await redeem('cr.colleague', 'nothing')).status, 400);
    const opened = await redeem('cr.colleague', `yba-share:${code.toLowerCase().replace('-', ' ')}`);
    assert.equal(opened.status, 200, opened.text);
    assert.deepEqual(await seen('cr.colleague'), ['result', 'hiv']);
    const stored = await as('mother').get(`/${consentId}`);
    assert.ok(!stored.text.includes(code), 'the Consent does not hold the code');
    const back = await as('mother').send('PUT', `/${consentId}`, { ...stored.body, status: 'inactive' });
    assert.equal(back.status, 200, back.text);
    assert.deepEqual(await seen('cr.colleague'), []);
    assert.equal((await redeem('cr.colleague', code)).status, 404);
  });

  test('a share that is sent again under its key, since no answer came, is one share, and its code is told again', async () => {
    const share = (key: string, hours = 2, who = 'mother') =>
      as(who).send(
        'POST',
        `/Patient/${ids.mother}/$share`,
        parameters({ name: 'hours', valueInteger: hours }),
        { 'idempotency-key': key },
      );
    const { owner } = family.server.pools;
    const shares = async () => Number((await owner`select from directive where effect = 'share'`).count);
    const before = await shares();
    const answers = [...(await Promise.all([share('code-1'), share('code-1')])), await share('code-1')];
    for (const { status, text } of answers) assert.equal(status, 200, text);
    const [told, ...again] = answers.map(({ body }) => parts(body));
    for (const repeat of again) assert.deepEqual(repeat, told);
    assert.equal(await shares(), before + 1);
    assert.equal((await share('code-1', 3)).status, 422, 'the key stands for what was asked first');
    assert.equal((await share('code-1', 2, 'other')).status, 404, 'a key is its sender’s own');
    const code = String(value(answers[0]!.body, 'code'));
    const kept = await owner`
      select d::text as row from directive d where effect = 'share'
      union all select h::text || encode(h.answer, 'escape') from submission h`;
    assert.ok(
      kept.every(({ row }) => !String(row).includes(code)),
      'it does not lie in the clear',
    );
    const redeem = () => send('cr.colleague', '/$redeem', parameters({ name: 'code', valueString: code }));
    assert.equal((await redeem()).status, 200);
    const { reference } = value(answers[0]!.body, 'consent') as { reference: string };
    const stored = await as('mother').get(`/${reference}`);
    const back = await as('mother').send('PUT', `/${reference}`, { ...stored.body, status: 'inactive' });
    assert.equal(back.status, 200, back.text);
    const late = await share('code-1');
    assert.equal(late.status, 422, 'nor does a late repeat bring it back');
    assert.match(late.text, /taken back or has ended/);
    assert.equal((await redeem()).status, 404);
  });

  test('whom a person lets see the record sees it until the second it ends, and is named in the log', async () => {
    assert.deepEqual(await seen('other'), []);
    const provision = (ends: Date) => ({
      type: 'permit',
      period: { end: ends.toISOString() },
      actor: [
        {
          role: { coding: [{ code: 'DELEGATEE' }] },
          reference: { identifier: { system: PERSON, value: OTHER } },
        },
      ],
    });
    const ends = new Date(Date.now() + 3_600_000);
    const takeBack = await decided('mother', provision(ends));
    assert.deepEqual(
      await seen('other'),
      ['result', 'condition'],
      'sensitive data only where that was chosen',
    );
    const delegations = await as('other').get('/$delegations');
    const [record] = parts(delegations.body);
    assert.deepEqual(record!.part!.find(({ name }) => name === 'patient')!.valueReference, {
      reference: `Patient/${ids.mother}`,
    });
    assert.equal((await as('other').get('/Observation')).text.includes(ids['mother.result']!), false);
    assert.equal(
      (await as('other').get(`/Patient/${ids.mother}/$everything`)).status,
      403,
      'reading is not copying',
    );
    const why = await as('other').get(`/Patient/${ids.mother}/$why`);
    assert.equal(value(why.body, 'copies'), false, 'and why says so');
    const log = await as('mother').get(`/AuditEvent?patient=Patient/${ids.mother}&_count=50`);
    assert.match(log.text, /Người được chính chủ ủy quyền xem/);
    await family.server.pools.owner`update directive set until = now() where delegate is not null`;
    assert.deepEqual(await seen('other'), []);
    await takeBack();
    await decided('mother', provision(new Date(Date.now() + 3_600_000))).then((end) => end());
    assert.deepEqual(await seen('other'), []);
  });

  test('whom no hospital has registered cannot be let in, by signing in to their book either, and the answer says so', async () => {
    const number = '001191000009';
    await family.server.platform.book!.addVneidCitizens([
      { nationalId: number, name: 'Chưa Khám', birthDate: '1991-01-01', password: PASSWORD },
    ]);
    await citizenToken(family.server.url, number, PASSWORD);
    const answer = await send(
      'mother',
      '/Consent',
      consent({
        type: 'permit',
        actor: [
          {
            role: { coding: [{ code: 'DELEGATEE' }] },
            reference: { identifier: { system: PERSON, value: number } },
          },
        ],
      }),
    );
    assert.equal(answer.status, 422, answer.text);
    assert.match(answer.text, /No hospital here has registered anybody with this number/);
  });

  test('a relative reads the log and asks about looks only where the person gave that too', async () => {
    await as('bm.doctor').get(`/Patient/${ids.mother}`);
    const looks = async () =>
      (await as('other').get(`/AuditEvent?patient=Patient/${ids.mother}&action=R`)).body.entry ?? [];
    const provision = (action: object[]) => ({
      type: 'permit',
      actor: [
        {
          role: { coding: [{ code: 'DELEGATEE' }] },
          reference: { identifier: { system: PERSON, value: OTHER } },
        },
      ],
      ...(action.length > 0 ? { action } : {}),
    });
    const takeBack = await decided('mother', provision([]));
    assert.deepEqual(await seen('other'), ['result', 'condition']);
    assert.equal((await looks()).length, 0);
    await takeBack();
    const takeBackToo = await decided('mother', provision([{ coding: [{ code: 'correct' }] }]));
    const look = (await looks()).find(({ resource }) => JSON.stringify(resource).includes('bm.doctor'));
    const text = parameters(
      { name: 'kind', valueCode: 'ask' },
      { name: 'text', valueString: 'Vì sao xem hồ sơ của mẹ?' },
    );
    const asked = await send('other', `/AuditEvent/${look!.resource!.id}/$request`, text);
    assert.equal(asked.status, 201, asked.text);
    await takeBackToo();
    assert.equal((await looks()).length, 0);
  });

  test('to copy is a right beside reading: asked for, refused in words, and logged as such', async () => {
    for (const [who, status] of [
      ['bm.doctor', 200],
      ['bm.nurse', 403],
      ['cr.colleague', 404],
      ['mother', 200],
    ] as const) {
      const form = parameters({ name: 'form', valueCode: 'print' });
      assert.equal((await send(who, `/Patient/${ids.mother}/$copy`, form)).status, status, who);
    }
    assert.equal((await as('bm.nurse').get(`/Patient/${ids.mother}/$everything`)).status, 403);
    assert.equal((await as('bm.doctor').get(`/Patient/${ids.mother}/$everything`)).status, 200);
    const log = await as('mother').get(`/AuditEvent?patient=Patient/${ids.mother}&_count=20`);
    assert.match(log.text, /"code":"print"/);
    assert.match(log.text, /"policy"/);
  });

  test('what is refused to copy or to redeem stands in the log once', async () => {
    const form = parameters({ name: 'form', valueCode: 'print' });
    const code = parameters({ name: 'code', valueString: 'ABCDE-01234' });
    for (const [path, body] of [
      [`/Patient/${ids.mother}/$copy`, form],
      ['/$redeem', code],
    ] as const) {
      const id = crypto.randomUUID();
      const answer = await as('bm.identity').send('POST', path, body, { 'x-request-id': id });
      assert.equal(answer.status, 403, answer.text);
      const rows = await family.server.pools.owner<{ outcome: string }[]>`
        select outcome from access_log where request = ${id}`;
      assert.deepEqual(
        rows.map(({ outcome }) => outcome),
        ['denied'],
        path,
      );
    }
  });

  test('a Binary is a file as it is: to read one takes the right to copy, however it is asked for', async () => {
    const content = 'xyzzy in plain words';
    const data = Buffer.from(content).toString('base64');
    const holds = (text: string) => text.includes(data) || text.includes(content);
    const file = await send('bm.system', '/Binary', {
      resourceType: 'Binary',
      contentType: 'text/plain',
      securityContext: { reference: `Patient/${ids.mother}` },
      data,
    });
    assert.equal(file.status, 201, file.text);
    const { id } = file.body;
    const list = await send('bm.system', '/List', {
      resourceType: 'List',
      status: 'current',
      mode: 'working',
      subject: { reference: `Patient/${ids.mother}` },
      entry: [{ item: { reference: `Binary/${id}` } }],
    });
    assert.equal(list.status, 201, list.text);
    const ways = [
      `/Binary/${id}`,
      `/Binary/${id}?_format=json`,
      `/Binary/${id}/_history/1`,
      `/Binary/${id}/_history`,
      '/Binary/_history',
      '/_history?_count=1000',
      `/Binary?_id=${id}`,
      `/List?_id=${list.body.id}&_include=List:item`,
      `/?_id=${id}`,
    ];
    for (const way of ways) {
      const whole = await as('bm.doctor').get(way);
      assert.ok(holds(whole.text), `the doctor: ${way}: ${whole.text.slice(0, 200)}`);
      const part = await as('bm.nurse').get(way);
      assert.ok(!holds(part.text), `the nurse: ${way}`);
      assert.ok(part.status < 500);
    }
    for (const way of [`/Binary/${id}`, `/Binary/${id}/_history/1`]) {
      const asItIs = { accept: '*/*' };
      assert.equal((await as('bm.doctor').get(way, asItIs)).text, content);
      assert.equal((await as('bm.nurse').get(way, asItIs)).status, 403);
    }
    const refused = await as('bm.nurse').get(`/Binary/${id}`);
    assert.equal(refused.status, 403);
    assert.match(refused.text, /nor take a file as it is \(Binary\).*art\. 69/);
    assert.equal((await as('bm.nurse').get(`/List/${list.body.id}`)).status, 200, 'reading goes on');

    const given = (more: object) => ({
      type: 'permit',
      period: { end: new Date(Date.now() + 3_600_000).toISOString() },
      actor: [
        {
          role: { coding: [{ code: 'DELEGATEE' }] },
          reference: { identifier: { system: PERSON, value: OTHER } },
        },
      ],
      ...more,
    });
    const takeBack = await decided('mother', given({}));
    assert.equal((await as('other').get(`/Binary/${id}`)).status, 404);
    await takeBack();
    const action = (code: string) => ({
      coding: [{ system: 'http://terminology.hl7.org/CodeSystem/consentaction', code }],
    });
    const takeBackToo = await decided('mother', given({ action: [action('access'), action('disclose')] }));
    assert.equal((await as('other').get(`/Binary/${id}`)).status, 200);
    assert.equal((await as('mother').get(`/Binary/${id}`)).status, 200);
    await takeBackToo();
  });
});
