import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { validate, type AccessEvent, type Caller, type Context, type Resource } from '@yba/fhir';
import { connect, type Sql } from '@yba/postgres';
import { testDatabase } from '@yba/postgres/testing';
import { balpProfiles } from './testing/balp-profiles.ts';
import { createAudit, type Audit } from './index.ts';

const doctor: Caller = {
  role: 'doctor',
  client: 'yba-clinic',
  subject: 'account/1',
  name: 'Lê Minh Khôi',
  facility: '01013',
  facilityName: 'Bệnh viện Bạch Mai',
  practitioner: 'Practitioner/p1',
  scopes: [],
};
const officer: Caller = { ...doctor, role: 'privacy-officer', subject: 'account/2', name: 'Trần Thị Lan' };
const BALP = 'https://profiles.ihe.net/ITI/BALP/StructureDefinition';
const hanh = randomUUID();
const minh = randomUUID();
const citizen = (person: string): Caller => ({
  role: 'citizen',
  client: 'yba-book',
  subject: `account/${person}`,
  name: 'Nguyễn Thị Hạnh',
  person,
  scopes: [],
});
const patients = new Map([
  ['hanh-at-bach-mai', { patient: randomUUID(), person: hanh, facility: 1 }],
  ['hanh-at-cho-ray', { patient: randomUUID(), person: hanh, facility: 2 }],
  ['minh', { patient: randomUUID(), person: minh, facility: 1 }],
]);

let database: { url: string; drop(): Promise<void> };
let owner: Sql;
let writer: Sql;
let audit: Audit;

before(async () => {
  database = await testDatabase();
  owner = connect(database.url, { max: 4 });
  writer = connect(database.url, { max: 2, role: 'yba_writer' });
  audit = await createAudit({
    baseUrl: 'http://hub.example',
    owner,
    writer,
    ports: {
      patient: async (id) => patients.get(id),
      explain: async (looks) =>
        looks.map(({ event }) => (event.caller.role === 'doctor' ? { basis: 'encounter' } : undefined)),
    },
  });
});

after(async () => {
  await Promise.all([owner.end(), writer.end()]);
  await database.drop();
});

const look = (more: Partial<AccessEvent> = {}): AccessEvent => ({
  at: new Date(),
  requestId: 'r1',
  caller: doctor,
  action: 'read',
  persons: [hanh],
  target: 'Observation/o1',
  count: 1,
  outcome: 'success',
  ...more,
});
const as = (caller: Caller): Context => ({ caller, requestId: 'r2' });

type Event = {
  id: string;
  meta?: { profile: string[] };
  outcome: string;
  recorded: string;
  action: string;
  subtype: { code: string }[];
  agent: {
    name: string;
    role: { text: string; coding: { code: string }[] }[];
    location?: { display: string };
    purposeOfUse?: { text?: string; coding?: { code: string }[] }[];
  }[];
  entity: { what: { reference?: string }; role?: { code: string } }[];
};

async function search(
  caller: Caller,
  query: string,
): Promise<{ events: Event[]; next?: string; total?: number }> {
  const page = await audit.capability.resources!.AuditEvent!.search!(
    as(caller),
    'AuditEvent',
    new URLSearchParams(query),
    { handling: 'strict' },
  );
  return {
    events: page.entries.map(({ text }) => JSON.parse(text!) as Event),
    ...(page.next ? { next: page.next } : {}),
    ...(page.total === undefined ? {} : { total: page.total }),
  };
}

