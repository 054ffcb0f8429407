import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { PERSON } from '@yba/vietnam';
import { testRepository } from '../testing.ts';
import type { TestRepository } from '../testing.ts';
import { A, idsOf, number, patient, sendTo, strict, visit } from '../testing/visits.ts';

let store: TestRepository;
const send = sendTo(() => store);

before(async () => (store = await testRepository()));
after(() => store.close());

test('pages follow each other without loss or repeat', async () => {
  const [patientId] = await idsOf(await send(visit(number(), 'LK20')));
  for (let n = 0; n < 25; n++) {
    await store.repository.create(A, {
      resourceType: 'Observation',
      status: 'final',
      code: { text: 'n' },
      subject: { reference: `Patient/${patientId}` },
      effectiveDateTime: n < 12 ? '2026-10-01' : `2026-10-${String(n).padStart(2, '0')}`,
    });
  }
  for (const extra of ['', '&_sort=status', '&_sort=-_lastUpdated', '&_sort=date']) {
    const seen: string[] = [];
    let query: string | undefined = `patient=${patientId}&_count=7${extra}`;
    while (query) {
      const page = await store.repository.search(A, 'Observation', new URLSearchParams(query), strict);
      seen.push(...page.entries.map(({ fullUrl }) => fullUrl));
      query = page.next?.split('?')[1];
    }
    assert.equal(seen.length, 26, extra);
    assert.equal(new Set(seen).size, 26, extra);
  }
});

test('chains, _has, _include and _revinclude follow references', async () => {
  const cccd = number();
  const [patientId, encounterId, observationId] = await idsOf(await send(visit(cccd, 'LK21')));
  const found = async (type: string, query: string) => {
    const page = await store.repository.search(A, type, new URLSearchParams(query), strict);
    return page.entries.map(({ fullUrl }) => fullUrl.split('/').at(-1));
  };
  assert.deepEqual(await found('Observation', `subject:Patient.identifier=${PERSON}|${cccd}`), [
    observationId,
  ]);
  assert.deepEqual(await found('Patient', `_has:Observation:patient:code=HBA1C&identifier=${cccd}`), [
    patientId,
  ]);
  assert.deepEqual(
    (
      await found(
        'Observation',
        `_id=${observationId}&_include=Observation:encounter&_include=Observation:subject`,
      )
    ).sort(),
    [observationId, encounterId, patientId].sort(),
  );
  assert.deepEqual(
    (await found('Patient', `_id=${patientId}&_revinclude=Encounter:patient`)).sort(),
    [patientId, encounterId].sort(),
  );
});

test('names are found without tones, with old or new spelling', async () => {
  const { id } = await store.repository.create(
    A,
    patient(number(), { name: [{ text: 'Đặng Thị Hoà', family: 'Đặng', given: ['Thị', 'Hoà'] }] }),
  );
  for (const name of ['dang', 'Hoà', 'hòa', 'HOA', 'Đặng']) {
    const page = await store.repository.search(A, 'Patient', new URLSearchParams({ name }), strict);
    assert.ok(
      page.entries.some(({ fullUrl }) => fullUrl.endsWith(id)),
      name,
    );
  }
});
