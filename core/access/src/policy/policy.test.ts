import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import type { AccessEvent, Caller, Context, FeedEntry, Resource } from '@yba/fhir';
import { running, type Running } from '../testing/index.ts';
import { facilityNumber } from '@yba/repository';
import { LICENCE } from '@yba/vietnam';
import { careRelationships } from './care-relationship.ts';
import { namedUsers } from './named-users.ts';

const BACH_MAI = '01013';
const CHO_RAY = '79001';
const caller = (more: Partial<Caller>): Caller => ({
  role: 'doctor',
  client: 'yba-clinic',
  subject: 'account/khoi',
  name: 'Lê Minh Khôi',
  facility: CHO_RAY,
  facilityName: 'Bệnh viện Chợ Rẫy',
  scopes: ['user/*.cruds'],
  ...more,
});
const khoi = caller({});
const lan = caller({ role: 'nurse', subject: 'account/lan', name: 'Trần Thị Lan' });
const his = caller({
  role: 'system',
  client: 'his',
  subject: 'client/his',
  name: 'HIS Chợ Rẫy',
  scopes: ['system/*.cruds'],
});
const as = (who: Caller): Context => ({ caller: who, requestId: 'r' });

let server: Running;
before(async () => void (server = await running()));
after(() => server.stop());

const reads = (who: Caller, patients?: readonly string[], types: readonly string[] = ['Observation']) =>
  server.access.decide(as(who), { action: 'read', types, ...(patients ? { patients } : {}) });
const writes = (who: Caller, types: readonly string[]) =>
  server.access.decide(as(who), { action: 'write', types });
const operation = () => server.access.capability.operations!.find(({ code }) => code === 'open')!;
const open = (who: Caller, id: string, purpose: object | undefined, reason?: string) =>
  operation().handle({
    context: as(who),
    type: 'Patient',
    id,
    query: new URLSearchParams(),
    headers: {},
    body: {
      resourceType: 'Parameters',
      parameter: [
        ...(purpose ? [{ name: 'purpose', ...purpose }] : []),
        ...(reason === undefined ? [] : [{ name: 'reason', valueString: reason }]),
      ],
    },
  });
const coded = (code: string, system?: string) => ({ valueCoding: { code, ...(system ? { system } : {}) } });

test('$open opens a person over all linked Patients, to the one who asked, for 24 hours', async () => {
  const here = await server.addPatient(BACH_MAI);
  const there = await server.addPatient('74001', here.person);
  const stranger = await server.addPatient(BACH_MAI);
  assert.deepEqual((await reads(khoi, [here.id])).patients, []);

  const answer = (await open(khoi, here.id, coded('TREAT'), 'Khám chuyên khoa')).resource as {
    parameter: Record<string, string>[];
  };
  const until = Date.parse(answer.parameter.find(({ name }) => name === 'until')!.valueDateTime!);
  assert.ok(Math.abs(until - Date.now() - 24 * 3600_000) < 10_000);
  assert.deepEqual((await reads(khoi, [here.id])).patients.toSorted(), [here.id, there.id].toSorted());
  assert.deepEqual((await reads(khoi, [there.id])).patients.toSorted(), [here.id, there.id].toSorted());
  assert.deepEqual((await reads(khoi)).patients.toSorted(), [here.id, there.id].toSorted());
  assert.deepEqual((await reads(khoi, [stranger.id])).patients, []);
  assert.deepEqual((await reads(khoi, [])).patients, []);

  assert.deepEqual((await reads(lan, [here.id])).patients, [], 'a colleague opens for themselves');
  assert.deepEqual((await reads(his, [here.id])).patients, [], 'nor does the facility’s system see it');
  assert.deepEqual(
    (await reads({ ...khoi, facility: BACH_MAI }, [there.id])).patients,
    [],
    'nor the same person at another facility',
  );

  await server.sql`update opening set until = now() where patient = ${here.id}`;
  assert.deepEqual((await reads(khoi, [here.id])).patients, []);
});

test('what was opened by a clock that was ahead is not open once it is right', async () => {
  const { id } = await server.addPatient(BACH_MAI);
  await open(khoi, id, coded('TREAT'), 'Khám chuyên khoa');
  await server.sql`update opening set since = since + interval '1 year', until = until + interval '1 year' where patient = ${id}`;
  assert.deepEqual((await reads(khoi, [id])).patients, []);
  assert.ok(!(await reads(khoi)).patients.includes(id));
});