test('a look is in the log once read() resolves, with who, where, why', async () => {
  await audit.ports.read(look({ persons: [hanh], purpose: 'ETREAT', reason: 'Hôn mê, không người nhà' }));
  const { events } = await search(citizen(hanh), 'patient=Patient/hanh-at-bach-mai');
  const [event] = events;
  assert.equal(event?.agent[0]?.name, 'Lê Minh Khôi');
  assert.equal(event?.agent[0]?.role[0]?.text, 'Bác sĩ');
  assert.equal(event?.agent[0]?.location?.display, 'Bệnh viện Bạch Mai');
  assert.deepEqual(event?.agent[0]?.purposeOfUse?.[0]?.coding?.[0]?.code, 'ETREAT');
  assert.equal(event?.agent[0]?.purposeOfUse?.[0]?.text, 'Hôn mê, không người nhà');
  assert.deepEqual(event?.entity.map(({ what }) => what.reference).slice(0, 2), [
    'Patient/hanh-at-bach-mai',
    'Observation/o1',
  ]);
});

const faultsOf = (event: object) =>
  validate(event as Resource, { profiles: balpProfiles }).filter(
    ({ severity }) => severity === 'error' || severity === 'fatal',
  );

test('every kind of look is a valid AuditEvent, and meets the profile of BALP that it names', async () => {
  const person = randomUUID();
  patients.set('valid', { patient: randomUUID(), person, facility: 1 });
  const named: Record<string, string | undefined> = {
    read: 'Read',
    vread: 'Read',
    history: undefined,
    search: 'Query',
    create: 'Create',
    update: 'Update',
    delete: 'Delete',
    transaction: undefined,
    match: undefined,
    open: undefined,
    operation: undefined,
    export: undefined,
    submit: undefined,
    'sign-in': undefined,
  };
  const targets: Record<string, string> = {
    vread: 'Patient/p/_history/2',
    history: 'Patient/p/_history',
    search: 'Observation',
    transaction: 'Bundle',
    operation: 'Patient/p/$why',
    export: '$quarantine',
  };
  const software: Caller = { ...doctor, role: 'system', subject: 'client/his', name: 'HIS' };
  for (const caller of [doctor, software, citizen(person)])
    for (const action of Object.keys(named) as AccessEvent['action'][])
      await audit.ports.read(
        look({ persons: [person], action, caller, target: targets[action] ?? 'Patient/p' }),
      );
  const { events } = await search(citizen(person), 'patient=valid&_count=100');
  assert.equal(events.length, 3 * Object.keys(named).length);
  for (const event of events) {
    assert.deepEqual(faultsOf(event), [], JSON.stringify(event));
    const profile = named[event.subtype[0]!.code];
    const claimed = profile && `${BALP}/IHE.BasicAudit.Patient${profile}`;
    assert.deepEqual(event.meta?.profile, claimed && [claimed]);
  }
});

test('what was refused, and what is about nobody, is valid too; what was refused names no profile', async () => {
  const office: Caller = { ...officer, facility: '79013', facilityName: 'Chợ Rẫy' };
  const targets = ['Organization/o1', 'Organization', 'system', 'account/7', 'client/his', 'Patient/$match'];
  for (const target of targets)
    for (const outcome of ['success', 'denied', 'failed'] as const)
      await audit.ports.read(look({ caller: office, persons: [], target, outcome }));
  const { target: _, ...nothing } = look({
    caller: office,
    persons: [],
    action: 'search',
    requestId: 'none',
  });
  await audit.ports.read(nothing);
  const { events } = await search(office, '_count=100');
  assert.equal(events.length, 3 * targets.length + 1);
  for (const event of events) {
    assert.deepEqual(faultsOf(event), [], JSON.stringify(event));
    const isRead = event.subtype[0]!.code === 'read' && !event.entity.some(({ role }) => role?.code === '11');
    const isClaimed = event.outcome === '0' && isRead;
    assert.deepEqual(event.meta?.profile, isClaimed ? [`${BALP}/IHE.BasicAudit.Read`] : undefined);
  }
});

test('a look without a typed reason says what it rested on', async () => {
  await audit.ports.read(look({ requestId: 'basis' }));
  const { events } = await search(citizen(hanh), 'patient=hanh-at-cho-ray&_count=1');
  assert.equal(events[0]?.agent[0]?.purposeOfUse?.[0]?.text, 'Đang khám, điều trị tại cơ sở này');
});

