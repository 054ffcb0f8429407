import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { BACH_MAI, twoHospitals, type TwoHospitals } from './testing/two-hospitals.ts';
import { INSURANCE, PERSON } from '@yba/vietnam';
import { fhirClient } from './testing/fhir-client.ts';

/** What is refused or absent stands in the access log of the persons who were named, however they were. */
let world: TwoHospitals;
const ids: Record<string, string> = {};

before(async () => {
  world = await twoHospitals([['bm.receptionist', 'receptionist']]);
  for (const name of ['Lan', 'Mai', 'Cúc']) {
    const patient = await world.as('cr.system').send('POST', '/Patient', {
      resourceType: 'Patient',
      name: [{ text: `Trần Thị ${name}` }],
      birthDate: '1980-01-01',
    } as never);
    ids[name] = patient.body.id!;
  }
  const observation = await world.as('cr.system').send('POST', '/Observation', about('Cúc') as never);
  ids.observation = observation.body.id!;
  const encounter = await world.as('cr.system').send('POST', '/Encounter', {
    resourceType: 'Encounter',
    status: 'finished',
    class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'AMB' },
    subject: { reference: `Patient/${ids['Cúc']}` },
  } as never);
  ids.encounter = encounter.body.id!;
});

after(() => world.stop());

const about = (name: string) => ({
  resourceType: 'Observation',
  status: 'final',
  code: { text: 'Mạch' },
  subject: { reference: `Patient/${ids[name]}` },
});

const transaction = (...entry: [method: string, url: string, resource?: object][]) => ({
  resourceType: 'Bundle',
  type: 'transaction',
  entry: entry.map(([method, url, resource]) => ({
    request: { method, url },
    ...(resource ? { resource } : {}),
  })),
});

/** The rows of the log of an answer: what, and in whose log. */
async function logged(answer: { headers: Headers }): Promise<string[]> {
  const rows = await world.owner<{ row: string }[]>`
    select concat_ws(' ', l.action, l.target, l.outcome, p.patient) as row
    from access_log l left join patient_link p on p.person = l.person where l.request = ${answer.headers.get('x-request-id')!}`;
  return rows.map(({ row }) => row).sort();
}

test('a transaction refused by role stands in the log of each person whom it names', async () => {
  const receptionist = world.as('bm.receptionist');
  const url = world.server.url;
  const refused = await receptionist.send(
    'POST',
    '',
    transaction(
      [
        'POST',
        'Observation',
        { ...about('Lan'), performer: [{ reference: `${url}/fhir/Patient/${ids['Mai']}` }] },
      ],
      ['DELETE', `Observation/${ids.observation}`],
    ) as never,
  );
  assert.equal(refused.status, 403, refused.text);
  assert.match(refused.text, /The role receptionist may not write/);
  assert.deepEqual(
    await logged(refused),
    ['Lan', 'Mai', 'Cúc'].map((name) => `delete Observation denied ${ids[name]}`).sort(),
  );
});

test('so does one refused by scope, and a single resource about somebody', async () => {
  const few = fhirClient(
    world.server.url,
    await world.server.facilityToken(BACH_MAI.facility, BACH_MAI.facilityName, 'system/Encounter.rs'),
  );
  const refused = await few.send(
    'POST',
    '',
    transaction(
      ['PUT', `Patient/${ids['Mai']}`, { resourceType: 'Patient', id: ids['Mai'], name: [{ text: 'X' }] }],
      ['POST', 'Observation', about('Lan')],
    ) as never,
  );
  assert.equal(refused.status, 403, refused.text);
  assert.deepEqual(
    await logged(refused),
    ['Lan', 'Mai'].map((name) => `transaction Bundle denied ${ids[name]}`).sort(),
  );

  const single = await world.as('bm.receptionist').send('POST', '/Observation', about('Lan') as never);
  assert.equal(single.status, 403, single.text);
  assert.deepEqual(await logged(single), [`create Observation denied ${ids['Lan']}`]);
  const nobodys = await world
    .as('bm.receptionist')
    .send('POST', '/Observation', { ...about('Lan'), subject: { reference: 'Patient/nobody' } } as never);
  assert.deepEqual(await logged(nobodys), ['create Observation denied']);
});

test('a refused write stands in the log of whom its condition or its references name', async () => {
  const receptionist = world.as('bm.receptionist');
  const byCondition = await receptionist.send(
    'DELETE',
    `/Observation?subject=Patient/${ids['Lan']}`,
    undefined,
  );
  assert.equal(byCondition.status, 403, byCondition.text);
  assert.deepEqual(await logged(byCondition), [`delete Observation denied ${ids['Lan']}`]);
  const list = await receptionist.send('POST', '/List', {
    resourceType: 'List',
    status: 'current',
    mode: 'working',
    entry: [{ item: { reference: `Observation/${ids.observation}` } }],
  } as never);
  assert.equal(list.status, 403, list.text);
  assert.deepEqual(await logged(list), [`create List denied ${ids['Cúc']}`]);
});

