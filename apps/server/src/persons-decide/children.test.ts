// Who decides for a child: by which papers, until which age, and what ends with it.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { mrn, PERSON } from '@yba/vietnam';
import { CHO_RAY } from '../testing/two-hospitals.ts';
import {
  aFamily,
  parameters,
  papers,
  value,
  ALL,
  BORN,
  MOST,
  MOTHER,
  OTHER,
  CHILD,
  type Part,
} from './testing/family.ts';

describe('persons decide for their children', () => {
  const family = aFamily(...MOST, 'cr.identity');
  const { accounts, ids, as, send, seen, decided, consent } = family;

  test('a parent sees the child’s record by the papers seen at the desk, less as the child grows, nothing from 18 on', async () => {
    assert.deepEqual(await seen('mother', 'child'), []);
    assert.equal((await send('bm.doctor', `/Patient/${ids.child}/$guardian`, papers())).status, 403);
    const own = papers().parameter.map((one) =>
      (one as Part).name === 'number' ? { name: 'number', valueString: CHILD } : one,
    );
    const itself = await send('bm.identity', `/Patient/${ids.child}/$guardian`, parameters(...own));
    assert.equal(itself.status, 422, 'nobody is their own guardian');
    assert.match(itself.text, /number of the child itself/);
    const record = () => send('bm.identity', `/Patient/${ids.child}/$guardian`, papers());
    const recorded = [...(await Promise.all([record(), record()])), await record()];
    const made = recorded.map(({ body }) => (value(body, 'consent') as { reference: string }).reference);
    assert.equal(new Set(made).size, 1, 'sent again it is one guardianship');
    assert.deepEqual(await seen('mother', 'child'), ALL);
    assert.equal(
      (await send('mother', `/Patient/${ids.child}/$share`, parameters({ name: 'hours', valueInteger: 1 })))
        .status,
      200,
      'below 7 the parent discloses',
    );
    const { owner } = family.server.pools;
    const bornYearsAgo = async (years: number) =>
      owner`update directive set born = (now() at time zone 'Asia/Ho_Chi_Minh')::date - make_interval(years => ${years}) where relation = 'guardian'`;
    await bornYearsAgo(7);
    assert.deepEqual(await seen('mother', 'child'), ALL);
    const refused = await send(
      'mother',
      `/Patient/${ids.child}/$share`,
      parameters({ name: 'hours', valueInteger: 1 }),
    );
    assert.equal(refused.status, 403);
    assert.match(refused.text, /the child's own consent/);
    await bornYearsAgo(15);
    assert.deepEqual(await seen('mother', 'child'), ['result', 'condition']);
    await bornYearsAgo(18);
    assert.deepEqual(await seen('mother', 'child'), []);
    await bornYearsAgo(5);
    const ended = await send(
      'bm.identity',
      `/Patient/${ids.child}/$guardian`,
      papers({ name: 'end', valueBoolean: true }),
    );
    assert.equal(ended.status, 200, ended.text);
    assert.deepEqual(await seen('mother', 'child'), []);
  });

  test('from 15 on a refusal is taken back, or weakened, by the child alone; before, by who answers for it too', async () => {
    const recorded = (...more: object[]) =>
      send('bm.identity', `/Patient/${ids.child}/$guardian`, papers(...more));
    assert.equal((await recorded()).status, 200);
    const nurse = { system: 'https://yba.vn/fhir/sid/account', value: accounts.get('bm.nurse') };
    const provision = {
      type: 'deny',
      actor: [{ role: { coding: [{ code: 'IRCP' }] }, reference: { identifier: nurse } }],
    };
    const bornYearsAgo = (years: number) => family.server.pools.owner`
      update directive set born = (now() at time zone 'Asia/Ho_Chi_Minh')::date - make_interval(years => ${years}) where relation = 'guardian'`;
    for (const [years, status] of [
      [14, 200],
      [15, 403],
    ] as const) {
      await bornYearsAgo(years);
      const made = await send('child', '/Consent', consent(provision, ids.child));
      assert.equal(made.status, 201, made.text);
      const { id } = made.body;
      const change = (who: string, more: object) =>
        as(who).send('PUT', `/Consent/${id}`, { ...consent(provision, ids.child), id, ...more });
      const types = [{ system: 'http://hl7.org/fhir/resource-types', code: 'Condition' }];
      const weaker = await change('mother', { provision: { ...provision, class: types } });
      assert.equal(weaker.status, status, weaker.text);
      const back = await change('mother', { status: 'inactive' });
      assert.equal(back.status, status, back.text);
      assert.deepEqual(await seen('bm.nurse', 'child'), status === 200 ? ALL : [], `${years}`);
      assert.equal((await change('child', { status: 'inactive' })).status, 200);
    }
    const denied = await family.server.pools.owner`
      select from access_log where action = 'update' and outcome = 'denied' and target like 'Consent/%' and person is not null`;
    assert.ok(denied.length > 0, 'the child reads of it');
    assert.equal((await recorded({ name: 'end', valueBoolean: true })).status, 200);
  });

  test('nobody is made a child of by a birth date that another hospital, or the number, knows better', async () => {
    const registered = async (number: string, birthDate: string) => {
      const answer = await send('cr.identity', '/Patient', {
        resourceType: 'Patient',
        identifier: [
          { system: PERSON, value: number },
          { system: mrn(CHO_RAY.facility), value: number },
        ],
        name: [{ text: 'Trẻ em' }],
        birthDate,
      });
      assert.equal(answer.status, 201, answer.text);
      return answer.body.id!;
    };
    const ofOther = parameters(
      ...papers().parameter.map((one) =>
        (one as Part).name === 'number' ? { name: 'number', valueString: OTHER } : one,
      ),
    );
    for (const [number, owner] of [
      [MOTHER, 'mother'],
      ['001095004321', undefined], // the number is of somebody born in 1995
    ] as const) {
      const made = await registered(number, BORN);
      const answer = await send('cr.identity', `/Patient/${made}/$guardian`, ofOther);
      assert.equal(answer.status, 422, answer.text);
      assert.match(answer.text, /birthDate/);
      if (owner) assert.deepEqual(await seen('other', owner), []);
    }
    const child = await registered(CHILD, `${new Date().getUTCFullYear() - 1}-01-01`);
    const recorded = await send('cr.identity', `/Patient/${child}/$guardian`, ofOther);
    assert.equal(recorded.status, 200, recorded.text);
    const [row] = await family.server.pools.owner<{ born: string }[]>`
      select born::text from directive where relation = 'guardian'`;
    assert.equal(row!.born, BORN, 'as old as the hospital says that knew the child first');
    const end = { name: 'end', valueBoolean: true };
    const grown = await as('cr.identity').send('PUT', `/Patient/${child}`, {
      resourceType: 'Patient',
      id: child,
      identifier: [{ system: PERSON, value: CHILD }],
      birthDate: '1990-01-01',
    } as never);
    assert.equal(grown.status, 200, grown.text);
    const ended = await send(
      'cr.identity',
      `/Patient/${child}/$guardian`,
      parameters(...ofOther.parameter, end),
    );
    assert.equal(ended.status, 200, 'whatever the birth date says meanwhile, it can be ended');
    assert.deepEqual(await seen('other', 'child'), []);
    assert.equal(
      (
        await as('cr.identity').send('PUT', `/Patient/${child}`, {
          resourceType: 'Patient',
          id: child,
          identifier: [{ system: PERSON, value: CHILD }],
          birthDate: BORN,
        } as never)
      ).status,
      200,
    );
  });

  test('what a parent gave in the child’s place ends with the guardianship, and by the day the child decides; a refusal stays', async () => {
    const recorded = (...more: object[]) =>
      send('bm.identity', `/Patient/${ids.child}/$guardian`, papers(...more));
    assert.equal((await recorded()).status, 200);
    const share = () =>
      send('mother', `/Patient/${ids.child}/$share`, parameters({ name: 'hours', valueInteger: 2 }));
    const lets = (more: object) =>
      as('mother').send(
        'POST',
        '/Consent',
        consent(
          {
            type: 'permit',
            actor: [
              {
                role: { coding: [{ code: 'DELEGATEE' }] },
                reference: { identifier: { system: PERSON, value: OTHER } },
              },
            ],
            ...more,
          },
          ids.child,
        ),
      );
    const sevenYears = `${Number(BORN.slice(0, 4)) + 7}${BORN.slice(4)}`;
    const tooLong = await lets({ period: { end: `${Number(BORN.slice(0, 4)) + 8}-01-01T00:00:00+07:00` } });
    assert.equal(tooLong.status, 422, tooLong.text);
    assert.match(tooLong.text, /from then on the child decides.*Consent\.provision\.period\.end/s);
    const delegated = await lets({});
    assert.equal(delegated.status, 201, delegated.text);
    const reference = {
      identifier: { system: 'https://yba.vn/fhir/sid/account', value: accounts.get('bm.exhusband')! },
    };
    const refuses = { type: 'deny', actor: [{ role: { coding: [{ code: 'IRCP' }] }, reference }] };
    await decided('mother', refuses, ids.child);
    const { owner } = family.server.pools;
    const rows = () => owner<{ effect: string; until: Date | null }[]>`
      select effect, until from directive where person in (select person from patient_link where patient = ${ids.child!}) and relation is distinct from 'guardian'
      order by effect`;
    assert.equal(
      (await rows()).find(({ effect }) => effect === 'delegate')!.until!.toISOString(),
      new Date(`${sevenYears}T00:00:00+07:00`).toISOString(),
      'what has no end of its own ends when the child is 7',
    );
    const shared = await share();
    const [code, consentId] = [
      String(value(shared.body, 'code')),
      (value(shared.body, 'consent') as { reference: string }).reference,
    ];
    const redeem = (who: string) => send(who, '/$redeem', parameters({ name: 'code', valueString: code }));
    assert.equal((await redeem('cr.colleague')).status, 200);
    assert.ok((await seen('cr.colleague', 'child')).length > 0);
    assert.ok((await seen('other', 'child')).length > 0);

    assert.equal((await recorded({ name: 'end', valueBoolean: true })).status, 200);
    assert.deepEqual(await seen('cr.colleague', 'child'), [], 'who came in by the code is out');
    assert.deepEqual(await seen('other', 'child'), []);
    assert.equal((await redeem('cr.doctor')).status, 404);
    for (const id of [consentId, `Consent/${delegated.body.id}`])
      assert.equal(
        (await as('child').get(`/${id}`)).body['status' as never],
        'inactive',
        'and the book says so',
      );
    assert.equal((await share()).status, 404);
    assert.deepEqual([...new Set((await rows()).map(({ effect }) => effect))], ['refuse']);
    await owner`delete from directive where effect = 'refuse'`;
  });

  test('a parent reads who looked at the child’s record, verifies it and asks in its stead; from 15 on that is the child’s own', async () => {
    const { owner } = family.server.pools;
    const log = (who: string) => as(who).get(`/AuditEvent?patient=Patient/${ids.child}&action=R`);
    const of = async (who: string) => (await log(who)).body.entry?.length ?? 0;
    assert.equal(await of('mother'), 0, 'who does not answer for the child reads nothing');
    assert.equal((await send('bm.identity', `/Patient/${ids.child}/$guardian`, papers())).status, 200);
    await as('bm.doctor').get(`/Patient/${ids.child}`);
    const looks = await log('mother');
    assert.equal(looks.status, 200, looks.text);
    const look = looks.body.entry!.find(({ resource }) => JSON.stringify(resource).includes('bm.doctor'))!
      .resource!.id!;
    await family.server.platform.seal();
    const proofs = async (who: string) => (await as(who).get(`/AuditEvent/${look}/$inclusion-proof`)).status;
    assert.deepEqual([await proofs('mother'), await proofs('other')], [200, 404]);
    assert.deepEqual(
      [
        (await as('mother').get(`/AuditEvent/${look}`)).status,
        (await as('other').get(`/AuditEvent/${look}`)).status,
      ],
      [200, 404],
    );
    const ask = (who: string, kind: string) =>
      send(
        who,
        `/AuditEvent/${look}/$request`,
        parameters(
          { name: 'kind', valueCode: kind },
          { name: 'text', valueString: 'Vì sao xem hồ sơ của bé?' },
        ),
      );
    assert.equal((await ask('other', 'ask')).status, 404);
    const asked = await ask('mother', 'ask');
    assert.equal(asked.status, 201, asked.text);
    const waiting = await as('bm.privacy').get('/AuditEvent/$requests');
    assert.match(waiting.text, /"subject":{"reference":"Patient\/[^"]+","display":"Bé An"}/);
    assert.match(waiting.text, /"display":"Nguyễn Thị Mai"/, 'and who asks in its stead');
    const requests = async (who: string) =>
      (await as(who).get(`/AuditEvent/$requests?patient=Patient/${ids.child}`)).status;
    assert.deepEqual(
      [await requests('mother'), await requests('child'), await requests('other')],
      [200, 200, 404],
    );
    const told = async () => (await as('mother').get('/$delegations')).text;
    assert.match(await told(), /"name":"log","valueBoolean":true/);
    const shares = /"name":"shares","valueBoolean":(true|false)/;
    const growTo = (years: number) =>
      owner`update directive set born = (now() at time zone 'Asia/Ho_Chi_Minh')::date - make_interval(years => ${years}) where relation = 'guardian'`;
    await growTo(6);
    assert.equal(shares.exec(await told())?.[1], 'true');
    await growTo(7);
    assert.equal(shares.exec(await told())?.[1], 'false', 'from then on the child does');

    await growTo(15);
    assert.equal(await of('mother'), 0);
    assert.ok((await of('child')) > 0, 'the child itself goes on');
    assert.equal(await proofs('mother'), 404);
    assert.equal((await as('mother').get(`/AuditEvent/${look}`)).status, 404);
    assert.equal((await ask('mother', 'object')).status, 404);
    assert.equal(await requests('mother'), 404);
    assert.equal(
      (await as('mother').get(`/Communication?patient=Patient/${ids.child}`)).body.entry,
      undefined,
    );
    assert.match(await told(), /"name":"log","valueBoolean":false/);
    assert.deepEqual(
      await seen('mother', 'child'),
      ['result', 'condition'],
      'the record stays open until 18',
    );
  });
});
