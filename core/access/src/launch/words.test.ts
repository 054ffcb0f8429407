import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readsInWords } from './words.ts';

const CATEGORY = 'http://terminology.hl7.org/CodeSystem/observation-category';

test('what an app may read is told in plain words, a filter too', () => {
  const said = (scope: string) => readsInWords(scope.split(' '), 'vi');
  assert.deepEqual(said('openid patient/Patient.rs patient/Immunization.r patient/Immunization.s'), [
    'Họ tên, ngày sinh, địa chỉ, số giấy tờ',
    'Tiêm chủng',
  ]);
  assert.deepEqual(said(`patient/Observation.rs?category=${CATEGORY}|laboratory,vital-signs`), [
    'Kết quả xét nghiệm và chỉ số (chỉ xét nghiệm, dấu hiệu sinh tồn)',
  ]);
  assert.deepEqual(said('patient/Observation.rs?category=laboratory&status=final'), [
    'Kết quả xét nghiệm và chỉ số (chỉ xét nghiệm; status=final)',
  ]);
  assert.deepEqual(said('patient/Observation.rs?category=https://his.vn/kinds|7'), [
    'Kết quả xét nghiệm và chỉ số (category=https://his.vn/kinds|7)',
  ]);
});

test('an app that may read nothing says so', () => {
  assert.deepEqual(readsInWords(['openid', 'fhirUser'], 'vi'), ['Bạn là ai; không đọc gì trong hồ sơ']);
  assert.deepEqual(readsInWords(['openid'], 'en'), ['Who you are; nothing of your record']);
});
