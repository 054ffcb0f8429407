import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { erase, scanForTraces } from '@yba/repository';
import { PERSON } from '@yba/vietnam';
import { eraseElsewhere } from './commands/admin/erase-elsewhere.ts';
import { twoHospitals, type TwoHospitals } from './testing/two-hospitals.ts';

/** What an erasure by order of the law leaves of a person in the whole platform. */
const NUMBER = '027163999077';
const PHONE = '0912000077';

let world: TwoHospitals;
let patient: string;

before(async () => {
  world = await twoHospitals([
    ['cr.doctor', 'doctor'],
    ['cr.nurse', 'nurse'],
  ]);
  const made = await world.as('bm.system').send('POST', '/Patient', {
    resourceType: 'Patient',
    identifier: [{ system: PERSON, value: NUMBER }],
    telecom: [{ system: 'phone', value: PHONE }],
    name: [{ text: 'Trịnh Thị Kim Liên' }],
    birthDate: '1985-03-02',
  } as never);
  patient = made.body.id!;
  await world.citizen(NUMBER, 'Trịnh Thị Kim Liên');
});
after(() => world.stop());

const parameters = (...parameter: object[]) => ({ resourceType: 'Parameters', parameter });

test('words that were typed about a person go where they hold a number; who opened the record, when, stays, and so do the proofs', async () => {
  const citizen = world.as('Trịnh Thị Kim Liên');
  for (const [who, code, reason] of [
    ['cr.doctor', 'TREAT', `khám cho người số ${NUMBER}`],
    ['cr.doctor', 'ETREAT', `cấp cứu, gọi ${PHONE}`],
    ['cr.nurse', 'TREAT', 'thay băng'],
  ] as const) {
    const opened = await world
      .as(who)
      .send(
        'POST',
        `/Patient/${patient}/$open`,
        parameters(
          { name: 'purpose', valueCoding: { code } },
          { name: 'reason', valueString: reason },
        ) as never,
      );
    assert.equal(opened.status, 200, opened.text);
  }
  const link = await citizen.send(
    'POST',
    `/Patient/${patient}/$health-link`,
    parameters({ name: 'passcode', valueString: '482913' }) as never,
  );
  assert.equal(link.status, 201, link.text);
  await world.server.platform.seal();
  const looks = async () => {
    const { body } = await citizen.get('/AuditEvent?_count=100');
    return (body.entry ?? []).flatMap(({ resource }) =>
      JSON.stringify(resource).includes('cr.doctor') || JSON.stringify(resource).includes('cr.nurse')
        ? [resource!.id!]
        : [],
    );
  };
  const before = await looks();
  assert.ok(before.length >= 3);

  const { traces } = await erase(
    world.owner,
    { personOf: patient },
    { by: 'Tòa án', reason: 'Quyết định 12/2026', also: eraseElsewhere },
  );
  assert.deepEqual(new Set(traces), new Set([NUMBER, PHONE]));
  assert.deepEqual(await scanForTraces(world.owner, traces, { progress: () => {} }), []);
  const openings = await world.owner<{ reason: string }[]>`select reason from opening order by since`;
  assert.deepEqual(
    openings.map(({ reason }) => reason.includes('erased by order')),
    [true, true, false],
    'who opened it stays, and words without a number',
  );
  const [summaries] = await world.owner`select count(*)::int as count from health_link`;
  assert.equal(summaries!.count, 0);
  assert.deepEqual(new Set(before).difference(new Set(await looks())), new Set(), 'every look stays');
  for (const id of before)
    assert.equal((await citizen.get(`/AuditEvent/${id}/$inclusion-proof`)).status, 200, id);
});
