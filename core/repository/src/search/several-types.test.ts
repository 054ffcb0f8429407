import assert from 'node:assert/strict';
import { test } from 'node:test';
import { A, B, fault, idsOf, filledStore } from './testing/searches.ts';

const { store, search, ids } = filledStore();

test('searches several types by the parameters they have in common', async () => {
  const types = '_type=Observation,Encounter';
  assert.deepEqual(await ids(A, undefined, `${types}&patient=Patient/p1`), ['e1', 'o1', 'wide']);
  assert.deepEqual(await ids(A, undefined, `patient=p1&date=2026-03&${types}`), ['o1']);
  assert.deepEqual(await ids(A, undefined, `${types}&status=finished,final&patient=p2`), ['o2']);
  assert.deepEqual(await ids(A, undefined, `${types}&status:not=final`), ['e1']);
  assert.deepEqual(await ids(A, undefined, `${types}&patient.name=hoa&date:missing=true`), ['e1']);
  assert.deepEqual(await ids(A, undefined, `${types}&subject:Patient.gender=male`), ['o2']);
  assert.deepEqual(await ids(A, undefined, '_type=Patient,Practitioner&name=lan'), ['d1']);
  assert.deepEqual(await ids(A, undefined, '_type=Patient,Observation&_list=l1'), ['p2']);
  assert.deepEqual(await ids(A, undefined, '_list=l1'), ['p2']);
  const counted = await search(A, undefined, `${types}&patient=p1&_summary=count`);
  assert.equal(counted.total, 3);
  assert.match(counted.self, /^\?_type=Observation%2CEncounter&patient=p1/);
  // a chart of another facility is not seen this way either
  assert.deepEqual(await ids(B, undefined, `${types}&patient=Patient/p1`), []);
});

test('a parameter that one of several types lacks, or has of another kind, is refused, or named when that is asked for', async () => {
  assert.match(
    await fault(search(A, undefined, '_type=Patient,Observation&code=2345-7')),
    /^invalid code: .*Patient has no search parameter 'code'\. A search over several types takes what all/,
  );
  assert.match(
    await fault(search(A, undefined, '_type=Patient,Observation&_sort=-date')),
    /^invalid _sort: .*Patient has no search parameter 'date'/,
  );
  assert.match(
    await fault(search(A, undefined, '_type=Condition,Observation,MedicinalProductManufactured&patient=p1')),
    /MedicinalProductManufactured has no search parameter 'patient'/,
  );
  assert.match(
    await fault(search(A, undefined, '_type=ActivityDefinition,Appointment&date=2026')),
    /^no fault$/,
  );
  assert.match(await fault(search(A, undefined, '_type=Endpoint,Questionnaire&name=a')), /^no fault$/);
  assert.match(
    await fault(search(A, undefined, '_type=Patient,Questionnaire&name=a')),
    /'name' is not of one kind in Patient, Questionnaire/,
  );
  assert.match(await fault(search(A, undefined, 'code=1')), /Name the types \(_type\)/);
  assert.match(await fault(search(A, undefined, '_type=Patient&_type=Observation')), /may be given once/);
  const query = new URLSearchParams('_type=Patient,Observation&code=2345-7&_id=o1,p1');
  const page = await store().repository.search(A, undefined, query, { handling: 'lenient' });
  assert.deepEqual(idsOf(page).sort(), ['o1', 'p1']);
  assert.equal(page.self, '?_type=Patient%2CObservation&_id=o1%2Cp1');
  assert.match(page.entries.find(({ mode }) => mode === 'outcome')!.text!, /“code” is not known/);
});
