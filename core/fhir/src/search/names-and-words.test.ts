import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Resource } from '../index.ts';
import { finds, patient, table } from './testing/finding.ts';

test('finds names without regard to case, tones, đ and the place of the tone mark, by the start of any word', () => {
  table(
    patient,
    [
      'name=nguyen',
      'name=NGUYỄN',
      'name=hoa',
      'name=hoà',
      'name=dan',
      'name=Đan',
      'name=hoa nguyen',
      'name=nguyen thi hoa dan',
      'name=tran van',
      'name=anh van',
      'name=tr',
      'family=ngu',
      'given=thi hòa',
      'name:exact=Đan',
      'name:contains=guy',
    ],
    ['name=guyen', 'name=nguyen nguyen', 'name=tran hoa', 'name:exact=dan', 'family=hoa', 'name=lan'],
  );
});

test('finds names however their marks are composed', () => {
  const decomposed: Resource = {
    resourceType: 'Patient',
    name: [{ text: 'Trần Thúy Hoà'.normalize('NFD') }],
  };
  table(
    decomposed,
    [
      'name=thuý hòa',
      `name=${'Thuý'.normalize('NFC')}`,
      'name=thuy hoa',
      'name=tran',
      `name:exact=${'Trần Thúy Hoà'.normalize('NFC')}`,
    ],
    ['name=thu hoan', 'name:exact=Tran Thuy Hoa', 'name:exact=trần thúy hoà'],
  );
});

test('spells y and i alike in names where both are in use, and nowhere else', () => {
  const of = (text: string): Resource => ({ resourceType: 'Patient', name: [{ text }] });
  table(of('Lý Mỹ Quý'), ['name=li', 'name=mi ly', 'name=quí', 'name=Lí Mĩ'], ['name=lyn']);
  table(of('Nguyễn Thị Thy'), ['name=thy', 'name=thi thy'], ['name=thi thi', 'name=thy thy']);
});

test('finds words of the narrative and of the whole content, with and without marks, side by side in quotation marks', () => {
  const note: Resource = {
    resourceType: 'Observation',
    status: 'final',
    code: { text: 'Đường huyết' },
    text: { status: 'generated', div: '<div><p>Bệnh nhân kho&#x301; thở,</p>hoà nhập &amp; ổn định</div>' },
  };
  table(
    note,
    [
      '_text=benh',
      '_text=bệnh',
      '_text=BỆNH nhân',
      '_text="bệnh nhân"',
      '_text="nhan benh",dinh',
      '_text=hòa',
      '_content=duong',
      '_content="đường huyết"',
      '_content=final',
      '_text:missing=false',
    ],
    [
      '_text=bênh',
      '_text="nhan benh"',
      '_text=duong',
      '_text=benh duong',
      '_content=duo',
      '_text:missing=true',
    ],
  );
});

test('reads hostile texts in the time their length takes', () => {
  const hostile: Resource = {
    resourceType: 'Patient',
    name: [
      { text: '<'.repeat(300_000) },
      { text: `${'&#'.repeat(100_000)}x` },
      { text: 'y'.repeat(200_000) },
    ],
  };
  assert.ok(finds('_content:missing=false', hostile));
  assert.ok(!finds('_content="khong co"', hostile));
  assert.ok(finds(`name=${'y'.repeat(200)}`, hostile));
});