test('a person reads only looks at their own record, through any of their Patients', async () => {
  await audit.ports.read(look({ persons: [minh] }));
  const through = async (patient: string) =>
    (await search(citizen(hanh), `patient=Patient/${patient}&_count=1000`)).events.filter(
      ({ agent }) => agent[0]?.role[0]?.coding[0]?.code === 'doctor',
    ).length;
  assert.equal(await through('hanh-at-bach-mai'), await through('hanh-at-cho-ray'));
  assert.ok((await through('hanh-at-bach-mai')) > 0);
  assert.equal(await through('minh'), 0);
  assert.equal(await through('nobody'), 0);
});

test('reads one AuditEvent; to another person it is absent', async () => {
  const { events } = await search(citizen(hanh), '_count=1&_sort=date');
  const read = audit.capability.resources!.AuditEvent!.read!;
  const event = JSON.parse((await read(as(citizen(hanh)), 'AuditEvent', events[0]!.id)).text) as Event;
  assert.equal(event.id, events[0]!.id);
  await assert.rejects(read(as(citizen(minh)), 'AuditEvent', events[0]!.id), { code: 'not-found' });
  await assert.rejects(read(as(citizen(hanh)), 'AuditEvent', "1' or true"), { code: 'not-found' });
});

test('a privacy officer sees what the own facility looked at, a doctor nothing', async () => {
  await audit.ports.read(look({ caller: { ...doctor, facility: '79001', name: 'Ở nơi khác' } }));
  const { events } = await search(officer, '_count=1000');
  assert.ok(events.some(({ agent }) => agent[0]?.name === 'Lê Minh Khôi'));
  assert.ok(!events.some(({ agent }) => agent[0]?.name === 'Ở nơi khác'));
  await assert.rejects(search(doctor, ''), { code: 'forbidden' });
});

test('pages through all looks in order, each once', async () => {
  const person = randomUUID();
  patients.set('paged', { patient: randomUUID(), person, facility: 1 });
  const at = new Date(Date.now() - 60_000);
  for (let n = 0; n < 7; n++)
    await audit.ports.read(look({ at, persons: [person], target: `Observation/${n}` }));
  const seen: string[] = [];
  let query: string | undefined =
    'patient=paged&_count=3&date=lt' + new Date(Date.now() - 30_000).toISOString();
  while (query) {
    const { events, next } = await search(citizen(person), query);
    seen.push(...events.map(({ entity }) => entity[1]!.what.reference!));
    query = next?.split('?')[1];
  }
  assert.deepEqual(
    seen,
    [6, 5, 4, 3, 2, 1, 0].map((n) => `Observation/${n}`),
  );
});

test('a person can tell their own looks apart', async () => {
  await search(citizen(minh), '');
  const { events } = await search(citizen(minh), '_count=1');
  assert.equal(events[0]?.agent[0]?.role[0]?.coding[0]?.code, 'citizen');
});

test('within a compartment it answers of that Patient alone; of two at once there is nothing', async () => {
  const searchAll = audit.capability.resources!.AuditEvent!.search!;
  const within = async (who: Caller, type: string, id: string, query = '') =>
    (
      await searchAll(as(who), 'AuditEvent', new URLSearchParams(query), {
        handling: 'strict',
        compartment: { type, id },
      })
    ).entries.length;
  await audit.ports.read(look({ persons: [hanh] }));
  assert.ok((await within(citizen(hanh), 'Patient', 'hanh-at-bach-mai')) > 0);
  assert.equal(await within(citizen(hanh), 'Patient', 'nobody'), 0, 'not one’s own in its stead');
  assert.equal(await within(citizen(minh), 'Patient', 'hanh-at-bach-mai'), 0);
  assert.equal(await within(citizen(hanh), 'Patient', 'hanh-at-bach-mai', 'patient=Patient/nobody'), 0);
  assert.equal(
    (await search(citizen(hanh), 'patient=Patient/hanh-at-bach-mai&patient=Patient/nobody')).events.length,
    0,
  );
  await assert.rejects(within(citizen(hanh), 'Practitioner', 'x'), { code: 'not-supported' });
});