test('decisions of one moment rest each on what its own caller has with its own Patient, also after one has ended', async () => {
  const callers = [khoi, lan, his, { ...khoi, facility: BACH_MAI }, caller({ subject: 'account/other' })];
  const patients = await Promise.all(
    Array.from({ length: 4 }, async () => (await server.addPatient('74001')).id),
  );
  await open(khoi, patients[0]!, coded('TREAT'), 'Khám chuyên khoa');
  await open(lan, patients[1]!, coded('TREAT'), 'Theo dõi');
  await open(his, patients[2]!, coded('HPAYMT'));
  const questions = callers.flatMap((who) => [...patients, randomUUID()].map((id) => ({ who, id })));
  const decide = ({ who, id }: (typeof questions)[number]) => reads(who, [id]);
  const apart = [];
  for (const question of questions) apart.push(await decide(question));
  assert.equal(apart.filter((reach) => reach.patients.length > 0).length, 3);
  const atOnce = [...questions, ...questions.toReversed()];
  assert.deepEqual(await Promise.all(atOnce.map(decide)), [...apart, ...apart.toReversed()]);

  await server.sql`update opening set until = now() where patient = ${patients[0]!}`;
  const [ended, stands] = await Promise.all([reads(khoi, [patients[0]!]), reads(lan, [patients[1]!])]);
  assert.deepEqual([ended.patients, stands.patients], [[], [patients[1]]]);
});

test('$open by a system holds for that system', async () => {
  const { id } = await server.addPatient(BACH_MAI);
  await open(his, id, coded('HPAYMT', 'http://terminology.hl7.org/CodeSystem/v3-ActReason'));
  assert.deepEqual((await reads(his, [id])).patients, [id]);
  assert.deepEqual((await reads({ ...his, client: 'other', subject: 'client/other' }, [id])).patients, []);
});

test('an opening is logged with purpose and reason, and says in words why', async () => {
  const { id, person } = await server.addPatient(BACH_MAI);
  await open(khoi, id, coded('ETREAT'), 'Hôn mê chưa rõ nguyên nhân');
  const event = server.logged.at(-1)!;
  assert.deepEqual(
    [event.action, event.persons, event.purpose, event.reason, event.target],
    ['open', [person], 'ETREAT', 'Hôn mê chưa rõ nguyên nhân', `Patient/${id}`],
  );
  const [row] = await server.sql<{ words: string }[]>`select words from opening where patient = ${id}`;
  assert.equal(
    row!.words,
    'Lê Minh Khôi (Bệnh viện Chợ Rẫy) đã mở hồ sơ trong 24 giờ để cấp cứu: “Hôn mê chưa rõ nguyên nhân”',
  );
});

test('an emergency that is opened again because no answer came is reviewed once; another reason is another', async () => {
  const { id } = await server.addPatient(BACH_MAI);
  const reviews = async () => {
    const [row] = await server.sql<{ n: number }[]>`
      select count(*)::int as n from emergency_review r join opening o on o.id = r.opening where o.patient = ${id}`;
    return row!.n;
  };
  const again = () => open(khoi, id, coded('ETREAT'), 'Hôn mê chưa rõ nguyên nhân');
  await Promise.all([again(), again(), again()]);
  await again();
  assert.equal(await reviews(), 1);
  assert.equal(server.logged.filter(({ target }) => target === `Patient/${id}`).length, 4, 'each is logged');
  // who waited for another at the same moment may have begun before it
  for (let n = 0; n < 12; n++) {
    const { id: next } = await server.addPatient(BACH_MAI);
    const at = () => open(khoi, next, coded('ETREAT'), 'Hôn mê chưa rõ nguyên nhân');
    await Promise.all([at(), at(), at()]);
    const rows = await server.sql`select from opening where patient = ${next}`;
    assert.equal(rows.length, 1);
  }
  await open(khoi, id, coded('ETREAT'), 'Ngừng tuần hoàn');
  await open(lan, id, coded('ETREAT'), 'Hôn mê chưa rõ nguyên nhân');
  assert.equal(await reviews(), 3);
});

