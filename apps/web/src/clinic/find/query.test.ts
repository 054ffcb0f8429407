import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findQuery, paperNumber, shareCode } from './query.ts';

test('understands the QR text of a citizen card, with name, birth date and sex', () => {
  const query = findQuery('027163000001||Nguyễn Thị Hạnh|14031963|Nữ|Võ Cường, Bắc Ninh|01072021');
  assert.equal(query?.kind, 'citizen-card');
  assert.equal(query.complete, true);
  assert.equal(query.patient.identifier?.[0]?.value, '027163000001');
  assert.equal(query.patient.birthDate, '1963-03-14');
  assert.equal(query.patient.gender, 'female');
});

test('understands a person number typed with spaces, and an insurance card or number', () => {
  assert.equal(findQuery('027 163 000 001')?.patient.identifier?.[0]?.value, '027163000001');
  assert.equal(findQuery('GD4270000000001')?.kind, 'insurance-number');
  assert.equal(findQuery('0000000001')?.patient.identifier?.[0]?.system, 'https://yba.vn/fhir/sid/bhyt');
});

test('takes a name with a birth date or year at its end, and waits for Enter', () => {
  const query = findQuery('Nguyễn Thị Hạnh 14/3/1963');
  assert.equal(query?.kind, 'name');
  assert.equal(query.complete, false);
  assert.equal(query.patient.birthDate, '1963-03-14');
  assert.equal(findQuery('Nguyễn Thị Hạnh 1963')?.patient.birthDate, '1963');
});

test('asks nothing for a text too short, or a QR that is no card', () => {
  for (const text of ['', 'Hạ', '0271', 'a|b|c']) assert.equal(findQuery(text), undefined, text);
});

test('a share code is known as it is scanned or typed, and a name is none', () => {
  assert.equal(shareCode('yba-share:4k7pq-2m9xz'), '4K7PQ-2M9XZ');
  assert.equal(shareCode(' 4k7pq-2m9xz '), '4K7PQ-2M9XZ');
  assert.equal(shareCode('yba-share:4K7PQ2M9XZ'), '4K7PQ-2M9XZ');
  for (const other of ['Hoang-Duong', '012345678901', '4K7PQ2M9XZ', ''])
    assert.equal(shareCode(other), undefined, other);
});

test('the number of a paper is known as it is typed, and as its code is scanned', () => {
  assert.equal(paperNumber(' 27105-2026-000001'), '27105-2026-000001');
  const code = 'https://yba.vn/clinic/referrals?paper=01a05-2026-000012';
  assert.equal(paperNumber(code), '01A05-2026-000012');
  for (const other of ['27105-2026-01', '4K7PQ-2M9XZ', '027163000001', ''])
    assert.equal(paperNumber(other), undefined, other);
});