test('is searched by what an AuditEvent tells: outcome, kind, who, what; each finds just those that have it', async () => {
  const person = randomUUID();
  patients.set('searched', { patient: randomUUID(), person, facility: 1 });
  const nurse: Caller = {
    ...doctor,
    role: 'nurse',
    subject: 'account/9',
    name: 'ĐD Trần Thị Hoa',
    practitioner: 'Practitioner/hoa',
  };
  const rest = 'http://hl7.org/fhir/restful-interaction';
  for (const more of [
    { action: 'read' as const, caller: nurse },
    { action: 'search' as const, outcome: 'denied' as const, target: 'Observation' },
    { action: 'delete' as const, outcome: 'failed' as const, caller: nurse, target: 'Condition/c1' },
    { action: 'export' as const, target: 'Patient/searched' },
    { action: 'open' as const, target: 'Patient/searched' },
  ])
    await audit.ports.read(look({ persons: [person], ...more }));
  const mine = 'patient=searched&date=lt2999';
  const { events: all } = await search(citizen(person), mine);
  const ids = (events: Event[]) => events.map(({ id }) => id).sort();
  const of = (matches: (text: string) => boolean) =>
    ids(all.filter((event) => matches(JSON.stringify(event))));
  const told = (text: string) => (event: string) => event.includes(text);
  for (const [query, matches] of [
    ['outcome=4', told('"outcome":"4"')],
    [
      'outcome=http://hl7.org/fhir/audit-event-outcome|8,4',
      (event: string) => !event.includes('"outcome":"0"'),
    ],
    ['outcome=12', () => false],
    ['action=R', told('"action":"R"')],
    ['subtype=read', told('"code":"read"')],
    [`subtype=${rest}|search`, told('"code":"search"')],
    [`subtype=${rest}|open`, () => false],
    ['type=rest', told('"code":"rest"')],
    ['type=http://dicom.nema.org/resources/ontology/DCM|', told('"code":"110106"')],
    ['agent=Practitioner/hoa', told('Practitioner/hoa')],
    ['agent:identifier=account/9', told('Practitioner/hoa')],
    ['agent-name=trần thị', told('Trần Thị Hoa')],
    ['agent-name=tran thi', told('Trần Thị Hoa')],
    ['agent-name=ần', () => false],
    ['agent-role=https://yba.vn/fhir/CodeSystem/role|nurse', told('"code":"nurse"')],
    ['entity=Condition/c1', told('Condition/c1')],
    ['entity-type=http://terminology.hl7.org/CodeSystem/audit-entity-type|1', told('"display":"Person"')],
    ['entity-type=2', told('"display":"System Object"')],
    ['entity-type=XrequestId', () => true],
    ['entity-type=3', () => false],
    ['entity-role=24', told('"display":"Query"')],
    [
      'entity-role=http://terminology.hl7.org/CodeSystem/object-role|4,11',
      told('"display":"Domain Resource"'),
    ],
    ['address=HTTP://Hub', () => true],
    ['address=10.0.0.1', () => false],
    ['site=Y Bạ', () => true],
    ['site=Bạch Mai', () => false],
    ['source=Organization/x', () => false],
    ['altid=1', () => false],
    ['policy=http://example.org/policy', () => false],
    ['entity-name=x', () => false],
    ['entity=Condition/c1&outcome=0', () => false],
    ['outcome=4&outcome=8', () => false],
    [`_id=${all[0]!.id},nobody`, told(`"id":"${all[0]!.id}"`)],
    ['_lastUpdated=gt2999-01-01', () => false],
  ] as const) {
    const found = await search(citizen(person), `${mine}&${query}&_count=1000`);
    // one's own looks at the log are in it too, since the list was made
    assert.deepEqual(
      ids(found.events.filter(({ id }) => all.some((event) => event.id === id))),
      of(matches),
      query,
    );
  }
  const counted = await search(citizen(person), `${mine}&subtype=read,delete&_summary=count`);
  assert.deepEqual([counted.events.length, counted.total, counted.next], [0, 2, undefined]);
  assert.equal((await search(citizen(person), `${mine}&subtype=read&_count=0`)).total, 1);
  assert.equal((await search(citizen(minh), 'patient=searched&_summary=count')).total, 0);
});

