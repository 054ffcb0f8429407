import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { ICD10_VN } from '@yba/vietnam';
import { aDossier, anEnvelope } from '@yba/vietnam/testing';
import { checkFile } from '../check.ts';
import { reportHtml } from '../report/html.ts';
import { reportParameters } from '../report/parameters.ts';
import { reportOn } from '../report/report.ts';
import { reportText } from '../report/text.ts';
import { readLists } from './read-lists.ts';

const folder = mkdtempSync(join(tmpdir(), 'yba-lists-'));
after(() => rmSync(folder, { recursive: true }));

const dossier = (fields: Record<string, string>) => {
  const made = aDossier({ seed: 3, facility: '27001' });
  Object.assign(made.tables['XML1']![0]!, { MA_BENH_CHINH: 'J18.9', MA_BENH_KT: '', ...fields });
  for (const row of made.tables['XML3'] ?? []) row['MA_BENH'] = '';
  return { name: 'x', bytes: Buffer.from(anEnvelope([made])) };
};
const end = aDossier({ seed: 3, facility: '27001' }).tables['XML1']![0]!['NGAY_RA']!.slice(0, 8);

test('a list that is not there is named in every form of the report, never passed over', async () => {
  const file = await checkFile(dossier({}));
  const ids = file.unchecked.map(({ id }) => id);
  for (const id of ['icd-10-vn', 'drug', 'service']) assert.ok(ids.includes(id), `${id} in ${ids.join()}`);
  const report = reportOn([file]);
  for (const [language, words] of [
    ['vi', /ICD-10 Việt Nam \(Thông tư 06\/2026/],
    ['en', /ICD-10 of Viet Nam \(Thông tư 06\/2026/],
  ] as const) {
    assert.match(reportText(report, language), words);
    assert.match(
      reportHtml(report, language),
      /ICD-10 Việt Nam[\s\S]*ICD-10 of Viet Nam|ICD-10 of Viet Nam[\s\S]*ICD-10 Việt Nam/,
    );
  }
  const told = reportParameters(report).parameter.filter(({ name }) => name === 'unchecked');
  assert.ok(told.length >= 3);
});

test('codes are checked against the lists an operator has: missing, ended, headings, principal, sex', async () => {
  writeFileSync(
    join(folder, 'icd-10-vn.csv'),
    `code,valid_from,valid_to,not_principal,heading,sex\nJ18.9,,,,,\n"I10",,,,,\nA00,,,,1,\nE11,,${Number(end) - 1},,,\nU99,${Number(end) + 1},,,,\nB95.0,,,x,,\nN60,,,,,female\n`,
  );
  const lists = readLists(folder);
  const rules = async (fields: Record<string, string>) => {
    const { findings, unchecked } = await checkFile(dossier(fields), { lists });
    assert.ok(!unchecked.some(({ id }) => id === 'icd-10-vn'));
    return findings
      .filter(({ rule }) => /^code|^xml-icd/.test(rule))
      .map(({ rule, path }) => `${rule} ${path}`);
  };
  assert.deepEqual(await rules({ MA_BENH_KT: 'I10' }), []);
  assert.deepEqual(await rules({ MA_BENH_KT: 'I10;Z99.9' }), ['code-list XML1.MA_BENH_KT']);
  assert.deepEqual(await rules({ MA_BENH_CHINH: 'E11' }), ['code-list XML1.MA_BENH_CHINH'], 'ended');
  assert.deepEqual(await rules({ MA_BENH_KT: 'U99' }), ['code-list XML1.MA_BENH_KT'], 'not yet');
  assert.deepEqual(await rules({ MA_BENH_CHINH: 'A00' }), ['code-list XML1.MA_BENH_CHINH'], 'a heading');
  assert.deepEqual(await rules({ MA_BENH_CHINH: 'B95.0' }), ['xml-icd-principal XML1.MA_BENH_CHINH']);
  assert.deepEqual(await rules({ MA_BENH_CHINH: 'N60', GIOI_TINH: '1', SO_CCCD: '' }), [
    'xml-icd-sex XML1.MA_BENH_CHINH',
  ]);
  const condition = {
    resourceType: 'Condition',
    subject: { reference: 'Patient/1' },
    code: { coding: [{ system: ICD10_VN, code: 'Z99.9' }] },
  };
  const { findings } = await checkFile(
    { name: 'c', bytes: Buffer.from(JSON.stringify(condition)) },
    { lists },
  );
  assert.ok(
    findings.some(({ rule, path }) => rule === 'code-list' && path === 'Condition.code.coding[0].code'),
  );
});

test('lists come as a FHIR CodeSystem too, and a file that is no list is refused by name', () => {
  writeFileSync(
    join(folder, 'drug.json'),
    JSON.stringify({ resourceType: 'CodeSystem', concept: [{ code: '40', concept: [{ code: '40.17' }] }] }),
  );
  assert.deepEqual([...readLists(folder).get('drug')!.codes.keys()].sort(), ['40', '40.17']);
  writeFileSync(join(folder, 'service.csv'), 'ma,ten\n1,x\n');
  assert.throws(() => readLists(folder), /service\.csv: .*code/);
  assert.equal(readLists(join(folder, 'nowhere')).size, 0);
});
