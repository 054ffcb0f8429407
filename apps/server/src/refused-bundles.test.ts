import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { BACH_MAI, twoHospitals, type TwoHospitals } from './testing/two-hospitals.ts';
import { fhirClient } from './testing/fhir-client.ts';

/** What a refusal before anything is looked up says in the access log: in those persons' that were named. */
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