test('$open refuses an unknown purpose, an emergency without words, an unknown Patient, and roles that do not open', async () => {
  const { id } = await server.addPatient(BACH_MAI);
  await assert.rejects(
    open(khoi, id, coded('MARKT')),
    (error: { code: string; message: string }) =>
      error.code === 'code-invalid' && /TREAT, ETREAT/.test(error.message),
  );
  await assert.rejects(open(khoi, id, coded('toString')), { code: 'code-invalid' });
  await assert.rejects(open(khoi, id, coded('TREAT', 'http://other.example')), { code: 'code-invalid' });
  await assert.rejects(open(khoi, id, undefined), { code: 'required' });
  for (const reason of [undefined, '', 'gấp', '… !!'])
    await assert.rejects(open(khoi, id, coded('ETREAT'), reason), { code: 'required' });
  await assert.rejects(open(khoi, randomUUID(), coded('TREAT')), { code: 'not-found' });
  assert.equal(server.logged.at(-1)!.outcome, 'denied');
  for (const role of ['citizen', 'ministry', 'admin', 'privacy-officer', 'identity-officer'] as const) {
    await assert.rejects(open(caller({ role }), id, coded('TREAT')), { code: 'forbidden' });
    assert.equal(server.logged.at(-1)!.outcome, 'denied');
  }
  assert.equal((await server.sql`select from opening where patient = ${id}`).length, 0);
});

test('a citizen reaches their own Patients, labels included, and nobody else’s', async () => {
  const own = await server.addPatient(BACH_MAI);
  const also = await server.addPatient(CHO_RAY, own.person);
  const other = await server.addPatient(BACH_MAI);
  const citizen: Caller = {
    role: 'citizen',
    client: 'yba-book',
    subject: 'account/c',
    name: 'Hạnh',
    person: own.person,
    scopes: ['patient/*.rs'],
  };
  const reach = await reads(citizen);
  assert.deepEqual(
    [reach.self, reach.facility, reach.patients.toSorted()],
    [true, undefined, [own.id, also.id].toSorted()],
  );
  assert.deepEqual((await reads(citizen, [other.id])).patients, []);
  const { person: _, ...unknown } = citizen;
  assert.deepEqual((await reads(unknown)).patients, []);
  await assert.rejects(writes(citizen, ['Observation']), { code: 'forbidden' });
});

test('each role reads and writes only its types, and is told which', async () => {
  const receptionist = caller({ role: 'receptionist' });
  await reads(receptionist, [], ['Patient', 'Encounter', 'Appointment', 'Coverage', 'Organization']);
  await assert.rejects(
    reads(receptionist, [], ['Observation']),
    (error: { code: string; message: string }) =>
      error.code === 'forbidden' && /may not read Observation.*Appointment/.test(error.message),
  );
  await assert.rejects(reads(receptionist, [], ['Encounter', 'Condition']), { code: 'forbidden' });
  await assert.rejects(reads(receptionist, [], []), { code: 'forbidden' });
  await writes(receptionist, ['Patient', 'Appointment']);
  await assert.rejects(writes(receptionist, ['Observation']), { code: 'forbidden' });
  await writes(lan, ['Observation']);
  const ministry = caller({ role: 'ministry' });
  delete ministry.facility;
  assert.deepEqual((await reads(ministry, undefined, ['Organization'])).patients, []);
  await assert.rejects(reads(ministry, undefined, ['Patient']), { code: 'forbidden' });
  await assert.rejects(writes(caller({ role: 'admin' }), ['Patient']), { code: 'forbidden' });
});

test('people delete what they entered, and nobody but the facility’s software a Patient', async () => {
  const removes = (who: Caller, type: string) =>
    server.access.decide(as(who), { action: 'write', types: [type], deletes: [type] });
  await removes(his, 'Patient');
  await removes(khoi, 'Observation');
  await assert.rejects(removes(khoi, 'Patient'), { code: 'forbidden' });
  await removes(caller({ role: 'receptionist' }), 'Appointment');
  await assert.rejects(removes(caller({ role: 'receptionist' }), 'Patient'), { code: 'forbidden' });
  await assert.rejects(removes({ ...his, scopes: ['system/*.crus'] }, 'Observation'), { code: 'forbidden' });
  await writes({ ...his, scopes: ['system/*.crus'] }, ['Observation']);
});

