import assert from 'node:assert/strict';
import { test } from 'node:test';
import { appointmentsOf } from './appointments.ts';
import { byDay, dayOf, daysBetween, weekday } from './dates.ts';
import { papersOf } from './documents.ts';
import type { Resource } from './fhir.ts';
import { medicinesOf, todaysSlots } from './medicines.ts';
import { personOf } from './person.ts';
import { placesOf } from './places.ts';
import { isEmpty, recordOf } from './record.ts';
import { resultDays, resultsOf } from './results.ts';
import { trendOf } from './trend.ts';
import { verdictOf } from './verdict.ts';
import { visitsOf } from './visits.ts';

const source = (code: string) => ({ source: `https://yba.vn/fhir/facility/${code}` });
const places = placesOf([
  {
    resourceType: 'Organization',
    id: 'o1',
    name: 'Bệnh viện Bạch Mai',
    identifier: [{ system: 'https://yba.vn/fhir/sid/facility', value: '01013' }],
  },
]);
const record = (...resources: (Resource & Record<string, unknown>)[]) => recordOf(resources);

const hba1c = (id: string, at: string, value: number, facility = '01013') => ({
  resourceType: 'Observation',
  id,
  meta: source(facility),
  category: [{ coding: [{ code: 'laboratory' }] }],
  code: { coding: [{ system: 'https://yba.vn/fhir/CodeSystem/test', code: 'HBA1C', display: 'HbA1c' }] },
  effectiveDateTime: at,
  valueQuantity: { value, unit: '%' },
  referenceRange: [{ high: { value: 7 } }],
});

test('greets an elderly woman as bà and a young man as anh, by the given name', () => {
  const patient = (birthDate: string, gender: string) => ({
    resourceType: 'Patient',
    birthDate,
    gender,
    name: [{ text: 'Nguyễn Thị Hạnh' }],
  });
  assert.deepEqual(
    [patient('1963-03-14', 'female'), patient('1996-12-01', 'male'), patient('2015-01-01', 'female')].map(
      (one) => personOf([one], '', '2026-11-23').you,
    ),
    ['ba', 'anh', 'ban'],
  );
  assert.equal(personOf([patient('1963-03-14', 'female')], '', '2026-11-23').givenName, 'Hạnh');
});

test('greets a person without a record by the name of the sign-in', () => {
  assert.deepEqual(personOf([], 'Trần Văn Lực', '2026-11-23'), {
    name: 'Trần Văn Lực',
    givenName: 'Lực',
    you: 'ban',
  });
});

test('shows days and times of Viet Nam whatever the zone of the instant', () => {
  assert.equal(dayOf('2026-11-22T18:30:00Z'), '2026-11-23');
  assert.equal(weekday('2026-11-23', 'vi'), 'Thứ Hai');
  assert.equal(daysBetween('2026-11-23', '2026-11-30'), 7);
  assert.deepEqual(
    byDay(['2026-11-22T18:30:00Z', '2026-11-23T02:00:00Z', '2026-11-01'], (at) => at).map(({ day }) => day),
    ['2026-11-23', '2026-11-01'],
  );
});

test('judges a value by its range and says when it is only slightly out', () => {
  const judge = (value: number, interpretation?: string) =>
    verdictOf({
      valueQuantity: { value },
      referenceRange: [{ low: { value: 4 }, high: { value: 10 } }],
      ...(interpretation && { interpretation: [{ coding: [{ code: interpretation }] }] }),
    });
  assert.deepEqual(
    [judge(5), judge(10.5), judge(14), judge(3.8), judge(2), judge(30, 'HH'), judge(10.4, 'H')],
    ['normal', 'slightlyHigh', 'high', 'slightlyLow', 'low', 'dangerHigh', 'slightlyHigh'],
  );
  assert.equal(verdictOf({ valueQuantity: { value: 5 } }), 'unknown');
});

test('lists results by day with the ones to ask about first', () => {
  const days = resultDays(
    resultsOf(
      record(hba1c('a', '2026-11-04T07:35:00+07:00', 6.1), hba1c('b', '2026-11-04T08:00:00+07:00', 7.2)),
      places,
    ),
  );
  assert.equal(days.length, 1);
  assert.deepEqual(
    days[0]!.results.map(({ id, verdict, place }) => [id, verdict, place]),
    [
      ['b', 'slightlyHigh', 'Bệnh viện Bạch Mai'],
      ['a', 'normal', 'Bệnh viện Bạch Mai'],
    ],
  );
});

test('keeps blood pressure one result with its two numbers and the worse verdict', () => {
  const [result] = resultsOf(
    record({
      resourceType: 'Observation',
      id: 'bp',
      category: [{ coding: [{ code: 'vital-signs' }] }],
      code: { text: 'Huyết áp' },
      effectiveDateTime: '2026-11-04T07:35:00+07:00',
      component: [
        { valueQuantity: { value: 152, unit: 'mmHg' }, referenceRange: [{ high: { value: 130 } }] },
        { valueQuantity: { value: 80, unit: 'mmHg' }, referenceRange: [{ high: { value: 85 } }] },
      ],
    }),
    places,
  );
  assert.deepEqual(
    [result?.text, result?.unit, result?.verdict, result?.kind],
    ['152/80', 'mmHg', 'high', 'vital'],
  );
});

