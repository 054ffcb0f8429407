import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { OutcomeError, type Resource, validate } from '@yba/fhir';
import { contextOf } from '@yba/repository/testing';
import { FACILITY, mrn } from '@yba/vietnam';
import { aFacility, asPlatform, aWorld, type World } from './testing.ts';

let world: World;
const clients = new Map<string, string>();

before(async () => {
  world = await aWorld({
    clients: {
      register: async (facility) => {
        const clientId = `${facility}-${clients.size + 1}`;
        clients.set(clientId, 'joining');
        return { clientId, clientSecret: 'shown once' };
      },
      set: async (client, may) => void clients.set(client, may),
    },
  });
});
after(() => world.close());

const refusal = (code: string) => (error: unknown) => error instanceof OutcomeError && error.code === code;
const why = 'Hồ sơ đủ giấy tờ';
const step = (id: string, name: string, more: Record<string, string> = {}) =>
  world.call('advance-onboarding', { id, step: name, why, ...more });

async function applied(name: string): Promise<string> {
  const asked = { name, kind: 'station', commune: '09190', contactName: 'Nguyễn Thị Mận' };
  return String((await world.call('apply-onboarding', asked)).value('id'));
}

const one = async (id: string) =>
  (await world.call('onboardings', { id })).all.find(({ name }) => name === 'onboarding')!.part!;
const opened = async (id: string) =>
  (await one(id)).filter(({ name }) => name === 'open').map((part) => part['valueCode']);

const visit = (over: object = {}): Resource => ({
  resourceType: 'Bundle',
  type: 'transaction',
  entry: [
    { resource: { resourceType: 'Patient', gender: 'female', name: [{ text: 'Trần Thử Nghiệm' }], ...over } },
    {
      resource: {
        resourceType: 'Encounter',
        status: 'finished',
        class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'AMB' },
      },
    },
  ],
});

const testRun = (facility: string, bundle: Resource) =>
  world.call('onboarding-test', {}, contextOf(facility), [{ name: 'bundle', resource: bundle }]);

test('a facility joins: code, credentials, a test run that passes, live; each step with who, when and why', async () => {
  const id = await applied('Trạm Y tế phường Võ Cường');
  const suggested = (await one(id)).find(({ name }) => name === 'suggestedCode')?.['valueCode'] as string;
  assert.match(suggested, /^\d{5}$/);
  await assert.rejects(step(id, 'go-live'), refusal('conflict'));
  await step(id, 'give-code', { code: '27105' });
  const secret = await step(id, 'issue-credentials');
  assert.equal(secret.value('clientSecret'), 'shown once');
  assert.equal(clients.get('27105-1'), 'joining');
  await assert.rejects(step(id, 'accept-test'), refusal('conflict'), 'no test run yet');

  const failed = await testRun('27105', visit({ gender: 'nữ' }));
  assert.equal(failed.value('passed'), false);
  await assert.rejects(step(id, 'accept-test'), refusal('conflict'));
  assert.equal((await testRun('27105', visit())).value('passed'), true);
  const kept = await world.pools.owner<
    { text: string }[]
  >`select string_agg(summary::text, '') as text from onboarding_test`;
  assert.doesNotMatch(kept[0]!.text, /Trần|nữ/, 'nothing of what was sent is kept');

  await step(id, 'accept-test');
  await testRun('27105', visit({ gender: 'nữ' }));
  await assert.rejects(step(id, 'go-live'), refusal('conflict'), 'what runs now has an error');
  const [newest] = (await one(id)).filter(({ name }) => name === 'test');
  const finding = newest!.part!.find(({ name }) => name === 'finding')!.part!;
  assert.deepEqual(
    finding.flatMap(({ name, valueString }) => (name.startsWith('fix') ? [valueString] : [])),
    ['Ghi female.', 'Write female.'],
  );
  await testRun('27105', visit());
  await step(id, 'go-live');
  assert.equal(clients.get('27105-1'), 'live');
  const steps = (await one(id)).filter(({ name }) => name === 'step');
  assert.equal(steps.length, 5);
  for (const { part } of steps.slice(1))
    assert.ok(part!.some(({ name, valueString }) => name === 'why' && valueString === why));
  await world.settled();
  const found = await world.call('directory-facility', { code: '27105' });
  assert.equal(found.list('then')[0]!['name'], 'Trạm Y tế phường Võ Cường');
});

