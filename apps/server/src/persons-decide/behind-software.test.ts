// Who is refused by name stays refused behind the software of a hospital, which names its user in On-Behalf-Of.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { LICENCE, PERSON } from '@yba/vietnam';
import type { FhirClient } from '../testing/fhir-client.ts';
import { BACH_MAI, CHO_RAY } from '../testing/two-hospitals.ts';
import { until } from '../testing/until.ts';
import { aFamily, parameters, opening, ALL, PASSWORD, MOTHER } from './testing/family.ts';

describe('persons decide about who sits behind software', () => {
  const family = aFamily('bm.doctor', 'mother');
  const { callers, ids, as, send, seen, decided, behindOf } = family;

  test('a refusal by name is also of the names that come later: another hospital’s Practitioner, a licence', async () => {
    const { access } = family.server.platform;
    const store = async (resource: object) => {
      const { status, body, text } = await send('bm.system', '/Practitioner', {
        resourceType: 'Practitioner',
        name: [{ text: 'Đỗ Thị Sen' }],
        ...resource,
      } as never);
      assert.equal(status, 201, text);
      return `Practitioner/${body.id}`;
    };
    const subject = await access.createAccount({
      username: 'later.nurse',
      role: 'nurse',
      name: 'later.nurse',
      password: PASSWORD,
      ...CHO_RAY,
    });
    const account = { identifier: { system: 'https://yba.vn/fhir/sid/account', value: subject } };
    const takeBack = await decided('mother', {
      type: 'deny',
      actor: [{ role: { coding: [{ code: 'IRCP' }] }, reference: account }],
    });
    const [joined, licensed, unrelated] = await Promise.all([
      store({}),
      store({ identifier: [{ system: LICENCE, value: '900010/HNO' }] }),
      store({ identifier: [{ system: LICENCE, value: '900011/HNO' }] }),
    ]);
    const screens = {
      joined: await behindOf('bm.system', joined!),
      licensed: await behindOf('bm.system', licensed!),
      unrelated: await behindOf('bm.system', unrelated!),
    };
    for (const [name, screen] of Object.entries(screens)) {
      callers.set(`later ${name}`, screen);
      assert.deepEqual(await seen(`later ${name}`), ALL, `${name}, of whom nothing says that it is she`);
    }
    await access.addMembership(subject, { role: 'nurse', practitioner: joined!, ...BACH_MAI });
    // who is refused by nobody is remembered until the database tells of a change
    await until(async () => (await seen('later joined')).length === 0); // the name she got at another hospital
    await family.server.pools
      .owner`update account set licence_number = '900010 / hno' where 'account/' || id = ${subject}`;
    await until(async () => (await seen('later licensed')).length === 0); // who has the licence that was entered for her
    assert.deepEqual(await seen('later unrelated'), ALL);
    await takeBack();
    for (const name of Object.keys(screens)) assert.deepEqual(await seen(`later ${name}`), ALL, name);
  });

  test('who is refused by name is refused behind the hospital’s own software, which says who is at the screen', async () => {
    const practitioner = async (who: string, name: string, licence: string) => {
      const { status, body } = await send(who, '/Practitioner', {
        resourceType: 'Practitioner',
        identifier: [{ system: LICENCE, value: licence }],
        name: [{ text: name }],
      });
      assert.equal(status, 201);
      return `Practitioner/${body.id}`;
    };
    const refused = await practitioner('cr.system', 'Chồng Cũ', '900001/HCM');
    const colleague = await practitioner('cr.system', 'Lê Minh Khôi', '900002/HCM');
    const atHome = await practitioner('bm.system', 'Chồng Cũ', '900001/HCM');
    const atHomeToo = await practitioner('bm.system', 'Trần Thị Lan', '900003/HNO');
    /** The same software, with the user at its screen named. */
    const behind = (system: string, user: string): FhirClient => {
      const { get, send: sent } = as(system);
      const named = { 'on-behalf-of': user };
      return {
        get: (path) => get(path, named),
        send: (method, path, body) => sent(method, path, body, named),
      };
    };
    // the feed tells where practitioners work a moment after they are written
    for (const [system, user] of [
      ['cr.system', refused],
      ['cr.system', colleague],
      ['bm.system', atHome],
      ['bm.system', atHomeToo],
    ] as const) {
      let status = 0;
      for (let tries = 0; tries < 200 && status !== 200; tries++) {
        if (tries > 0) await sleep(50);
        ({ status } = await behind(system, user).get('/Practitioner?_count=1'));
      }
      assert.equal(status, 200, user);
    }
    callers.set('refused behind', behind('cr.system', refused));
    callers.set('colleague behind', behind('cr.system', colleague));
    callers.set('refused at home', behind('bm.system', atHome));
    callers.set('colleague at home', behind('bm.system', atHomeToo));
    assert.equal((await send('cr.system', `/Patient/${ids.mother}/$open`, opening('TREAT'))).status, 200);
    const PLAIN = ['result', 'condition'];
    for (const who of ['cr.system', 'refused behind', 'colleague behind'])
      assert.deepEqual(await seen(who), PLAIN, who);

    const takeBack = await decided('mother', {
      type: 'deny',
      actor: [{ role: { coding: [{ code: 'IRCP' }] }, reference: { reference: refused } }],
    });
    assert.deepEqual(await seen('refused behind'), []);
    assert.deepEqual(
      await seen('colleague behind'),
      [],
      'whoever holds the token may write that name beside it',
    );
    assert.deepEqual(await seen('cr.system'), [], 'it may be the refused one’s screen');
    assert.deepEqual(
      await seen('refused at home'),
      [],
      'one person, whose licence tells, at whichever hospital',
    );
    assert.deepEqual(await seen('colleague at home'), ALL);
    assert.deepEqual(await seen('bm.system'), ALL, 'a hospital keeps what it wrote');

    const opens = (who: string, purpose: string) =>
      send(who, `/Patient/${ids.mother}/$open`, opening(purpose, 'cấp cứu khẩn'));
    const unnamed = await opens('cr.system', 'TREAT');
    assert.equal(unnamed.status, 403);
    assert.match(unnamed.text, /On-Behalf-Of/);
    assert.equal((await opens('refused behind', 'TREAT')).status, 404);
    assert.equal((await opens('refused behind', 'ETREAT')).status, 404);
    const beside = await opens('colleague behind', 'TREAT');
    assert.equal(beside.status, 403, 'told what to do, as software that names nobody');
    assert.match(beside.text, /signed assertion/);
    const asked = parameters({
      name: 'resource',
      resource: { resourceType: 'Patient', identifier: [{ system: PERSON, value: MOTHER }] },
    });
    assert.equal((await send('refused behind', '/Patient/$match', asked)).body.total, 0);
    assert.equal((await send('colleague behind', '/Patient/$match', asked)).body.total, 1);
    assert.equal(
      (await send('cr.system', '/Patient/$match', asked)).body.total,
      1,
      'the desk finds who comes',
    );
    assert.equal((await opens('cr.system', 'ETREAT')).status, 200, 'a life goes before, and it is reviewed');
    assert.ok((await seen('cr.system')).includes('result'));

    const log = await as('mother').get(`/AuditEvent?patient=Patient/${ids.mother}&_count=100`);
    assert.match(log.text, new RegExp(`"reference":"${colleague}","display":"Lê Minh Khôi \\(HIS`));
    assert.match(log.text, new RegExp(`"reference":"${refused}"`), 'who tried stands there by name');
    await takeBack();
    assert.deepEqual(await seen('refused at home'), ALL);
  });

  test('software names only who works at its facility and whose licence holds; a person’s token names nobody else', async () => {
    const { id } = (
      await send('cr.system', '/Practitioner', {
        resourceType: 'Practitioner',
        identifier: [{ system: LICENCE, value: '900009/HCM', period: { end: '2026-01-31' } }],
      })
    ).body;
    const named = (who: string, user: string) =>
      as(who).get(`/Patient/${ids.mother}`, { 'on-behalf-of': user });
    for (const user of ['Practitioner/nobody', 'Lê Minh Khôi', `${LICENCE}|900003/HNO`]) {
      const answer = await named('cr.system', encodeURI(user));
      assert.equal(answer.status, 400, user);
      assert.match(answer.text, /On-Behalf-Of/);
    }
    assert.equal((await named('bm.doctor', `Practitioner/${id}`)).status, 400);
    let text = '';
    for (let tries = 0; tries < 200 && !/has expired/.test(text); tries++) {
      if (tries > 0) await sleep(50);
      ({ text } = await named('cr.system', `${LICENCE}|900009/HCM`));
    }
    assert.match(text, /900009\/HCM has expired: its last day was 2026-01-31/);
  });
});