test('to search by an id, or for several patients, is told to whom it is closed, as a read of it is', async () => {
  const software = world.as('bm.system');
  const own = await software.send('POST', '/Patient', {
    resourceType: 'Patient',
    name: [{ text: 'Hoa' }],
  } as never);
  const mine = await software.send('POST', '/Observation', {
    ...about('Cúc'),
    subject: { reference: `Patient/${own.body.id}` },
  } as never);
  const success = (target: string, ...whose: string[]) => [`search ${target} success`, ...whose].join(' ');
  for (const [query, rows] of [
    [`_id=${ids.observation}`, [`search Observation denied ${ids['Cúc']}`]],
    [`_id=${ids.observation}&_summary=count`, [`search Observation denied ${ids['Cúc']}`]],
    [
      `_id=${mine.body.id},${ids.observation}`,
      [`search Observation denied ${ids['Cúc']}`, success('Observation', own.body.id!)],
    ],
    [`_id=${mine.body.id}&status=amended`, [success('Observation')]],
    ['_id=nobody', [success('Observation')]],
    [
      `patient=Patient/${own.body.id},Patient/${ids['Lan']}`,
      [`search Observation denied ${ids['Lan']}`, success('Observation', own.body.id!)],
    ],
  ] as const) {
    const answer = await software.get(`/Observation?${query}`);
    assert.equal(answer.status, 200, answer.text);
    assert.deepEqual(await logged(answer), [...rows].sort(), query);
  }
  const refused = await world.as('bm.receptionist').get(`/Observation?_id=${ids.observation}`);
  assert.equal(refused.status, 403);
  assert.deepEqual(await logged(refused), [`search Observation denied ${ids['Cúc']}`]);
});

test('to search by what refers to something of somebody’s is told to whom it is closed, however it is named', async () => {
  const software = world.as('bm.system');
  const [cuc, e, o] = [ids['Cúc']!, ids.encounter!, ids.observation!];
  const denied = (target: string, whose = cuc) => `search ${target} denied ${whose}`;
  for (const [path, row] of [
    [`/Observation?encounter=Encounter/${e}`, denied('Observation')],
    [`/Observation?encounter=${e}&_summary=count`, denied('Observation')],
    [`/Encounter/${e}/Observation`, denied('Observation')],
    [`/Observation?encounter:Encounter._id=${e}`, denied('Observation')],
    [`/Observation?subject:Patient._id=${cuc}`, denied('Observation')],
    [`/Observation?performer=Patient/${cuc}`, denied('Observation')],
    [`/Encounter?_has:Observation:encounter:_id=${o}`, denied('Encounter')],
    [`/DiagnosticReport?result=Observation/${o},Observation/nobody`, denied('DiagnosticReport')],
    [`/?_type=Observation&_id=${o}`, denied('Observation')],
    ['/Observation?encounter=Encounter/nobody', 'search Observation success'],
  ] as const) {
    const answer = await software.get(path);
    assert.equal(answer.status, 200, answer.text);
    assert.equal(answer.body.entry, undefined, path);
    assert.deepEqual(await logged(answer), [row], path);
  }
  const refused = await world.as('bm.receptionist').get(`/Observation?encounter=Encounter/${e}`);
  assert.equal(refused.status, 403);
  assert.deepEqual(await logged(refused), [denied('Observation')]);
});

test('who names a record that is open to them is not told to have been refused it, beside a patient’s either', async () => {
  const software = world.as('bm.system');
  const path = `/Patient/${ids['Cúc']}/$open`;
  const purpose = { name: 'purpose', valueCoding: { code: 'TREAT' } };
  const opened = await software.send('POST', path, {
    resourceType: 'Parameters',
    parameter: [purpose],
  } as never);
  assert.equal(opened.status, 200, opened.text);
  for (const query of [`_id=${ids.observation}`, `encounter=Encounter/${ids.encounter}`]) {
    const answer = await software.get(`/Observation?patient=Patient/${ids['Lan']}&${query}`);
    assert.deepEqual(await logged(answer), [`search Observation denied ${ids['Lan']}`], query);
  }
});