test('the software of a facility reads a sample and says what it read; what it misread is told field by field', async () => {
  const id = await applied('Trạm Y tế phường Vũ Ninh');
  await step(id, 'give-code', { code: '27106' });
  await step(id, 'issue-credentials');
  const own = contextOf('27106');
  const sample = await world.call('onboarding-sample', {}, own);
  const { entry } = sample.all.find(({ name }) => name === 'bundle')!.resource as unknown as {
    entry: { resource: Record<string, never> }[];
  };
  const [patient, encounter, observation] = entry.map(({ resource }) => resource) as unknown as [
    { name: [{ text: string }]; birthDate: string; identifier: [{ value: string }] },
    { serviceProvider: { identifier: { value: string } } },
    { valueQuantity: { value: object; unit: string }; effectiveDateTime: string },
  ];
  const right = {
    sample: String(sample.value('sample')),
    name: patient.name[0].text,
    personNumber: patient.identifier[0].value,
    birthDate: patient.birthDate,
    sender: encounter.serviceProvider.identifier.value,
    value: JSON.stringify(observation.valueQuantity.value),
    unit: observation.valueQuantity.unit,
    effective: new Date(Date.parse(observation.effectiveDateTime) + 7 * 3_600_000)
      .toISOString()
      .replace('.000Z', '+07:00'),
  };
  assert.match(right.value, /\.\d0$/, 'a last digit that a float loses');
  assert.match(right.sender, /^0/);
  const readBack = (said: Record<string, string>) =>
    world.call('onboarding-test', {}, own, [
      { name: 'bundle', resource: visit() },
      { name: 'received', part: Object.entries(said).map(([name, valueString]) => ({ name, valueString })) },
    ]);
  const misread = await readBack({
    ...right,
    name: right.name.normalize('NFD'),
    personNumber: right.personNumber.replace(/^0/, ''),
    sender: String(Number(right.sender)),
    value: String(Number(right.value)),
    effective: observation.effectiveDateTime.replace('Z', ''),
  });
  assert.equal(misread.value('passed'), false);
  assert.deepEqual(
    misread.list('finding').map(({ rule }) => rule),
    ['read-name', 'read-personNumber', 'read-sender', 'read-value', 'read-effective'],
  );
  for (const finding of misread.list('finding'))
    assert.ok(finding['fixVi'] && finding['fixEn'] && finding['fixVi'] !== finding['fixEn']);
  const { name: _, ...partial } = right;
  assert.deepEqual(
    (await readBack(partial)).list('finding').map(({ rule }) => rule),
    ['read-name'],
  );
  assert.deepEqual(
    (await readBack({ ...right, sample: 'another' })).list('finding').map(({ rule }) => rule),
    ['read-sample'],
  );
  const done = await readBack(right);
  assert.deepEqual([done.value('passed'), done.value('read')], [true, true]);
  const kept = await world.pools.owner<{ text: string }[]>`
    select string_agg(summary::text, '') as text from onboarding_test`;
  assert.ok(!kept[0]!.text.includes(right.name) && !kept[0]!.text.includes(right.personNumber));
});

test('every step goes back, and what the software may do goes with it', async () => {
  const id = await applied('Trạm Y tế xã Tiên Du');
  await step(id, 'give-code', { code: '27118' });
  await step(id, 'issue-credentials');
  await testRun('27118', visit());
  await step(id, 'accept-test');
  await step(id, 'go-live');
  await step(id, 'suspend');
  assert.equal(clients.get('27118-3'), 'none');
  await step(id, 'resume');
  assert.equal(clients.get('27118-3'), 'live');
  await step(id, 'back');
  assert.equal(clients.get('27118-3'), 'none', 'suspended again');
  await step(id, 'back');
  await step(id, 'back');
  assert.equal(clients.get('27118-3'), 'joining', 'tested, not live');
  await step(id, 'back');
  await step(id, 'back');
  assert.equal(clients.get('27118-3'), 'none', 'coded: no credentials');
  await step(id, 'back');
  await assert.rejects(step(id, 'back'), refusal('conflict'));
  assert.deepEqual(await opened(id), ['give-code', 'reject', 'back']);
});

test('a code goes to one application, and only the facility itself runs its test', async () => {
  const id = await applied('Trạm Y tế phường khác');
  await assert.rejects(step(id, 'give-code', { code: '27105' }), refusal('conflict'));
  await assert.rejects(step(id, 'give-code', { code: 'x' }), refusal('value'));
  await assert.rejects(testRun('01901', visit()), refusal('conflict'));
  await assert.rejects(world.call('onboarding-test', {}), refusal('forbidden'));
  await assert.rejects(
    world.call('apply-onboarding', {}, contextOf('27105', { role: 'admin' })),
    refusal('forbidden'),
  );
  const own = await world.call('onboardings', {}, contextOf('27105', { role: 'admin' }));
  assert.deepEqual(
    own.list('onboarding').map(({ facility }) => facility),
    ['27105'],
  );
});

