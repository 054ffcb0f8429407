import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Observation } from '../../fhir/types.ts';
import { gridOf, seriesOf } from './results.ts';

let number = 0;

function aResult(
  code: string,
  day: string,
  facility: string,
  value: number,
  more: Partial<Observation> = {},
): Observation {
  number += 1;
  return {
    resourceType: 'Observation',
    id: `o${number}`,
    meta: { source: `https://yba.vn/fhir/facility/${facility}` },
    status: 'final',
    code: { coding: [{ system: 'https://yba.vn/fhir/CodeSystem/test', code }], text: code },
    effectiveDateTime: `${day}T07:30:00+07:00`,
    valueQuantity: { value, unit: 'mmol/L' },
    referenceRange: [{ low: { value: 3.5 }, high: { value: 5.1 } }],
    ...more,
  };
}

test('puts the same test of two hospitals into one row, oldest first', () => {
  const series = seriesOf([aResult('K', '2026-11-03', '27001', 5.6), aResult('K', '2026-08-16', '01901', 5)]);
  assert.equal(series.length, 1);
  assert.deepEqual(
    series[0]?.values.map(({ text, facility }) => [text, facility]),
    [
      ['5', '01901'],
      ['5.6', '27001'],
    ],
  );
});

test('marks high and low by the laboratory’s word first, else by the reference range', () => {
  const danger = aResult('K', '2026-11-03', '27001', 6.7, { interpretation: [{ coding: [{ code: 'HH' }] }] });
  const flags = (one: Observation) => seriesOf([one])[0]?.values[0]?.flag;
  assert.equal(flags(danger), 'danger-high');
  assert.equal(flags(aResult('K', '2026-11-03', '27001', 5.6)), 'high');
  assert.equal(flags(aResult('K', '2026-11-03', '27001', 3)), 'low');
  assert.equal(flags(aResult('K', '2026-11-03', '27001', 4)), undefined);
});

test('makes blood pressure two rows, and leaves out what was entered in error', () => {
  const pressure = aResult('BP', '2026-11-03', '27001', 0, {
    component: [
      { code: { text: 'Huyết áp tâm thu' }, valueQuantity: { value: 134, unit: 'mmHg' } },
      { code: { text: 'Huyết áp tâm trương' }, valueQuantity: { value: 80, unit: 'mmHg' } },
    ],
  });
  assert.deepEqual(
    seriesOf([pressure]).map((one) => one.values[0]?.text),
    ['134', '80'],
  );
  assert.equal(seriesOf([aResult('K', '2026-11-03', '27001', 4, { status: 'entered-in-error' })]).length, 0);
});

test('keeps the digits that the laboratory wrote', () => {
  const [series] = seriesOf([
    aResult('K', '2026-11-03', '27001', 5, { valueQuantity: { value: 5, digits: '5.0', unit: 'mmol/L' } }),
  ]);
  assert.equal(series?.values[0]?.text, '5.0');
});

test('chooses the newest day and days of full examinations, not each daily check in hospital', () => {
  const full = (day: string) =>
    ['K', 'NA', 'CREA', 'GLU', 'HBA1C'].map((code) => aResult(code, day, '01901', 4));
  const checks = ['2026-03-22', '2026-03-23', '2026-03-24'].map((day) => aResult('K', day, '19001', 4));
  const grid = gridOf(
    seriesOf([
      ...full('2026-02-17'),
      ...checks,
      ...full('2026-05-19'),
      aResult('K', '2026-11-03', '27001', 5),
    ]),
    3,
  );
  assert.deepEqual(
    grid.columns.map((column) => column.day),
    ['2026-02-17', '2026-05-19', '2026-11-03'],
  );
});
