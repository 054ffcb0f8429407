import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { meaningOf, plainTest } from './explain.ts';
import { testsEn } from './tests-en.ts';
import { testsVi } from './tests-vi.ts';

test('every test that has Vietnamese words has the same kinds of English words', () => {
  const shape = (tests: Record<string, object>) =>
    Object.entries(tests).map(([key, words]) => [key, Object.keys(words).sort()]);
  assert.deepEqual(shape(testsEn), shape(testsVi));
});

test('finds the words by code, and by the name a laboratory gives', () => {
  assert.equal(plainTest('HBA1C', '', 'vi')?.name, 'Đường huyết trung bình 3 tháng (HbA1c)');
  assert.equal(plainTest('HbA1c', 'x', 'en')?.name, 'Average blood sugar over 3 months (HbA1c)');
  assert.equal(
    plainTest('22.0123', 'Định lượng Creatinin (máu)', 'vi')?.name,
    'Creatinin (sức lọc của thận)',
  );
  assert.equal(plainTest(undefined, 'LDL-C', 'vi')?.name, 'Mỡ xấu (LDL)');
  assert.equal(plainTest('ZZ', 'Xét nghiệm hiếm', 'vi'), undefined);
});

test('says what high and low mean, and nothing for a normal value', () => {
  const potassium = plainTest('K', 'Kali', 'en');
  assert.match(meaningOf(potassium, 'slightlyHigh') ?? '', /^High potassium/);
  assert.match(meaningOf(potassium, 'dangerLow') ?? '', /^Low potassium/);
  assert.equal(meaningOf(potassium, 'normal'), undefined);
});

test('speaks of nothing but the test: no code lists, no abbreviations left unexplained in the names', () => {
  for (const [key, { name, about }] of Object.entries(testsVi)) {
    assert.ok(name.length > 3 && about.endsWith('.'), key);
  }
});

test('has words for every test of the demonstration nation', () => {
  const catalogue = new URL(
    '../../../../../capabilities/demonstration/src/catalogue/tests.ts',
    import.meta.url,
  );
  const rows = [...readFileSync(catalogue, 'utf8').matchAll(/^ {2}\[\s*'([A-Z0-9]+)',\s*'([^']+)'/gm)];
  assert.ok(rows.length > 50);
  for (const [, code, name] of rows) assert.ok(plainTest(code, name!, 'vi'), `${code} ${name}`);
});
