import assert from 'node:assert/strict';
import { test } from 'node:test';
import { draftOf, icdCode, missingIn, withDiagnosis } from './draft.ts';

globalThis.localStorage ??= { getItem: () => null } as unknown as Storage;

const empty = draftOf({
  encounter: undefined,
  diagnoses: [],
  signs: '',
  course: '',
  results: '',
  treatment: '',
  packet: [],
});

test('an ICD-10 code is taken as it is typed, and nothing else is', () => {
  assert.equal(icdCode(' i21.0 '), 'I21.0');
  assert.equal(icdCode('E11'), 'E11');
  assert.equal(icdCode('nhồi máu'), undefined);
  assert.equal(icdCode('I21.'), undefined);
});

test('a diagnosis the record does not hold is the main one when there is none, else goes beside it', () => {
  assert.ok(missingIn(empty, '27001').includes('main'));
  const one = withDiagnosis(empty, { code: 'I21.0', display: 'Nhồi máu cơ tim cấp' });
  assert.equal(one.main, 'I21.0');
  assert.ok(!missingIn(one, '27001').includes('main'));
  const two = withDiagnosis(one, { code: 'E11.9', display: 'Đái tháo đường típ 2' });
  assert.deepEqual([two.main, two.others], ['I21.0', ['E11.9']]);
  assert.equal(withDiagnosis(two, { code: 'E11.9', display: 'ĐTĐ típ 2' }).diagnoses.length, 2);
});
