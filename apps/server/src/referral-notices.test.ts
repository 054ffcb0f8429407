// News of a referral: who is told of which step, once; and the push to a citizen's device, through a push service on this machine.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect, rotateSecretKey, SECRET_KEY_FILE, type Sql } from '@yba/postgres';
import { extension, FACILITY, ICD10_VN, INSURANCE_CARD, PERSON } from '@yba/vietnam';
import { joinFacilities } from './testing/facilities.ts';
import { fhirClient, type Answer, type FhirClient } from './testing/fhir-client.ts';
import { startPlatform, type TestPlatform } from './testing/platform.ts';
import { pushService, type PushService } from './testing/push-service.ts';
import { citizenToken, staffToken } from './testing/sign-in.ts';
import { privacyConsent } from './testing/privacy-consent.ts';

const STATION = { facility: '27105', facilityName: 'Trạm Y tế phường Võ Cường' };
const FAMILY = { facility: '27118', facilityName: 'Trạm Y tế xã Tiên Du' };
const PROVINCE = { facility: '27001', facilityName: 'Bệnh viện Đa khoa Bắc Ninh' };
const PASSWORD = 'mot mat khau dai';
const NUMBER = '027163999004';
const NAME = 'Nguyễn Văn Bền';

const facilityId = (value: string) => ({ system: FACILITY, value });
type Part = { name: string; valueString?: string; valueCode?: string; valueBoolean?: boolean };

