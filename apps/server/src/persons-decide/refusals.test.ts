// Whom and what persons refuse: one of the staff by name, a facility, a department, a kind of data; and what an emergency overrides.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { exchange, signInWithPassword } from '@yba/access/testing';
import { FACILITY, PERSON } from '@yba/vietnam';
import { fhirClient } from '../testing/fhir-client.ts';
import { BACH_MAI, CHO_RAY } from '../testing/two-hospitals.ts';
import { aFamily, parameters, opening, parts, value, ALL, PASSWORD, MOST, MOTHER } from './testing/family.ts';

describe('persons decide whom they refuse', () => {
  const family = aFamily(...MOST, 'cr.privacy');
  const { callers, accounts, ids, as, send, seen, decided, consent } = family;

  test('a decision that is sent again under its key, since no answer came, is one decision, and taken back once', async () => {
    const nurse = { system: 'https://yba.vn/fhir/sid/account', value: accounts.get('bm.nurse') };
    const actor = [{ role: { coding: [{ code: 'IRCP' }] }, reference: { identifier: nurse } }];
    const decision = consent({ type: 'deny', actor });
    const again = (key = 'once-1', who = 'mother', body: object = decision) =>
      as(who).send('POST', '/Consent', body, { 'idempotency-key': key });
    const [first, ...repeats] = [...(await Promise.all([again(), again()])), await again()];
    assert.deepEqual([first!.status, ...repeats.map(({ status }) => status)].sort(), [200, 200, 201]);
    for (const { body } of repeats) assert.equal(body.id, first!.body.id);
    assert.equal((await again('once-1', 'mother', consent({ type: 'deny' }))).status, 422);
    assert.equal((await again('once-1', 'other')).status, 404, 'a key is its sender’s own');
    assert.deepEqual(await seen('bm.nurse'), []);
    const back = { ...decision, id: first!.body.id, status: 'inactive' };
    assert.equal((await as('mother').send('PUT', `/Consent/${first!.body.id}`, back)).status, 200);
    assert.deepEqual(await seen('bm.nurse'), ALL);
    assert.equal((await again()).body['status'], 'inactive');
    assert.deepEqual(await seen('bm.nurse'), ALL, 'nor does a late repeat bring it back');
  });

  test('a refusal made by a clock that was ahead holds once it is right', async () => {
    const nurse = { system: 'https://yba.vn/fhir/sid/account', value: accounts.get('bm.nurse') };
    const actor = [{ role: { coding: [{ code: 'IRCP' }] }, reference: { identifier: nurse } }];
    const takeBack = await decided('mother', { type: 'deny', actor });
    await family.server.pools
      .owner`update directive set since = since + interval '1 year' where effect = 'refuse'`;
    assert.deepEqual(await seen('bm.nurse'), []);
    await takeBack();
    assert.deepEqual(await seen('bm.nurse'), ALL);
  });

  test('a refusal by name is of the person: whichever of their names it uses, at each of their hospitals', async () => {
    const { access } = family.server.platform;
    const at = { bm: 'Practitioner/dd-lan-bm', cr: 'Practitioner/dd-lan-cr' };
    const subject = await access.createAccount({
      username: 'two.nurse',
      role: 'nurse',
      name: 'two.nurse',
      password: PASSWORD,
      practitioner: at.bm,
      ...BACH_MAI,
    });
    await access.addMembership(subject, { role: 'nurse', practitioner: at.cr, ...CHO_RAY });
    const nurse = async (facility: string) => {
      const { redirectUri, verifier, client, uid, visitor } = await signInWithPassword(
        family.server.url,
        { username: 'two.nurse', password: PASSWORD },
        'clinic',
      );
      const chosen = await visitor.go(`${family.server.url}/oauth/interaction/${uid}/facility`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept: 'application/json' },
        body: JSON.stringify({ facility }),
      });
      const { redirectTo } = (await chosen.json()) as { redirectTo: string };
      const { location } = await visitor.follow(redirectTo, redirectUri);
      const { tokens } = await exchange(family.server.url, {
        grant_type: 'authorization_code',
        client_id: client,
        code: new URL(location).searchParams.get('code')!,
        redirect_uri: redirectUri,
        code_verifier: verifier,
      });
      return fhirClient(family.server.url, tokens.access_token);
    };
    callers.set('two.nurse bm', await nurse(BACH_MAI.facility));
    callers.set('two.nurse cr', await nurse(CHO_RAY.facility));
    const open = () => send('two.nurse cr', `/Patient/${ids.mother}/$open`, opening('TREAT', 'khám'));
    assert.equal((await open()).status, 200);
    assert.deepEqual(await seen('two.nurse bm'), ALL);
    assert.ok((await seen('two.nurse cr')).length > 0);
    const account = { identifier: { system: 'https://yba.vn/fhir/sid/account', value: subject } };
    for (const reference of [{ reference: at.bm }, { reference: at.cr }, account]) {
      const takeBack = await decided('mother', {
        type: 'deny',
        actor: [{ role: { coding: [{ code: 'IRCP' }] }, reference }],
      });
      for (const who of ['two.nurse bm', 'two.nurse cr'])
        assert.deepEqual(await seen(who), [], `${JSON.stringify(reference)} ${who}`);
      assert.equal((await open()).status, 404);
      await takeBack();
    }
    assert.deepEqual(await seen('two.nurse bm'), ALL);
  });

  test('an identity officer who is refused by name learns of her in no list and by no decision', async () => {
    const about = (name: string, id = ids.mother) => ({
      name,
      valueReference: { reference: `Patient/${id}` },
    });
    const ask = (operation: string, ...asked: object[]) =>
      send('bm.identity', `/Patient/$${operation}`, parameters(...asked));
    const link = { name: 'kind', valueCode: 'link' };
    const proposed = await ask('decide-identity', link, about('patient', ids.first), about('other'));
    assert.equal(proposed.status, 201, proposed.text);
    const decision = { name: 'decision', valueInteger: value(proposed.body, 'decision') };
    const account = { system: 'https://yba.vn/fhir/sid/account', value: accounts.get('bm.identity')! };
    const takeBack = await decided('mother', {
      type: 'deny',
      actor: [{ role: { coding: [{ code: 'IRCP' }] }, reference: { identifier: account } }],
    });
    const nobody = '0190a1b2-c3d4-7e5f-8a6b-0c1d2e3f4a5b';
    const said = ({ status, text }: { status: number; text: string }) =>
      `${status} ${text.replaceAll(ids.mother!, 'ID').replaceAll(nobody, 'ID')}`;
    const list = await as('bm.identity').get('/Patient/$identity-decisions');
    assert.equal(list.status, 200, list.text);
    assert.doesNotMatch(list.text, /Nguyễn Thị Mai|Trần Văn Một/, 'nor whom she may be');
    assert.equal(
      said(await as('bm.identity').get(`/Patient/${ids.mother}/$linked`)),
      said(await as('bm.identity').get(`/Patient/${nobody}/$linked`)),
    );
    for (const [own, other] of [
      [(id: string) => about('patient', id), () => about('other', ids.first)],
      [() => about('patient', ids.first), (id: string) => about('other', id)],
    ] as const)
      assert.equal(
        said(await ask('decide-identity', link, own(ids.mother!), other(ids.mother!))),
        said(await ask('decide-identity', link, own(nobody), other(nobody))),
      );
    for (const operation of ['undo-identity', 'confirm-identity'])
      assert.equal((await ask(operation, decision)).status, 404, operation);
    const log = await as('mother').get('/AuditEvent?_count=200');
    const denied = (log.body.entry ?? []).filter(({ resource }) => {
      const text = JSON.stringify(resource);
      return text.includes('bm.identity') && text.includes('"outcome":"4"');
    });
    assert.equal(denied.length, 5, 'each try stands in her log');
    await takeBack();
    assert.match((await as('bm.identity').get('/Patient/$identity-decisions')).text, /Nguyễn Thị Mai/);
    assert.equal((await ask('undo-identity', decision)).status, 200);
  });

  test('one named person is kept from everything, at their own hospital too, and learns nothing; colleagues see on', async () => {
    assert.deepEqual(await seen('bm.exhusband'), ALL);
    const account = accounts.get('bm.exhusband')!;
    const takeBack = await decided('mother', {
      type: 'deny',
      actor: [
        {
          role: { coding: [{ code: 'IRCP' }] },
          reference: { identifier: { system: 'https://yba.vn/fhir/sid/account', value: account } },
        },
      ],
    });
    assert.deepEqual(await seen('bm.exhusband'), []);
    const absent = await as('bm.exhusband').get('/Patient/019bdebb-faa0-7e2b-9792-b77b10be991e');
    const refused = await as('bm.exhusband').get(`/Patient/${ids.mother}`);
    const unnamed = (text: string) => text.replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'ID');
    assert.deepEqual([refused.status, unnamed(refused.text)], [absent.status, unnamed(absent.text)]);
    assert.equal((await as('bm.exhusband').get('/Patient?_summary=count')).body.total, 3);
    for (const purpose of ['TREAT', 'ETREAT'])
      assert.equal(
        (await send('bm.exhusband', `/Patient/${ids.mother}/$open`, opening(purpose, 'cấp cứu khẩn'))).status,
        404,
      );
    assert.equal((await as('bm.exhusband').get(`/Patient/${ids.mother}/$why`)).status, 404);
    const asked = parameters({
      name: 'resource',
      resource: { resourceType: 'Patient', identifier: [{ system: PERSON, value: MOTHER }] },
    });
    assert.equal((await send('bm.exhusband', '/Patient/$match', asked)).body.total, 0, 'nor is she found');
    assert.equal((await send('bm.doctor', '/Patient/$match', asked)).body.total, 1);
    assert.equal(
      (
        await as('bm.exhusband').send('PUT', `/Observation/${ids['mother.result']}`, {
          resourceType: 'Observation',
          id: ids['mother.result'],
          status: 'final',
          code: { text: 'x' },
        })
      ).status,
      409,
    );
    assert.deepEqual(await seen('bm.doctor'), ALL);
    const { text } = await as('bm.doctor').get(`/Consent?patient=Patient/${ids.mother}`);
    assert.ok(!text.includes(account), 'nobody at the hospital reads who is refused');
    await takeBack();
    assert.deepEqual(await seen('bm.exhusband'), ALL);
  });

  test('a facility that is refused sees nothing of others, and is told what to do; its emergency is seen, told and reviewed', async () => {
    assert.equal((await send('cr.doctor', `/Patient/${ids.mother}/$open`, opening('TREAT'))).status, 200);
    assert.deepEqual(await seen('cr.doctor'), ['result', 'condition']);
    const takeBack = await decided('mother', {
      type: 'deny',
      actor: [
        {
          role: { coding: [{ code: 'IRCP' }] },
          reference: { identifier: { system: FACILITY, value: CHO_RAY.facility } },
        },
      ],
    });
    assert.deepEqual(await seen('cr.doctor'), []);
    const again = await send('cr.doctor', `/Patient/${ids.mother}/$open`, opening('TREAT'));
    assert.equal(again.status, 403);
    assert.match(again.text, /ETREAT/);

    const emergency = await send(
      'cr.colleague',
      `/Patient/${ids.mother}/$open`,
      opening('ETREAT', 'Hôn mê chưa rõ nguyên nhân'),
    );
    assert.equal(emergency.status, 200, emergency.text);
    assert.deepEqual(await seen('cr.colleague'), ALL);
    assert.deepEqual(await seen('cr.doctor'), [], 'an emergency is of who opened it');
    const why = await as('cr.colleague').get(`/Patient/${ids.mother}/$why`);
    assert.match(String(value(why.body, 'vi')), /cấp cứu.*đã từ chối chia sẻ/);
    assert.match(String(value(why.body, 'en')), /emergency care.*overrides/);

    assert.equal((await as('bm.privacy').get('/$emergency-openings')).body.parameter, undefined);
    const list = await as('cr.privacy').get('/$emergency-openings');
    const [item] = parts(list.body);
    const told = await as('mother').get('/AuditEvent?_count=50');
    assert.ok(
      (told.body.entry ?? []).some(({ resource }) => {
        const text = JSON.stringify(resource);
        return (
          text.includes('cr.privacy') &&
          text.includes(list.headers.get('x-request-id')!) &&
          text.includes('"HCOMPL"') &&
          text.includes('Xem xét lần mở khẩn cấp')
        );
      }),
      'the list is a look at her, with why',
    );
    const of = (name: string) =>
      Object.entries(item!.part!.find((part) => part.name === name) ?? {}).find(
        ([key]) => key !== 'name',
      )?.[1];
    assert.deepEqual(
      [of('name'), of('reason'), of('overrode'), of('overdue'), of('onDuty')],
      ['cr.colleague', 'Hôn mê chưa rõ nguyên nhân', true, false, false],
    );
    const verdict = (words: string) =>
      parameters(
        { name: 'opening', valueId: of('id') },
        { name: 'verdict', valueCode: 'not-justified' },
        { name: 'words', valueString: words },
      );
    assert.equal((await send('cr.privacy', '/$review-emergency', verdict('x'))).status, 422);
    assert.equal(
      (await send('bm.privacy', '/$review-emergency', verdict('Không phải ca của tôi'))).status,
      404,
    );
    assert.equal((await send('cr.doctor', '/$review-emergency', verdict('Không'))).status, 403);
    const reviewed = await send('cr.privacy', '/$review-emergency', verdict('Người bệnh không ở cơ sở'));
    assert.equal(reviewed.status, 200, reviewed.text);
    assert.equal((await send('cr.privacy', '/$review-emergency', verdict('Lần nữa'))).status, 409);
    assert.deepEqual(await seen('cr.colleague'), [], 'what was not justified is closed');
    const log = await as('mother').get(`/AuditEvent?patient=Patient/${ids.mother}&_count=50`);
    assert.match(log.text, /không chính đáng, đã đóng lại. Người bệnh không ở cơ sở/);
    await takeBack();
    assert.deepEqual(await seen('cr.doctor'), ['result', 'condition']);
  });

  test('a department is chosen among those that looked or treated, kept out at its own hospital too, for a time, and let in again', async () => {
    assert.deepEqual(await seen('bm.nurse'), ALL);
    const listed = await as('mother').get(`/Patient/${ids.mother}/$departments`);
    assert.equal(listed.status, 200, listed.text);
    const department = parts(listed.body).map((one) =>
      Object.fromEntries((one.part ?? []).map(({ name, ...value }) => [name, Object.values(value)[0]])),
    );
    assert.deepEqual(department, [
      {
        facility: BACH_MAI.facility,
        facilityName: BACH_MAI.facilityName,
        department: 'K08',
        name: 'Khoa Nội tiết',
        looked: true,
      },
    ]);
    assert.equal((await as('other').get(`/Patient/${ids.mother}/$departments`)).status, 404);
    assert.equal((await as('bm.nurse').get(`/Patient/${ids.mother}/$departments`)).status, 403);
    const reference = {
      identifier: { system: `https://yba.vn/fhir/sid/department/${BACH_MAI.facility}`, value: 'K08' },
    };
    const refusal = (end: Date) => ({
      type: 'deny',
      period: { end: end.toISOString() },
      actor: [{ role: { coding: [{ code: 'IRCP' }] }, reference }],
    });
    const takeBack = await decided('mother', refusal(new Date(Date.now() + 3_600_000)));
    assert.deepEqual(await seen('bm.nurse'), []);
    assert.deepEqual(await seen('bm.doctor'), ALL, 'of no department that was refused');
    await takeBack();
    assert.deepEqual(await seen('bm.nurse'), ALL);
    await decided('mother', refusal(new Date(Date.now() - 1000)));
    assert.deepEqual(await seen('bm.nurse'), ALL, 'its time is over');
  });

  test('a kind of data is kept from others, and not from the hospital it came from', async () => {
    const takeBack = await decided('mother', {
      type: 'deny',
      class: [{ system: 'http://hl7.org/fhir/resource-types', code: 'Condition' }],
    });
    assert.deepEqual(await seen('cr.doctor'), ['result']);
    assert.deepEqual(await seen('bm.doctor'), ALL);
    await takeBack();
    assert.deepEqual(await seen('cr.doctor'), ['result', 'condition']);
  });

  test('a Consent that says more than is understood is sent back, naming what, and nobody decides for others', async () => {
    const provenance = { 'x-provenance': '{"resourceType": "Provenance"}' };
    const accompanied = await as('mother').send('POST', '/Consent', consent({ type: 'deny' }), provenance);
    assert.equal(accompanied.status, 400, accompanied.text);
    const bad = await send('mother', '/Consent', consent({ type: 'deny', purpose: [{ code: 'TREAT' }] }));
    assert.equal(bad.status, 422, bad.text);
    assert.match(bad.text, /provision.purpose/);
    for (const who of ['other', 'child'])
      assert.equal((await send(who, '/Consent', consent({ type: 'deny' }))).status, 404, who);
    const filed = await send('bm.system', '/Consent', consent({ type: 'deny' }));
    assert.equal(filed.status, 201);
    assert.deepEqual(await seen('cr.doctor'), ['result', 'condition'], 'what a hospital files is a document');
    const mine = await as('mother').get(`/Consent?patient=Patient/${ids.mother}`);
    assert.equal(mine.status, 200);
    assert.ok((mine.body.entry ?? []).length >= 5);
  });
});
