// Tokens of software that bind a user and a purpose, and what a refusal means to them.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FACILITY, LICENCE } from '@yba/vietnam';
import { decodeJwt, exportJWK, generateKeyPair, SignJWT } from 'jose';
import { fhirClient } from '../testing/fhir-client.ts';
import { CHO_RAY } from '../testing/two-hospitals.ts';
import { until } from '../testing/until.ts';
import { aFamily, opening, PASSWORD, MOTHER } from './testing/family.ts';

describe('persons decide about tokens of software', () => {
  const family = aFamily('mother');
  const { callers, ids, as, send, seen, decided, behindOf } = family;

  /** Software of Chợ Rẫy that signs its assertions: asks for a token with these extensions. */
  async function softwareWithKey(name: string) {
    const { privateKey, publicKey } = await generateKeyPair('ES384');
    const { clientId } = await family.server.platform.access.registerClient({
      name,
      scope: 'system/*.cruds',
      ...CHO_RAY,
      proof: {
        method: 'private_key_jwt',
        keys: { jwks: { keys: [{ ...(await exportJWK(publicKey)), kid: 'k', alg: 'ES384' }] } },
      },
    });
    const ask = async (extensions: object) => {
      const token = `${family.server.url}/oauth/token`;
      const answer = await fetch(token, {
        method: 'POST',
        body: new URLSearchParams({
          grant_type: 'client_credentials',
          client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
          client_assertion: await new SignJWT({ extensions })
            .setProtectedHeader({ alg: 'ES384', kid: 'k' })
            .setIssuer(clientId)
            .setSubject(clientId)
            .setAudience(token)
            .setExpirationTime('2m')
            .setJti(crypto.randomUUID())
            .sign(privateKey),
        }),
      });
      return { status: answer.status, body: (await answer.json()) as Record<string, string> };
    };
    return { clientId, ask };
  }

  test('a token whose assertion names the user binds as the header does; where both contradict each other, it is refused', async () => {
    const { ask } = await softwareWithKey('HIS Chợ Rẫy có khóa');
    const stored = async (name: string, licence: string) =>
      `Practitioner/${
        (
          await send('cr.system', '/Practitioner', {
            resourceType: 'Practitioner',
            identifier: [{ system: LICENCE, value: licence }],
            name: [{ text: name }],
          })
        ).body.id
      }`;
    const refused = await stored('Chồng Cũ Nữa', '900011/HCM');
    const colleague = await stored('Phạm Thu Hà', '900012/HCM');
    const organization_id = `https://yba.vn/fhir/sid/facility|${CHO_RAY.facility}`;
    const b2b = { version: '1', organization_id, purpose_of_use: ['TREAT'] };
    const hers = await (async () => {
      let asked = await ask({ 'hl7-b2b': { ...b2b, subject_name: 'Hà', subject_id: colleague } });
      // the feed tells where practitioners work a moment after they are written
      await until(async () => {
        if (asked.status !== 200)
          asked = await ask({ 'hl7-b2b': { ...b2b, subject_name: 'Hà', subject_id: colleague } });
        return asked.status === 200;
      });
      return asked.body['access_token']!;
    })();
    const iua = {
      ihe_iua: {
        subject_name: 'Chồng Cũ Nữa',
        subject_organization_id: organization_id,
        national_provider_identifier: '900011/HCM',
        purpose_of_use: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActReason', code: 'TREAT' }],
      },
    };
    let theirs: string | undefined;
    await until(async () => (theirs = (await ask(iua)).body['access_token']) !== undefined);
    callers.set('colleague by token', fhirClient(family.server.url, hers));
    callers.set('refused by token', fhirClient(family.server.url, theirs!));
    const claims = decodeJwt(hers) as { extensions: { ihe_iua: Record<string, unknown> } };
    assert.deepEqual(
      [claims.extensions.ihe_iua['subject_name'], claims.extensions.ihe_iua['national_provider_identifier']],
      ['Phạm Thu Hà', '900012/HCM'],
    );

    const takeBack = await decided('mother', {
      type: 'deny',
      actor: [{ role: { coding: [{ code: 'IRCP' }] }, reference: { reference: refused } }],
    });
    const opens = (who: string, purpose: string) =>
      send(who, `/Patient/${ids.mother}/$open`, opening(purpose, 'cấp cứu khẩn'));
    assert.equal((await opens('refused by token', 'TREAT')).status, 404);
    assert.deepEqual(await seen('refused by token'), []);
    assert.equal((await opens('colleague by token', 'TREAT')).status, 200);
    assert.ok((await seen('colleague by token')).includes('result'));
    const other = await opens('colleague by token', 'HPAYMT');
    assert.equal(other.status, 403, 'for another purpose than the token’s');
    assert.match(other.text, /asked for TREAT/);
    const [look] = await family.server.pools.owner<{ purpose: string; name: string }[]>`
      select l.purpose, a.name from access_log l join access_agent a on a.id = l.agent
      where a.practitioner = ${colleague} and l.action = 'search' and l.outcome = 'success' order by l.at desc limit 1`;
    assert.deepEqual([look!.purpose, look!.name], ['TREAT', 'Phạm Thu Hà (HIS Chợ Rẫy có khóa)']);

    const both = await as('colleague by token').get(`/Patient/${ids.mother}`, { 'on-behalf-of': refused });
    assert.equal(both.status, 400);
    assert.match(both.text, /names another user than the token/);
    const same = await as('colleague by token').get(`/Patient/${ids.mother}`, { 'on-behalf-of': colleague });
    assert.equal(same.status, 200);
    await takeBack();

    const wrong: Record<string, object> = {
      'another facility': {
        'hl7-b2b': { ...b2b, organization_id: 'https://yba.vn/fhir/sid/facility|01901' },
      },
      'another system of organizations': {
        'hl7-b2b': { ...b2b, organization_id: `https://evil.test/${CHO_RAY.facility}` },
      },
      'no organization': { 'hl7-b2b': { version: '1', purpose_of_use: ['TREAT'] } },
      'no purpose': { 'hl7-b2b': { version: '1', organization_id } },
      'a purpose nobody knows': { 'hl7-b2b': { ...b2b, purpose_of_use: ['HMARKT'] } },
      'another version': { 'hl7-b2b': { ...b2b, version: '2' } },
      'a person without an identifier': {
        'hl7-b2b': {
          ...b2b,
          subject_name: 'Phạm Thu Hà',
          subject_role: 'http://nucc.org/provider-taxonomy#207R00000X',
        },
      },
      'a name alone, of IUA': { ihe_iua: { ...iua.ihe_iua, national_provider_identifier: undefined } },
      'a condition we do not know': { 'hl7-b2b': { ...b2b, valid_until: '2027' } },
      'consents without their policy': {
        'hl7-b2b': { ...b2b, consent_reference: [`${family.server.url}/fhir/Consent/1`] },
      },
      'a consent at no address': {
        'hl7-b2b': { ...b2b, consent_policy: ['urn:oid:1'], consent_reference: ['Consent/1'] },
      },
      'a policy that is no URI': { 'hl7-b2b': { ...b2b, consent_policy: 'urn:oid:1' } },
      'a consent of IHE BPPC': {
        ...iua,
        ihe_bppc: { patient_id: MOTHER, doc_id: 'urn:oid:1', acp: 'urn:oid:2' },
      },
      'nobody of the facility': { 'hl7-b2b': { ...b2b, subject_id: 'Practitioner/nobody' } },
      'SQL for a name': { 'hl7-b2b': { ...b2b, subject_id: "Practitioner/x' or '1'='1" } },
      'a patient': { ihe_iua: { ...iua.ihe_iua, person_id: MOTHER } },
      'two users': {
        ...iua,
        'hl7-b2b': { ...b2b, subject_id: `${LICENCE}|900012/HCM` },
      },
      'two purposes': {
        ...iua,
        'hl7-b2b': { ...b2b, subject_id: `${LICENCE}|900011/HCM`, purpose_of_use: ['HPAYMT'] },
      },
      'no object': { 'hl7-b2b': ['TREAT'] },
    };
    for (const [what, extensions] of Object.entries(wrong)) {
      const { status, body } = await ask(extensions);
      assert.deepEqual([status, body['error']], [400, 'invalid_grant'], `${what}: ${JSON.stringify(body)}`);
    }
    const right: Record<string, object> = {
      'the preferred form of UDAP': {
        'hl7-b2b': {
          ...b2b,
          organization_id: `https://yba.vn/fhir/sid/facility#${CHO_RAY.facility}`,
          organization_name: CHO_RAY.facilityName,
          subject_name: 'Phạm Thu Hà',
          subject_id: `${LICENCE}#900012/HCM`,
          subject_role: 'http://nucc.org/provider-taxonomy#207R00000X',
          purpose_of_use: ['http://terminology.hl7.org/CodeSystem/v3-ActReason#TREAT'],
          consent_policy: ['urn:oid:2.16.840.1.1'],
          consent_reference: ['http://127.0.0.1:1/fhir/Consent/1'],
        },
      },
      'software that names itself': { 'hl7-b2b': { ...b2b, subject_name: 'Lịch quét ban đêm' } },
      'an object of another guide beside it': { ...iua, tefca_ias: { version: '1' } },
    };
    const named: (string | undefined)[] = [];
    for (const [what, extensions] of Object.entries(right)) {
      const { status, body } = await ask(extensions);
      assert.equal(status, 200, `${what}: ${JSON.stringify(body)}`);
      named.push((decodeJwt(body['access_token']!) as { practitioner?: string }).practitioner);
    }
    assert.deepEqual(named, [colleague, undefined, refused]);
  });

  test('a department that is refused is refused behind the hospital’s software too, unless it is vouched that who asks is of another', async () => {
    const CARDIOLOGY = 'K04';
    const subject = await family.server.platform.access.createAccount({
      username: 'cr.heart',
      role: 'doctor',
      name: 'cr.heart',
      password: PASSWORD,
      department: CARDIOLOGY,
      ...CHO_RAY,
    });
    const { body } = await send('cr.system', '/Practitioner', {
      resourceType: 'Practitioner',
      name: [{ text: 'Bác sĩ tim mạch' }],
    } as never);
    const place = { role: 'doctor', practitioner: `Practitioner/${body.id}`, ...CHO_RAY } as const;
    await family.server.platform.access.addMembership(subject, { ...place, department: CARDIOLOGY });
    const { ask } = await softwareWithKey('HIS Chợ Rẫy, khoa');
    const token = async (subjectId?: string) => {
      const answer = await ask({
        'hl7-b2b': {
          version: '1',
          organization_id: `${FACILITY}#${CHO_RAY.facility}`,
          purpose_of_use: ['http://terminology.hl7.org/CodeSystem/v3-ActReason#TREAT'],
          ...(subjectId ? { subject_id: subjectId } : {}),
        },
      });
      assert.equal(answer.status, 200, JSON.stringify(answer.body));
      return fhirClient(family.server.url, answer.body['access_token']!);
    };
    await behindOf('cr.system', place.practitioner);
    callers.set('software', await token());
    callers.set('software of the heart', await token(place.practitioner));
    const opens = (purpose: string) =>
      send('software', `/Patient/${ids.mother}/$open`, opening(purpose, 'khám chuyên khoa'));
    assert.equal((await opens('TREAT')).status, 200);
    const PLAIN = ['result', 'condition'];
    const who = ['software', 'software of the heart'];
    for (const one of who) assert.deepEqual(await seen(one), PLAIN, one);
    const department = { system: `https://yba.vn/fhir/sid/department/${CHO_RAY.facility}` };
    const refuse = (value: string) =>
      decided('mother', {
        type: 'deny',
        actor: [
          { role: { coding: [{ code: 'IRCP' }] }, reference: { identifier: { ...department, value } } },
        ],
      });
    const takeBack = await refuse(CARDIOLOGY);
    for (const one of who) assert.deepEqual(await seen(one), [], one);
    const refused = await opens('TREAT');
    assert.equal(refused.status, 403, refused.text);
    assert.match(refused.text, /proves who is at the screen/);
    await takeBack();
    const takeBackToo = await refuse('K08');
    assert.deepEqual(await seen('software'), [], 'it may be the screen of that department');
    assert.deepEqual(await seen('software of the heart'), PLAIN, 'another department');
    await takeBackToo();
  });

  test('a look rests on what its token’s purpose may rest on: a payment sees nothing that a treatment opened', async () => {
    const { clientId, ask } = await softwareWithKey('HIS Chợ Rẫy, hai việc');
    const tokenFor = async (...purposes: string[]) => {
      const organization_id = `https://yba.vn/fhir/sid/facility#${CHO_RAY.facility}`;
      const { status, body } = await ask({
        'hl7-b2b': { version: '1', organization_id, purpose_of_use: purposes },
      });
      assert.equal(status, 200, JSON.stringify(body));
      return fhirClient(family.server.url, body['access_token']!);
    };
    for (const purpose of ['TREAT', 'COC', 'HPAYMT', 'HOPERAT', 'PATRQT'])
      callers.set(purpose, await tokenFor(purpose));
    callers.set('both', await tokenFor('TREAT', 'HPAYMT'));
    const PLAIN = ['result', 'condition'];
    assert.equal((await send('TREAT', `/Patient/${ids.mother}/$open`, opening('TREAT'))).status, 200);
    assert.deepEqual(await seen('TREAT'), PLAIN);
    assert.deepEqual(await seen('COC'), PLAIN, 'care that is coordinated is treatment too');
    assert.deepEqual(await seen('both'), PLAIN);
    for (const purpose of ['HPAYMT', 'HOPERAT', 'PATRQT']) {
      assert.deepEqual(await seen(purpose), [], purpose);
      const ways = [
        `/Patient/${ids.mother}/$everything`,
        `/Patient/${ids.mother}/$summary`,
        `/Patient/${ids.mother}/Observation`,
        `/Observation/${ids['mother.result']}/_history`,
        `/Patient/${ids.mother}/$why`,
      ];
      for (const way of ways) {
        const { status, text } = await as(purpose).get(way);
        assert.ok(
          status === 404 || !text.includes(ids['mother.result']!),
          `${purpose} ${way}: ${status} ${text}`,
        );
      }
      const listed = await as(purpose).get('/Observation?_count=200');
      assert.ok(!listed.text.includes(ids['mother.result']!), `${purpose}: a search that names nobody`);
    }
    assert.equal((await send('HPAYMT', `/Patient/${ids.mother}/$open`, opening('HPAYMT'))).status, 200);
    assert.deepEqual(await seen('HPAYMT'), PLAIN, 'what was opened for it');
    assert.deepEqual(await seen('HOPERAT'), []);
    await family.server.pools
      .owner`update opening set until = now() where subject = ${`client/${clientId}`} and purpose = 'TREAT'`;
    assert.deepEqual(await seen('TREAT'), [], 'and what was opened for a payment treats nobody');
    assert.deepEqual(await seen('both'), PLAIN);
    const rows = await family.server.pools.owner<{ purpose: string; basis: string; policy: string }[]>`
      select distinct l.purpose, l.basis, l.detail::jsonb ->> 'policy' as policy from access_log l join access_agent a on a.id = l.agent
      where a.subject = ${`client/${clientId}`} and l.action in ('read', 'search') and l.outcome = 'success' and l.person is not null
      order by 1`;
    assert.deepEqual(
      rows.map(({ purpose, basis, policy }) => `${purpose} ${basis} ${policy}`),
      ['COC opening 5', 'HPAYMT opening 5', 'TREAT opening 5'],
    );
  });
});