test('scopes narrow what a token may do', async () => {
  await assert.rejects(
    writes({ ...his, scopes: ['system/*.rs'] }, ['Patient']),
    (error: { code: string; message: string }) =>
      error.code === 'forbidden' && error.message.includes('system/*.rs'),
  );
  await reads({ ...his, scopes: ['system/*.rs'] });
  await reads({ ...his, scopes: ['system/Observation.read'] });
  await assert.rejects(reads({ ...his, scopes: ['system/Patient.rs'] }), { code: 'forbidden' });
  await writes({ ...his, scopes: ['system/Patient.write'] }, ['Patient']);
  await assert.rejects(writes({ ...his, scopes: ['system/Patient.write'] }, ['Patient', 'Encounter']), {
    code: 'forbidden',
  });
  await assert.rejects(reads({ ...his, scopes: [] }), { code: 'forbidden' });
});

test('an active encounter, appointment or referral opens the person to that facility until it ends', async () => {
  const { id, person } = await server.addPatient(CHO_RAY);
  const elsewhere = await server.addPatient(BACH_MAI, person);
  const store = new Map<string, Resource>();
  const subscriber = careRelationships(async (type, ids) =>
    ids.flatMap((key) => store.get(`${type}/${key}`) ?? []),
  );
  const write = async (
    resource: Resource,
    facility: string,
    patient: string,
    action: FeedEntry['action'] = 'update',
  ) => {
    store.set(`${resource.resourceType}/${resource.id}`, resource);
    const entry = {
      cursor: '1',
      type: resource.resourceType,
      id: resource.id!,
      version: 1,
      action,
      facility,
      person,
      patient,
      at: new Date(),
      len: 100,
    };
    await server.sql.begin((transaction) => subscriber.apply(transaction, [entry]));
  };
  const seen = async (who: Caller) => (await reads(who, [elsewhere.id])).patients.length > 0;

  await write({ resourceType: 'Encounter', id: 'e', status: 'in-progress' }, CHO_RAY, id);
  assert.ok(await seen(lan));
  assert.ok(await seen(his));
  assert.deepEqual((await server.access.explain([{ event: { caller: lan } as AccessEvent, person }]))[0], {
    basis: 'encounter',
    detail: { policy: '5' },
  });
  await write({ resourceType: 'Encounter', id: 'e', status: 'finished' }, CHO_RAY, id);
  assert.ok(!(await seen(lan)));

  await write(
    {
      resourceType: 'Appointment',
      id: 'a',
      status: 'booked',
      end: new Date(Date.now() + 3600_000).toISOString(),
    },
    CHO_RAY,
    id,
  );
  assert.ok(await seen(lan));
  await write({ resourceType: 'Appointment', id: 'a', status: 'booked' }, CHO_RAY, id, 'delete');
  assert.ok(!(await seen(lan)));

  const guest = caller({ facility: '74001' });
  store.set('Organization/o', {
    resourceType: 'Organization',
    id: 'o',
    identifier: [{ system: 'https://yba.vn/fhir/sid/facility', value: '74001' }],
  });
  await write(
    {
      resourceType: 'ServiceRequest',
      id: 's',
      status: 'active',
      performer: [{ reference: 'Organization/o' }],
    },
    CHO_RAY,
    id,
  );
  assert.ok(await seen(guest));
  await write(
    {
      resourceType: 'ServiceRequest',
      id: 's',
      status: 'completed',
      performer: [{ reference: 'Organization/o' }],
    },
    CHO_RAY,
    id,
  );
  assert.ok(!(await seen(guest)));
});

test('explains each look by what it rested on', async () => {
  const opened = await server.addPatient(BACH_MAI);
  const own = await server.addPatient(CHO_RAY);
  const neither = await server.addPatient(BACH_MAI);
  await open(khoi, opened.id, coded('COC'), 'Hội chẩn');
  const citizen: Caller = {
    role: 'citizen',
    client: 'yba-book',
    subject: 'account/c',
    name: 'Hạnh',
    person: own.person,
    scopes: [],
  };
  const look = (who: Caller, person: string) => ({ event: { caller: who } as AccessEvent, person });
  assert.deepEqual(
    await server.access.explain([
      look(khoi, opened.person),
      look(khoi, own.person),
      look(khoi, neither.person),
      look(citizen, own.person),
    ]),
    [
      { basis: 'opening', purpose: 'COC', reason: 'Hội chẩn', detail: { policy: '5' } },
      { basis: 'own', detail: { policy: '5' } },
      undefined,
      { basis: 'self', detail: { policy: '5' } },
    ],
  );
});