test('an unknown search parameter is refused, or left aside when handling is lenient', async () => {
  await assert.rejects(search(citizen(hanh), 'purpose=TREAT'), { code: 'invalid' });
  const searchAll = audit.capability.resources!.AuditEvent!.search!;
  await searchAll(as(citizen(hanh)), 'AuditEvent', new URLSearchParams('purpose=TREAT'), {
    handling: 'lenient',
  });
});

test('a thousand reads at once become a few inserts, none lost', async () => {
  const person = randomUUID();
  await Promise.all(
    Array.from({ length: 1000 }, (_, n) =>
      audit.ports.read(look({ persons: [person], target: `Observation/${n}` })),
    ),
  );
  const [row] = await owner<{ rows: number; groups: number }[]>`
    select count(*)::int as rows, count(distinct xmin::text)::int as groups from access_log where person = ${person}`;
  assert.equal(row?.rows, 1000);
  assert.ok(row.groups <= 4, `${row.groups} commits`);
});

test('an event about several persons is one row for each', async () => {
  const persons = [randomUUID(), randomUUID(), randomUUID()];
  await audit.ports.read(look({ persons, action: 'search', target: 'Patient', count: 3 }));
  const rows = await owner`select person from access_log where person = any(${persons}::uuid[])`;
  assert.equal(rows.length, 3);
});

test('a write is logged with its transaction, or not at all', async () => {
  const person = randomUUID();
  const event = look({ persons: [person], action: 'create' });
  await assert.rejects(
    owner.begin(async (transaction) => {
      await audit.ports.write(transaction, [event]);
      throw new Error('undone');
    }),
  );
  assert.equal((await owner`select from access_log where person = ${person}`).length, 0);
  await owner.begin((transaction) => audit.ports.write(transaction, [event]));
  assert.equal((await owner`select from access_log where person = ${person}`).length, 1);
});

test('the role that writes the log can neither read, change nor remove it', async () => {
  for (const attempt of [
    writer`update access_log set outcome = 'failed'`,
    writer`delete from access_log`,
    writer`truncate access_log`,
    writer`select * from access_log`,
    writer`delete from access_log_other`,
    writer`update access_agent set name = 'Người khác'`,
    writer`delete from access_agent`,
  ]) {
    await assert.rejects(attempt, { code: '42501' });
  }
  const reader = connect(database.url, { max: 1, role: 'yba_reader' });
  await assert.rejects(reader`select * from access_log`, { code: '42501' });
  await reader.end();
});

test('a log that cannot be written fails the read', async () => {
  const broken = connect(database.url, { max: 1, role: 'yba_reader' });
  const failing = await createAudit({
    baseUrl: 'http://hub.example',
    owner,
    writer: broken,
    ports: { patient: async () => undefined, explain: async () => [] },
  });
  await assert.rejects(failing.ports.read(look()), { code: 'transient' });
  await broken.end();
});

test('listeners hear of others’ looks once they are committed, and not of the person’s own', async () => {
  // persons of their own: news of looks made a moment ago may still be on their way
  const [own, other] = [randomUUID(), randomUUID()];
  const heard: string[] = [];
  const stop = await audit.listen((persons) => heard.push(...persons));
  await audit.ports.read(look({ caller: citizen(own), persons: [own] }));
  await audit.ports.read(look({ persons: [other] }));
  for (let waits = 0; !heard.includes(other) && waits < 2000; waits++)
    await new Promise((done) => setTimeout(done, 5));
  assert.deepEqual(
    heard.filter((person) => person === own || person === other),
    [other],
  );
  await stop();
});