test('the matrix counts who sent, referred, opened and read, and names no person', async () => {
  const { repository, pools } = world;
  await repository.create(
    asPlatform('test'),
    aFacility('79013', 'Bệnh viện Chợ Rẫy', { before: '79', after: '27343' }),
  );
  const own = contextOf('27105');
  const patient = await repository.create(own, {
    resourceType: 'Patient',
    name: [{ text: 'Lê Thị Bí Mật' }],
  });
  const subject = { reference: `Patient/${patient.id}` };
  const performer = [{ identifier: { system: FACILITY, value: '79013' } }];
  await repository.create(own, { ...(visit()['entry'] as { resource: Resource }[])[1]!.resource, subject });
  await repository.create(own, {
    resourceType: 'ServiceRequest',
    status: 'active',
    intent: 'order',
    subject,
    performer,
  });
  const { person } = (await repository.patient(patient.id))!;
  await pools.owner`
    insert into access_agent (digest, subject, client, role, name, facility)
    values ('\\x01', 'account/9', 'yba-clinic', 'doctor', 'BS Tùng', ${Number.parseInt('79013', 36)})`;
  await pools.owner`
    insert into access_log (id, at, person, agent, action, outcome, request)
    overriding system value -- numbers that gain a digit
    select 9997 + n, now(), ${person}, id, action, 'success', 'r'
    from access_agent, unnest('{open,read,read}'::text[]) with ordinality as look(action, n)`;
  await world.settled();
  const pairs = (await world.call('connectivity', { from: '2020-01-01', to: '2999-01-01' })).list('pair');
  const counted = (facility: string, kind: string, other?: string) =>
    pairs.find((pair) => pair['facility'] === facility && pair['kind'] === kind && pair['other'] === other)?.[
      'n'
    ];
  assert.equal(counted('27105', 'sent'), 1);
  assert.equal(counted('27105', 'referred', '79013'), 1);
  assert.equal(counted('79013', 'opened', '27105'), 1);
  assert.equal(counted('79013', 'read', '27105'), 2);
  assert.doesNotMatch(JSON.stringify(pairs), new RegExp(`Bí Mật|${person}|${patient.id}`));
  const again = await world.registry
    .catchUp()
    .then(() => world.call('connectivity', { from: '2020-01-01', to: '2999-01-01' }));
  assert.deepEqual(again.list('pair'), pairs, 'counted once');
  await assert.rejects(
    world.call('connectivity', { facility: '79013' }, contextOf('27105')),
    refusal('forbidden'),
  );
});