test('who has an account at the facility is named by its software as who has a Practitioner there, until the work there ends', async () => {
  const place = { facility: CHO_RAY, facilityName: 'Chợ Rẫy' };
  const subject = await server.access.createAccount({
    ...place,
    username: 'bs.named',
    password: 'mot mat khau dai',
    role: 'doctor',
    name: 'Ma Thị Hoài',
    practitioner: 'Practitioner/of-elsewhere',
    licence: { number: '12 34/HNO', scope: 'Khám bệnh' },
  });
  const users = await namedUsers(server.sql);
  for (const header of ['Practitioner/of-elsewhere', `${LICENCE}|1234/hno`]) {
    const user = await users.of({ ...his }, header);
    assert.deepEqual(
      [user.practitioner, user.name, user.licence?.number],
      ['Practitioner/of-elsewhere', `Ma Thị Hoài (${his.name})`, '1234/HNO'],
    );
  }
  await server.access.endMembership(subject, CHO_RAY);
  await assert.rejects(
    users.of({ ...his }, 'Practitioner/of-elsewhere'),
    /names nobody who works at your facility/,
  );
  await users.stop();
});

test('a name beside a bearer token takes rights away and adds none; one in the token, or beside a certificate, counts', async () => {
  const { sql } = server;
  const facility = facilityNumber(CHO_RAY);
  await sql`insert into practitioner_place (resource, practitioner, facility, name) values
    ('Practitioner/refused', 'Practitioner/refused', ${facility}, 'Chồng Cũ'),
    ('Practitioner/khoi', 'Practitioner/khoi', ${facility}, 'Lê Minh Khôi')`;
  const users = await namedUsers(sql);
  const named = async (token: Partial<Caller>, header: string | undefined) =>
    users.of({ ...his, ...token }, header);
  const khoiBeside = await named({}, 'Practitioner/khoi');
  const bound = { bound: true } as const;
  const khoiProved = [
    await named(bound, 'Practitioner/khoi'),
    await named({ practitioner: 'Practitioner/khoi' }, undefined),
    await named({ practitioner: 'Practitioner/khoi' }, 'Practitioner/khoi'),
  ];
  const refused = [
    await named({}, 'Practitioner/refused'),
    await named(bound, 'Practitioner/refused'),
    await named({ practitioner: 'Practitioner/refused' }, undefined),
  ];
  assert.equal(khoiBeside.namedBeside, true);
  assert.ok(khoiProved.every(({ namedBeside }) => namedBeside === undefined));
  const sees = async (who: Caller, id: string) => (await reads(who, [id])).patients.includes(id);

  // what a referral to one practitioner opens is theirs: who writes the name beside the token has not got it
  const referred = await server.addPatient(BACH_MAI);
  await sql`insert into care_relationship (patient, facility, kind, member, resource)
    values (${referred.id}, ${facility}, 'referral', 'Practitioner/khoi', 'ServiceRequest/member')`;
  assert.ok(!(await sees(his, referred.id)));
  assert.ok(!(await sees(khoiBeside, referred.id)), 'a name beside the token adds nothing');
  for (const who of khoiProved) assert.ok(await sees(who, referred.id));
  const look = { event: { caller: khoiBeside } as AccessEvent, person: referred.person };
  assert.deepEqual(
    await server.access.explain([look]),
    [undefined],
    'nor is it told as the reason of a look',
  );

  // who is refused by name is kept out by whichever word for them, and only a name that is proved is not taken for them
  const opened = await server.addPatient(BACH_MAI);
  assert.equal((await open(his, opened.id, coded('TREAT'))).status ?? 200, 200);
  for (const who of [his, khoiBeside, ...khoiProved, ...refused]) assert.ok(await sees(who, opened.id));
  await sql`insert into directive (consent, person, effect, audience, subject, since)
    values ('Consent/by-name', ${opened.person}, 'refuse', 'person', 'Practitioner/refused', now())`;
  for (const who of [his, khoiBeside, ...refused]) assert.ok(!(await sees(who, opened.id)), who.name);
  for (const who of khoiProved) assert.ok(await sees(who, opened.id));
  await assert.rejects(open(khoiBeside, opened.id, coded('TREAT')), /proves who is at the screen/);
  for (const who of refused)
    await assert.rejects(open(who, opened.id, coded('TREAT')), /not known|not found/i);
  await open(khoiBeside, opened.id, coded('ETREAT'), 'ngừng tim, cần dị ứng');
  assert.ok(await sees(khoiBeside, opened.id), 'a life goes before, and it is reviewed');
  for (const who of refused) assert.ok(!(await sees(who, opened.id)), 'not for whom it was meant');
  await users.stop();
});