describe('news of a referral', () => {
  let server: TestPlatform;
  let owner: Sql;
  let push: PushService;
  const callers = new Map<string, FhirClient>();
  const as = (who: string) => callers.get(who)!;
  const accounts = new Map<string, string>();
  let patient: string;
  let task: string;

  before(async () => {
    push = await pushService();
    server = await startPlatform({ demo: true, config: { outboundAllow: ['127.0.0.0/8', '::1/128'] } });
    owner = connect(server.databaseUrl, { max: 1 });
    for (const [facility, system] of await joinFacilities(server, [STATION, FAMILY, PROVINCE]))
      callers.set(`system ${facility}`, system);
    for (const [username, role, place] of [
      ['vc.doctor', 'doctor', STATION],
      ['vc.colleague', 'nurse', STATION],
      ['td.doctor', 'doctor', FAMILY],
      ['bn.doctor', 'doctor', PROVINCE],
      ['bn.desk', 'receptionist', PROVINCE],
    ] as const) {
      const subject = await server.platform.access.createAccount({
        username,
        role,
        name: username,
        password: PASSWORD,
        ...place,
      });
      accounts.set(username, subject);
      callers.set(username, fhirClient(server.url, await staffToken(server.url, username, PASSWORD)));
    }
    const urn = 'urn:uuid:6a1e5a3e-7b1a-4d2a-9a55-1c8a2f0f0021';
    const made = await as('system 27105').send('POST', '', {
      resourceType: 'Bundle',
      type: 'transaction',
      entry: [
        {
          fullUrl: urn,
          resource: {
            resourceType: 'Patient',
            identifier: [{ system: PERSON, value: NUMBER }],
            name: [{ text: NAME }],
          },
          request: { method: 'POST', url: 'Patient' },
        },
        {
          resource: {
            resourceType: 'Coverage',
            identifier: [{ system: INSURANCE_CARD, value: 'HT3270123456780' }],
            status: 'active',
            beneficiary: { reference: urn },
            payor: [{ display: 'Bảo hiểm xã hội Việt Nam' }],
            period: { start: '2026-01-01', end: '2026-12-31' },
            extension: [
              { url: extension('registered-facility'), valueIdentifier: facilityId(FAMILY.facility) },
            ],
          },
          request: { method: 'POST', url: 'Coverage' },
        },
      ],
    });
    assert.equal(made.status, 200, made.text);
    patient = made.body.entry![0]!.response!.location!.split('/').slice(-4, -2).join('/');
    await server.platform.book!.addVneidCitizens([
      { nationalId: NUMBER, name: NAME, birthDate: '1963-05-04', password: PASSWORD },
    ]);
    callers.set('citizen', fhirClient(server.url, await citizenToken(server.url, NUMBER, PASSWORD)));
    const sent = await as('vc.doctor').send('POST', '/ServiceRequest/$refer', {
      resourceType: 'Parameters',
      parameter: [
        { name: 'patient', valueReference: { reference: patient } },
        { name: 'to', valueIdentifier: facilityId(PROVINCE.facility) },
        { name: 'reason', valueString: 'Hội chứng vành cấp, cần can thiệp' },
        { name: 'diagnosis', valueCoding: { system: ICD10_VN, code: 'I21.0' } },
        { name: 'DAU_HIEU_LS', valueString: 'Đau ngực trái' },
        { name: 'QT_BENHLY', valueString: 'Khởi phát 2 giờ trước' },
        { name: 'MA_LYDO_CT', valueCode: '2' },
        { name: 'HUONG_DIEU_TRI', valueString: 'Can thiệp' },
        { name: 'PHUONGTIEN_VC', valueString: 'Xe cứu thương' },
        { name: 'MA_BAC_SI', valueString: '000927105/GPHN' },
        { name: 'MA_TTDV', valueString: '0001234/BN-GPHN' },
      ],
    });
    assert.equal(sent.status, 201, sent.text);
    task = (sent.body.parameter as unknown as { name: string; valueReference: { reference: string } }[]).find(
      ({ name }) => name === 'task',
    )!.valueReference.reference;
  });
  after(async () => {
    await owner?.end();
    await server?.stop();
    await push?.stop();
  });

  const advance = (who: string, step: string, more: readonly object[] = [], id = task) =>
    as(who).send('POST', `/${id}/$advance`, {
      resourceType: 'Parameters',
      parameter: [{ name: 'step', valueCode: step }, ...more],
    });
  const why = { name: 'reason', valueString: 'Hết giường hồi sức' };
  const accountId = (who: string) => ({
    system: 'https://yba.vn/fhir/sid/account',
    value: accounts.get(who)!,
  });
  /** A Consent by which the person refuses these, by their identifiers. */
  const refusal = (actors: readonly object[]) =>
    privacyConsent(patient, {
      type: 'deny',
      actor: actors.map((identifier) => ({
        role: { coding: [{ code: 'IRCP' }] },
        reference: { identifier },
      })),
    });
  /** The codes a reader is told, newest first, with `*` when unread. */
  const told = async (who: string): Promise<string[]> => {
    const answer = await as(who).get('/Task/$notices');
    assert.equal(answer.status, 200, answer.text);
    return partsOf(answer).map(
      (parts) =>
        `${parts.find(({ name }) => name === 'code')!.valueCode}${parts.find(({ name }) => name === 'unread')!.valueBoolean ? '*' : ''}`,
    );
  };
  const partsOf = ({ body }: Answer): Part[][] =>
    (body.parameter as unknown as { name: string; part: Part[] }[])
      .filter(({ name }) => name === 'notice')
      .map(({ part }) => part);
  /** Waits until something holds; fails after ten seconds. */
  async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
    for (let tries = 0; tries < 200; tries++) {
      if (await holds()) return;
      await sleep(50);
    }
    assert.fail(`never: ${what}`);
  }
  const isTold = (who: string, ...codes: string[]) =>
    until(`${who} is told ${codes.join(', ')}`, async () => (await told(who)).join() === codes.join());
  const publicKey = async () =>
    (await as('citizen').get('/Patient/$push')).body.parameter![0]!.valueString as unknown as string;
  const hashOf = (endpoint: string) => createHash('sha256').update(endpoint).digest();
  const subscribe = async (browser: ReturnType<PushService['subscribe']>, who = 'citizen') =>
    as(who).send('POST', '/Patient/$push-subscribe', {
      resourceType: 'Parameters',
      parameter: [
        { name: 'endpoint', valueUri: browser.endpoint },
        { name: 'p256dh', valueString: browser.p256dh },
        { name: 'auth', valueString: browser.auth },
        { name: 'device', valueString: 'Chrome · Android' },
      ],
    });

  test('each side is told what the other did, never its own; a step taken back is told as that', async () => {
    await isTold('citizen', 'send*');
    await isTold('td.doctor', 'send*');
    assert.deepEqual(await told('vc.doctor'), [], 'what one does oneself is no news');
    assert.equal((await advance('bn.doctor', 'receive')).status, 200);
    assert.equal((await advance('bn.doctor', 'refuse', [why])).status, 200);
    assert.equal((await advance('bn.doctor', 'undo', [{ name: 'of', valueCode: 'refuse' }])).status, 200);
    await isTold('vc.doctor', 'undo*', 'refuse*');
    await isTold('citizen', 'undo*', 'refuse*', 'send*');
    assert.deepEqual(await told('bn.doctor'), []);
    const family = await as('td.doctor').get('/Task/$notices');
    assert.match(family.text, /Nguyễn Văn Bền/);
    assert.doesNotMatch(family.text, /vành cấp|I21|giường/, 'nothing of the illness, nor why');
  });

  test('news is read by each reader for themselves', async () => {
    const newest = partsOf(await as('vc.doctor').get('/Task/$notices'))[0]!.find(
      ({ name }) => name === 'id',
    )!.valueString!;
    const upto = (value: string) => ({
      resourceType: 'Parameters',
      parameter: [{ name: 'upto', valueString: value }],
    });
    assert.equal((await as('vc.doctor').send('POST', '/Task/$read-notices', upto('all'))).status, 422);
    const read = await as('vc.doctor').send('POST', '/Task/$read-notices', upto(newest));
    assert.equal(read.status, 200, read.text);
    assert.deepEqual(await told('vc.doctor'), ['undo', 'refuse']);
    assert.deepEqual(await told('citizen'), ['undo*', 'refuse*', 'send*']);
    assert.equal((await as('bn.desk').get('/Task/$notices')).status, 403);
  });

  test('whom the person refuses by name hears of none of it, on either side; colleagues do', async () => {
    const consent = (status: string) => ({
      ...refusal(['vc.doctor', 'td.doctor'].map(accountId)),
      status,
    });
    const listed = async (who: string, side: string) =>
      (await as(who).get(`/Task/$referrals?side=${side}`)).text.includes(task.slice(5));
    assert.equal(await listed('vc.doctor', 'out'), true);
    assert.equal(await listed('td.doctor', 'family'), true);
    const refused = await as('citizen').send('POST', '/Consent', consent('active'));
    assert.equal(refused.status, 201, refused.text);
    for (const [who, side] of [
      ['vc.doctor', 'out'],
      ['td.doctor', 'family'],
    ] as const) {
      assert.deepEqual(await told(who), [], who);
      assert.equal(await listed(who, side), false, who);
    }
    const advanced = await advance('vc.doctor', 'cancel', [why]);
    assert.equal(advanced.status, 404, advanced.text);
    assert.doesNotMatch(advanced.text, /Nguyễn Văn Bền/);
    const patched = await as('vc.doctor').send(
      'PATCH',
      `/${task}`,
      [{ op: 'test', path: '/status', value: 'x' }],
      {
        'content-type': 'application/json-patch+json',
      },
    );
    assert.equal(patched.status, 404, patched.text);
    assert.deepEqual(await told('vc.colleague'), ['undo*', 'refuse*']);
    assert.equal(await listed('vc.colleague', 'out'), true);
    const back = await as('citizen').send('PUT', `/Consent/${refused.body.id}`, {
      ...consent('inactive'),
      id: refused.body.id,
    });
    assert.equal(back.status, 200, back.text);
    assert.deepEqual(await told('vc.doctor'), ['undo', 'refuse']);
    assert.equal(await listed('vc.doctor', 'out'), true);
  });

  describe('whoever a person refused, by name or with their whole hospital', () => {
    const nobody = 'Task/0190a1b2-c3d4-7e5f-8a6b-0c1d2e3f4a5b';
    const when = { name: 'when', valueDateTime: new Date(Date.now() + 86_400_000).toISOString() };
    const of = (valueCode: string) => ({ name: 'of', valueCode });
    const STEPS: readonly (readonly [step: string, ...more: object[]])[] = [
      ['receive'],
      ['accept'],
      ['refuse', why],
      ['redirect', why, { name: 'to', valueIdentifier: facilityId(FAMILY.facility) }],
      ['book', when],
      ['arrive'],
      ['answer', why],
      ['complete'],
      ['cancel', why],
      ['send'],
      ['undo', of('arrive')],
      ['undo', of('receive')],
    ];
    const refusing = async (actors: object[]) => {
      const answer = await as('citizen').send('POST', '/Consent', refusal(actors));
      assert.equal(answer.status, 201, answer.text);
      return async () => {
        const ended = { ...answer.body, status: 'inactive' } as never;
        const back = await as('citizen').send('PUT', `/Consent/${answer.body.id}`, ended);
        assert.equal(back.status, 200, back.text);
      };
    };
    /** How many wait at the province, as its capacity tells. */
    const waiting = async (who: string) => {
      const { owner: at } = (await as('vc.doctor').get(`/${task}`)).body as unknown as {
        owner: { reference: string };
      };
      const { body } = await as(who).get(`/${at.reference}/$capacity`);
      const parameter = body.parameter as unknown as { name: string; valueUnsignedInt?: number }[];
      return parameter.find(({ name }) => name === 'waiting')!.valueUnsignedInt;
    };
    /** Every step and way of writing is answered as for a Task that nobody has, and the list tells nothing. */
    const learnsNothing = async (who: string) => {
      const said = ({ status, text }: Answer, id: string) =>
        `${status} ${text.replaceAll(id.slice(5), 'ID')}`;
      for (const [step, ...more] of STEPS)
        assert.equal(
          said(await advance(who, step, more), task),
          said(await advance(who, step, more, nobody), nobody),
          `${who} ${step}`,
        );
      assert.equal(
        said(await as(who).send('DELETE', `/${task}`, undefined), task),
        said(await as(who).send('DELETE', `/${nobody}`, undefined), nobody),
      );
      for (const count of ['', '&_count=1']) {
        const list = await as(who).get(`/Task/$referrals?side=in${count}`);
        const { total, entry } = list.body as { total?: number; entry?: object[] };
        assert.deepEqual({ total, entry }, { total: 0, entry: undefined }, `${who} ${count}`);
      }
      assert.equal(await waiting(who), 0, 'nor do the counts of the facility tell that somebody waits');
    };
    const writtenByProvince = async () => {
      const system = as(`system ${PROVINCE.facility}`);
      const counts = ['ServiceRequest', 'Appointment'].map((type) =>
        system.get(`/${type}?_summary=count&_source=https://yba.vn/fhir/facility/${PROVINCE.facility}`),
      );
      return (await Promise.all(counts)).map(({ body }) => (body as { total?: number }).total);
    };

    test('learns nothing of a referral by its steps or its list, and writes nothing', async () => {
      const before = await writtenByProvince();
      const back = await refusing(['bn.doctor', 'bn.desk'].map(accountId));
      for (const who of ['bn.doctor', 'bn.desk']) await learnsNothing(who);
      await back();
      const again = await refusing([facilityId(PROVINCE.facility)]);
      for (const who of ['bn.doctor', 'bn.desk']) await learnsNothing(who);
      await again();
      assert.deepEqual(await writtenByProvince(), before);
      const seen = await as('bn.doctor').get('/Task/$referrals?side=in&_count=1');
      assert.match(seen.text, new RegExp(task.slice(5)), 'taken back, it is there again');
      assert.equal(await waiting('bn.doctor'), 1);
    });
  });

  test('a device is told that there is news, encrypted for it, with nothing of health in it', async () => {
    const browser = push.subscribe(await publicKey());
    assert.equal((await subscribe(browser, 'vc.doctor')).status, 403, 'staff have no book');
    const bad = await subscribe({ ...browser, p256dh: 'x' });
    assert.equal(bad.status, 422, bad.text);
    assert.equal((await subscribe(browser)).status, 201);
    assert.equal((await subscribe(browser)).status, 201, 'the same device again is one device');
    assert.equal((await advance('bn.doctor', 'accept')).status, 200);
    await until('the device is told', () => push.received(browser.endpoint).length > 0);
    const [message] = push.received(browser.endpoint);
    assert.deepEqual(JSON.parse(message!.text), {
      title: 'Sổ sức khỏe',
      body: 'Bạn có tin mới trong sổ sức khỏe. Mở sổ để xem.',
    });
    assert.equal(message!.headers['topic'], 'news', 'several collapse into one');
    assert.equal(message!.headers['ttl'], '259200');
    assert.match(message!.subject, /^(mailto|https):/);
    const seen = push.requests;
    assert.equal(await server.platform.referral.push(), 0, 'told once');
    assert.equal(push.requests, seen);
    // it opts out: nothing more
    const ended = await as('citizen').send('POST', '/Patient/$push-unsubscribe', {
      resourceType: 'Parameters',
      parameter: [{ name: 'endpoint', valueUri: browser.endpoint }],
    });
    assert.equal(ended.status, 200, ended.text);
    assert.equal((await advance('bn.doctor', 'undo', [{ name: 'of', valueCode: 'accept' }])).status, 200);
    await isTold('citizen', 'undo*', 'accept*', 'undo*', 'refuse*', 'send*');
    await server.platform.referral.push();
    assert.equal(push.received(browser.endpoint).length, 1);
  });

  test('where a device is told lies sealed, also what a release before left in the clear, and opens after the keys are changed', async () => {
    const [device, old] = [push.subscribe(await publicKey()), push.subscribe(await publicKey())];
    for (const one of [device, old]) assert.equal((await subscribe(one)).status, 201);
    await owner`
      update push_subscription set endpoint = ${old.endpoint}, p256dh = ${old.p256dh}, auth = ${old.auth}, subscription_sealed = null
      where endpoint_hash = ${hashOf(old.endpoint)}`;
    const inTheClear = async () => {
      const rows = await owner`select * from push_subscription`;
      const text = rows.map((row) => JSON.stringify(row)).join();
      return [device, old].flatMap(({ endpoint, p256dh, auth }) =>
        [endpoint, p256dh, auth].filter((secret) => text.includes(secret)),
      );
    };
    assert.deepEqual(await inTheClear(), [old.endpoint, old.p256dh, old.auth]);
    const stop = server.platform.referral.run((error) => assert.fail(String(error)));
    await until('what lay in the clear is sealed', async () => (await inTheClear()).length === 0);
    await stop();
    const { count } = await rotateSecretKey(owner, join(server.dataDir, SECRET_KEY_FILE));
    assert.ok(count >= 2);
    const devices = await as('citizen').get('/Patient/$push');
    for (const { endpoint } of [device, old]) assert.ok(devices.text.includes(endpoint));
    assert.equal((await advance('bn.doctor', 'accept')).status, 200);
    for (const { endpoint } of [device, old])
      await until('the device is told', async () => {
        await server.platform.referral.push();
        return push.received(endpoint).length > 0;
      });
    assert.equal((await advance('bn.doctor', 'undo', [{ name: 'of', valueCode: 'accept' }])).status, 200);
    await owner`delete from push_subscription`;
  });

  test('what the push service does not take is told later, once; a subscription that is gone is let go', async () => {
    const [one, gone] = [push.subscribe(await publicKey()), push.subscribe(await publicKey())];
    await subscribe(one);
    push.answer(503, { 'retry-after': '3600' });
    assert.equal((await advance('bn.doctor', 'accept')).status, 200);
    const waits = async () => {
      const [row] = await owner<{ attempts: number; waits: boolean }[]>`
        select attempts, next_try > now() + interval '30 minutes' as waits from push_subscription where endpoint_hash = ${hashOf(one.endpoint)}`;
      return row?.attempts === 1 && row.waits;
    };
    await until('the service asked to come again in an hour', waits);
    assert.equal(push.received(one.endpoint).length, 0);
    push.answer(201);
    await owner`update push_subscription set next_try = now() + interval '1 year'`; // the hour is over, by a clock that was ahead
    await server.platform.referral.push();
    await until('told after all', () => push.received(one.endpoint).length > 0);
    await server.platform.referral.push();
    assert.equal(push.received(one.endpoint).length, 1);
    await subscribe(gone);
    push.answer(410);
    assert.equal((await advance('bn.doctor', 'undo', [{ name: 'of', valueCode: 'accept' }])).status, 200);
    await until('both are let go', async () => {
      const rows = await owner`select 1 from push_subscription`;
      return rows.length === 0;
    });
    push.answer(201);
  });

  test('an hour given at which nobody arrived is told the day after, once, to sender and receiver; another hour may be given', async () => {
    const after = (days: number) => new Date(Date.now() + days * 86_400_000);
    const hour = (days: number) => [{ name: 'when', valueDateTime: after(days).toISOString() }];
    assert.equal((await advance('bn.doctor', 'accept')).status, 200);
    assert.equal((await advance('bn.desk', 'book', hour(1))).status, 200);
    await until('the list has the hour', async () => {
      const rows = await owner`select 1 from referral_party where task = ${task} and expected is not null`;
      return rows.length > 0;
    });
    assert.equal(await server.platform.referral.missed(after(1)), 0, 'the day itself is not over');
    assert.equal((await advance('bn.doctor', 'miss')).status, 422, 'only the platform says so');
    assert.equal(await server.platform.referral.missed(after(2)), 1);
    assert.equal(await server.platform.referral.missed(after(2)), 0, 'once');
    await until('the sender', async () => (await told('vc.doctor'))[0] === 'miss*');
    assert.equal((await told('bn.doctor'))[0], 'miss*');
    const visits = await as('bn.doctor').get('/Appointment?status=noshow');
    assert.equal(visits.body.entry?.length, 1, visits.text);
    assert.equal(
      (await advance('bn.desk', 'book', hour(2))).status,
      200,
      'the paper is good for another hour',
    );
    await until('the citizen', async () => {
      return (await told('citizen')).filter((step) => step.startsWith('book')).length === 2;
    });
  });

  test('a person whose record was merged with another reads the same news, and the device asked for before is told', async () => {
    let before: Awaited<ReturnType<typeof told>> = [];
    await until('the citizen knows of both hours', async () => {
      before = await told('citizen');
      return before[0] === 'book*' && before[1] === 'book*';
    });
    const device = push.subscribe(await publicKey());
    await subscribe(device);
    await owner.begin(async (transaction) => {
      const [{ person }] = (await transaction`
        select distinct person from push_subscription where endpoint_hash = ${hashOf(device.endpoint)}`) as never as [
        { person: string },
      ];
      const [{ root }] = (await transaction`
        insert into person_root (person, root) values (${person}, gen_random_uuid()) returning root`) as never as [
        { root: string },
      ];
      await transaction`update patient_link set person = ${root} where person = ${person}`;
    });
    assert.deepEqual(await told('citizen'), before);
    await owner`update referral_party set until = now() - interval '1 minute' where task = ${task}`;
    assert.equal(await server.platform.referral.expire(), 1);
    await until('the device', async () => {
      await server.platform.referral.push();
      return push.received(device.endpoint).length > 0;
    });
  });

  test('who did not come in time is told to whoever sent, to the family doctor and to the person', async () => {
    await until('the sender', async () => (await told('vc.doctor'))[0] === 'expire*');
    assert.equal((await told('td.doctor'))[0], 'expire*');
    assert.equal((await told('citizen'))[0], 'expire*');
    assert.equal((await told('bn.doctor'))[0], 'expire*');
  });
});