test('a facility that leaves is handed all its records, whole after a stop in the middle, and nobody else’s', async () => {
  const { repository, pools, folder } = world;
  const own = contextOf('27105');
  const entry = Array.from({ length: 1203 }, (_, n) => ({
    resource: {
      resourceType: 'Patient',
      identifier: [{ system: mrn('27105'), value: `BN-${n}` }],
      name: [{ text: `Người bệnh ${n}` }],
    },
    request: { method: 'POST', url: 'Patient' },
  }));
  for (let n = 0; n < entry.length; n += 400)
    await repository.transaction(
      own,
      { resourceType: 'Bundle', type: 'transaction', entry: entry.slice(n, n + 400) },
      { handling: 'strict' },
    );
  const others = await repository.create(contextOf('79013'), {
    resourceType: 'Patient',
    name: [{ text: 'Của Chợ Rẫy' }],
  });
  await repository.update(contextOf('79013'), {
    resourceType: 'Patient',
    id: others.id,
    name: [{ text: 'Của Chợ Rẫy, sửa' }],
  });
  // what was changed and what was deleted; and who of the facility looked
  const changed = await repository.create(own, { resourceType: 'Patient', name: [{ text: 'Tên cũ' }] });
  for (const text of ['Tên giữa', 'Tên mới'])
    await repository.update(own, { resourceType: 'Patient', id: changed.id, name: [{ text }] });
  const dropped = await repository.create(own, {
    resourceType: 'Observation',
    status: 'final',
    code: { text: 'Xóa' },
    subject: { reference: `Patient/${changed.id}` },
  });
  await repository.delete(own, 'Observation', dropped.id);
  await pools.owner`
    with agent as (
      insert into access_agent (digest, subject, client, role, name, facility)
      values ('\\x02', 'account/10', 'yba-clinic', 'nurse', 'ĐD Mận', ${Number.parseInt('27105', 36)}) returning id)
    insert into access_log (at, person, agent, action, outcome, target, reason, request)
    select now() - n * interval '1 minute', null, id, 'read', 'success', 'Patient/x', 'trực đêm', 'r' from agent, generate_series(1, 700) n`;
  await assert.rejects(
    world.call('hand-over', { facility: '27105', why }),
    refusal('conflict'),
    'it sends still',
  );
  const [row] = (await world.call('onboardings', { state: 'live' })).list('onboarding');
  await step(String(row!['id']), 'terminate');
  assert.equal(clients.get('27105-1'), 'none');
  const id = String((await world.call('hand-over', { facility: '27105', why })).value('id'));
  assert.equal((await world.call('hand-over', { facility: '27105', why })).value('id'), id, 'one at a time');

  // a page was written and its place was not noted: as after a kill
  const before = world.events.length;
  await world.registry.catchUp();
  const [done] = await pools.owner<
    { files: { name: string; bytes: number }[] }[]
  >`select files from hand_over where id = ${id}`;
  const half = done!.files.find(({ name }) => name === 'Patient.ndjson')!;
  await pools.owner`
    update hand_over set state = 'running', place = '{}', files = '[]' where id = ${id}`;
  await world.registry.catchUp();
  const manifest = JSON.parse(readFileSync(join(folder, id, 'manifest.json'), 'utf8')) as {
    records: number;
    files: { name: string; type: string; count: number; bytes: number; sha256: string }[];
  };
  const patients = manifest.files.find(({ type }) => type === 'Patient')!;
  const bytes = readFileSync(join(folder, id, 'Patient.ndjson'));
  assert.equal(bytes.length, half.bytes);
  assert.equal(patients.count, 1205);
  assert.equal(patients.sha256, createHash('sha256').update(bytes).digest('hex'));
  const lines = bytes
    .toString()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Resource);
  assert.equal(new Set(lines.map((line) => line.id)).size, 1205, 'each once');
  assert.doesNotMatch(bytes.toString(), /Của Chợ Rẫy/);
  assert.deepEqual(manifest.files.map(({ type }) => type).sort(), [
    'Encounter',
    'Patient',
    'ServiceRequest',
    'audit',
    'history',
  ]);
  const read = (name: string) =>
    readFileSync(join(folder, id, name), 'utf8')
      .trim()
      .split('\n');
  type Entry = { request: { method: string; url: string }; response: { etag: string }; resource?: Resource };
  const history = read('history.ndjson').map((line) => JSON.parse(line) as Entry);
  const of = (type: string, key: string) => history.filter(({ request }) => request.url === `${type}/${key}`);
  assert.deepEqual(
    of('Patient', changed.id).map(({ response, resource }) => [
      response.etag,
      (resource!['name'] as { text: string }[])[0]!.text,
    ]),
    [
      ['W/"1"', 'Tên cũ'],
      ['W/"2"', 'Tên giữa'],
    ],
    'the current one is in Patient.ndjson',
  );
  assert.deepEqual(
    of('Observation', dropped.id).map(({ request, resource }) => [request.method, resource === undefined]),
    [
      ['POST', false],
      ['DELETE', true],
    ],
  );
  assert.doesNotMatch(read('history.ndjson').join(''), /Của Chợ Rẫy/);
  const audit = read('audit.ndjson').map((line) => JSON.parse(line) as Resource);
  assert.equal(audit.length, 700);
  assert.equal(new Set(audit.map((one) => one['recorded'])).size, 700, 'each once, over two pages');
  for (const one of audit.slice(0, 3)) {
    assert.deepEqual(
      validate(one).filter(({ severity }) => severity === 'error'),
      [],
    );
    assert.match(String(one.meta!['profile']), /\/BALP\/StructureDefinition\/IHE\.BasicAudit\.Read$/);
  }
  for (const { name, bytes: length, sha256 } of manifest.files) {
    const whole = readFileSync(join(folder, id, name));
    assert.equal(whole.length, length, name);
    assert.equal(createHash('sha256').update(whole).digest('hex'), sha256, name);
  }
  assert.equal(manifest.records, 1205 + 2, 'current records alone');

  // killed within the looks: what was noted stands, what was written behind it is written again
  const whole = readFileSync(join(folder, id, 'audit.ndjson'));
  const firstPage = Buffer.byteLength(`${whole.toString().split('\n').slice(0, 500).join('\n')}\n`);
  const noted = {
    ...manifest.files.find(({ name }) => name === 'audit.ndjson')!,
    count: 500,
    bytes: firstPage,
  };
  const [five] = await pools.owner<{ moment: string; id: string }[]>`
    select at::text as moment, id::text from access_log where reason = 'trực đêm' order by at, access_log.id offset 499 limit 1`;
  await pools.owner`
    update hand_over set state = 'running', finished = null,
      files = ${pools.owner.json([...manifest.files.filter(({ name }) => name !== 'audit.ndjson'), noted] as never)},
      place = ${pools.owner.json({
        done: manifest.files.map(({ type }) => type).filter((type) => type !== 'audit'),
        type: 'audit',
        occurred: five!.moment,
        id: five!.id,
      } as never)}
    where id = ${id}`;
  await world.registry.catchUp();
  assert.ok(readFileSync(join(folder, id, 'audit.ndjson')).equals(whole));
  const told = world.events.slice(before).filter(({ action }) => action === 'export');
  assert.ok(new Set(told.flatMap(({ persons }) => persons)).size >= 1204, 'every person has it in the log');
});