test('to search by somebody’s number is told to whom it finds closed, and to nobody else', async () => {
  const [number, card] = ['027163999077', 'GD4797931234567'];
  const cr = world.as('cr.system');
  const made = await cr.send('POST', '/Patient', {
    resourceType: 'Patient',
    identifier: [
      { system: PERSON, value: number },
      { system: INSURANCE, value: card },
    ],
    name: [{ text: 'Đỗ Thị Sen' }],
    birthDate: '1980-01-01',
  } as never);
  const whose = made.body.id!;
  const seen = { resourceType: 'Observation', status: 'final', code: { text: 'Mạch' } };
  await cr.send('POST', '/Observation', { ...seen, subject: { reference: `Patient/${whose}` } } as never);
  const software = world.as('bm.system');
  const own = await software.send('POST', '/Patient', {
    resourceType: 'Patient',
    identifier: [{ system: PERSON, value: '027163999066' }],
    name: [{ text: 'Hoa' }],
    birthDate: '1990-01-01',
  } as never);
  const mine = own.body.id!;
  const search = (type: string, ...rows: string[]) => rows.map((row) => `search ${type} ${row}`);
  const asked = (who: 'bm' | 'cr') =>
    [
      [`/Patient?identifier=${PERSON}|${number}`, 'Patient'],
      [`/Patient?identifier=${number}`, 'Patient'],
      [`/Patient?identifier=${PERSON}|${number}&_summary=count`, 'Patient'],
      [`/Patient?identifier=${INSURANCE}|${card}`, 'Patient'],
      [`/Observation?patient.identifier=${PERSON}|${number}`, 'Observation'],
      [`/Observation?subject:Patient.identifier=${PERSON}|${number}`, 'Observation'],
    ].map(async ([path, type]) => {
      const answer = await world.as(`${who}.system`).get(path!);
      assert.equal(answer.status, 200, answer.text);
      return { path, type: type!, rows: await logged(answer), count: answer.body.entry?.length ?? 0 };
    });
  for (const { path, type, rows, count } of await Promise.all(asked('bm'))) {
    assert.equal(count, 0, path);
    assert.deepEqual(rows, search(type, `denied ${whose}`), path);
  }
  for (const { path, rows } of await Promise.all(asked('cr')))
    assert.ok(!rows.some((row) => row.includes('denied')), `${path}: ${rows.join()}`);
  for (const [query, ...rows] of [
    [`identifier=${PERSON}|027163999055`, 'success'],
    [`identifier=urn:ma-so|${number}`, 'success'],
    [`identifier:not=${PERSON}|${number}&birthdate=1970-01-01`, 'success'],
    [`identifier=${PERSON}|027163999066&birthdate=1970-01-01`, 'success'],
    [`identifier=${PERSON}|027163999066,${PERSON}|${number}`, `denied ${whose}`, `success ${mine}`],
  ] as const) {
    const answer = await software.get(`/Patient?${query}`);
    assert.deepEqual(await logged(answer), search('Patient', ...rows), query);
  }
  const purpose = { name: 'purpose', valueCoding: { code: 'TREAT' } };
  const opened = { resourceType: 'Parameters', parameter: [purpose] };
  assert.equal((await software.send('POST', `/Patient/${whose}/$open`, opened as never)).status, 200);
  const open = await software.get(`/Patient?identifier=${PERSON}|${number}`);
  assert.deepEqual(await logged(open), search('Patient', `success ${whose}`));
  const other = await software.get(`/Patient?identifier=${PERSON}|${number}&birthdate=1970-01-01`);
  assert.deepEqual(await logged(other), search('Patient', 'success'), 'it is open, and does not match');
});

test('who asks for the access log of somebody, and may not, stands in it', async () => {
  await world.as('cr.system').send('POST', '/Patient', {
    resourceType: 'Patient',
    identifier: [{ system: PERSON, value: '027163999088' }],
    name: [{ text: 'Người Khác' }],
  } as never);
  const citizen = await world.citizen('027163999088', 'Người Khác');
  for (const [who, row] of [
    [citizen, 'search AuditEvent denied'],
    [world.as('bm.receptionist'), 'read AuditEvent denied'],
  ] as const)
    assert.deepEqual(await logged(await who.get(`/AuditEvent?patient=Patient/${ids['Lan']}`)), [
      `${row} ${ids['Lan']}`,
    ]);
  const [own] = (await citizen.get('/AuditEvent?_count=1')).body.entry!;
  const versions = ['', '/_history/1', '/_history/2'].map((of) =>
    citizen.get(`/AuditEvent/${own!.resource!.id}${of}`),
  );
  assert.deepEqual(
    (await Promise.all(versions)).map(({ status }) => status),
    [200, 200, 404],
    'of one’s own entries there is the one version',
  );
});
