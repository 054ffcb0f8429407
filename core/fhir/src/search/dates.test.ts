import assert from 'node:assert/strict';
import { test } from 'node:test';
import { occurredRange, type Resource } from '../index.ts';
import { parse, patient, table } from './testing/finding.ts';

test('finds dates by the precision given on both sides, in Vietnamese time when none is given', () => {
  table(
    patient,
    [
      'birthdate=1987-03',
      'birthdate=1987',
      'birthdate=ge1987-03',
      'birthdate=gt1987-02',
      'birthdate=lt1987-04',
      'birthdate=le1987-03',
      'birthdate=sa1987-02',
      'birthdate=eb1987-04',
      'birthdate=ne1987-04',
      'birthdate=ap1987-03',
      '_lastUpdated=2025-06-30',
      '_lastUpdated=2025-06-30T15:00:00 07:00',
    ],
    [
      'birthdate=1987-03-15',
      'birthdate=gt1987-03',
      'birthdate=lt1987-03',
      'birthdate=sa1987-03',
      'birthdate=eb1987-03',
      'birthdate=ne1987',
      '_lastUpdated=2025-06-29',
    ],
  );
  const visit: Resource = {
    resourceType: 'Encounter',
    status: 'finished',
    class: { code: 'AMB' },
    period: { start: '2025-05-01T23:30:00+07:00' },
  };
  table(
    visit,
    ['date=ge2025', 'date=gt2030', 'date=le2025-05-02', 'date=ap2025-05-02'],
    ['date=2025-05-01', 'date=lt2025-05-01', 'date=le2025-05-01', 'date=eb2030'],
  );
});

test('an instant is a point in time, a dateTime of the same letters a whole second', () => {
  const recorded: Resource = { resourceType: 'AuditEvent', recorded: '2025-05-01T08:00:05Z' };
  const precise = { ...recorded, recorded: '2025-05-01T08:00:05.2Z' };
  const begun: Resource = { resourceType: 'Observation', effectiveDateTime: '2025-05-01T08:00:05Z' };
  const fraction = ['date=2025-05-01T08:00:05.000Z', 'date=eb2025-05-01T08:00:05.500Z'];
  const after = ['date=gt2025-05-01T08:00:05.500Z'];
  table(recorded, ['date=2025-05-01T08:00:05Z', 'date=2025-05-01', ...fraction], after);
  table(precise, ['date=2025-05-01T08:00:05.200Z', 'date=eb2025-05-01T08:00:05.250Z'], after);
  table(begun, ['date=2025-05-01T08:00:05Z', ...after], fraction);
});

test('says between which times the rows of a date filter lie', () => {
  const range = (query: string) => occurredRange('Observation', parse('Observation', query).filters[0]!);
  const day = 86_400_000;
  const [from, to] = [Date.parse('2024-02-29T17:00:00Z'), Date.parse('2024-03-31T17:00:00Z')];
  assert.deepEqual(range('date=2024-03'), { from, to, wide: false });
  assert.deepEqual(range('date=ge2024-03'), { from, to: Infinity, wide: true });
  assert.deepEqual(range('date=gt2024-03'), { from: to - day, to: Infinity, wide: true });
  assert.deepEqual(range('date=lt2024-03'), { from: -Infinity, to: from, wide: true });
  assert.deepEqual(range('date=2024-03,lt2024-03'), { from: -Infinity, to, wide: true });
  assert.equal(range('date=ne2024-03'), undefined);
  assert.equal(range('status=final'), undefined);
});