test('says that a test is getting better over four values from two hospitals', () => {
  const all = resultsOf(
    record(
      hba1c('1', '2026-02-18', 8.4),
      hba1c('2', '2026-05-20', 7.9, '92001'),
      hba1c('3', '2026-08-17', 7.6),
      hba1c('4', '2026-11-04', 7.2, '92001'),
    ),
    places,
  );
  const trend = trendOf(all[0]!, all);
  assert.deepEqual(
    [trend.points.map(({ value }) => value), trend.course, trend.places],
    [[8.4, 7.9, 7.6, 7.2], 'better', 2],
  );
  assert.equal(trendOf(all.at(-1)!, all).course, 'first');
});

test('groups the medicines of today by the time of day they are taken', () => {
  const medicine = (id: string, dosageInstruction: unknown, more = {}) => ({
    resourceType: 'MedicationRequest',
    id,
    status: 'active',
    authoredOn: '2026-11-04',
    medicationCodeableConcept: { text: id },
    dosageInstruction: [dosageInstruction],
    ...more,
  });
  const all = medicinesOf(
    record(
      medicine('Metformin', { text: 'Uống sau ăn, sáng 1 viên, tối 1 viên' }),
      medicine('Insulin', { text: 'Tiêm 14 đơn vị trước khi đi ngủ' }),
      medicine('Losartan', {
        timing: { repeat: { when: ['MORN'] } },
        doseAndRate: [{ doseQuantity: { value: 1, unit: 'viên' } }],
      }),
      medicine(
        'Amoxicilin',
        { text: 'sáng' },
        { dispenseRequest: { expectedSupplyDuration: { value: 5, code: 'd' } } },
      ),
      medicine('Ibuprofen', { text: 'sáng' }, { reportedBoolean: true }),
      medicine('Vitamin', { timing: { repeat: { frequency: 1, period: 1, periodUnit: 'd' } } }),
    ),
    places,
    '2026-11-23',
  );
  assert.deepEqual(
    todaysSlots(all).map(({ slot, medicines }) => [slot, medicines.map(({ name }) => name)]),
    [
      ['morning', ['Losartan', 'Metformin']],
      ['evening', ['Metformin']],
      ['bedtime', ['Insulin']],
      ['asTold', ['Vitamin']],
    ],
  );
  const insulin = all.find(({ name }) => name === 'Insulin')!;
  assert.deepEqual([insulin.way, insulin.dose], ['inject', { value: 14, unit: 'đơn vị' }]);
  assert.equal(all.find(({ name }) => name === 'Amoxicilin')!.current, false);
});

test('tells a visit with its main diagnosis first and marks what is sensitive', () => {
  const [visit] = visitsOf(
    record(
      {
        resourceType: 'Encounter',
        id: 'e',
        meta: source('01013'),
        status: 'finished',
        class: { code: 'IMP' },
        period: { start: '2026-03-22T22:00:00+07:00' },
        reasonCode: [{ text: 'Ho kéo dài' }],
        diagnosis: [{ condition: { reference: 'Condition/c2' }, rank: 1 }],
      },
      { resourceType: 'Condition', id: 'c1', encounter: { reference: 'Encounter/e' }, code: { text: 'Sốt' } },
      {
        resourceType: 'Condition',
        id: 'c2',
        encounter: { reference: 'Encounter/e' },
        code: { text: 'Lao phổi' },
        meta: { security: [{ code: 'tuberculosis' }] },
      },
    ),
    places,
  );
  assert.deepEqual(
    [visit?.kind, visit?.place, visit?.reason, visit?.diagnoses],
    [
      'inpatient',
      'Bệnh viện Bạch Mai',
      'Ho kéo dài',
      [
        { name: 'Lao phổi', sensitive: true },
        { name: 'Sốt', sensitive: false },
      ],
    ],
  );
});

test('finds the next appointment that still stands', () => {
  const appointment = (id: string, start: string, status = 'booked') => ({
    resourceType: 'Appointment',
    id,
    start,
    status,
  });
  const next = appointmentsOf(
    record(
      appointment('past', '2026-11-01T01:30:00Z'),
      appointment('off', '2026-11-24T01:30:00Z', 'cancelled'),
      appointment('later', '2026-12-30T01:30:00Z'),
      appointment('next', '2026-11-30T01:30:00Z'),
    ),
    places,
    new Date('2026-11-23T02:00:00Z'),
  );
  assert.deepEqual(
    next.map(({ id }) => id),
    ['next', 'later'],
  );
});

test('lists documents and printed reports as papers, and leaves out what was withdrawn', () => {
  const all = record(
    {
      resourceType: 'DocumentReference',
      id: 'd',
      description: 'Giấy ra viện',
      date: '2026-11-04T07:35:00+07:00',
      content: [{ attachment: { contentType: 'application/pdf' } }],
    },
    { resourceType: 'DocumentReference', id: 'x', status: 'entered-in-error', content: [{}] },
    { resourceType: 'DiagnosticReport', id: 'r', code: { text: 'X-quang ngực' }, presentedForm: [{}] },
  );
  assert.deepEqual(
    papersOf(all, places).map(({ title }) => title),
    ['Giấy ra viện', 'X-quang ngực'],
  );
  assert.equal(isEmpty(all), false);
  assert.equal(isEmpty(record({ resourceType: 'Patient' })), true);
  assert.equal(isEmpty(recordOf([], ['Encounter'])), false);
});
