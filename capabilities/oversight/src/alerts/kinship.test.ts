import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isSame, kinship, likenessOf, likenessOfName } from './kinship.ts';

const person = (text: string, more: object = {}) =>
  likenessOf({ resourceType: 'Patient', name: [{ text }], ...more });
const at = (text: string) => ({ address: [{ text }] });

test('a rare surname in common, or an address, speaks for a family; a common surname does not', () => {
  assert.equal(kinship(person('Tạ Văn Hòa'), person('TẠ THỊ LAN')), 'surname');
  assert.equal(kinship(person('Nguyễn Văn Hòa'), person('Nguyễn Thị Lan')), undefined);
  assert.equal(
    kinship(
      person('Nguyễn Văn Hòa', at('12 Lê Trọng Tấn, Hà Nội')),
      person('Trần Thị Lan', at('12, Lê Trọng Tấn - Hà Nội')),
    ),
    'address',
  );
  assert.equal(kinship(person('Tạ Văn Hòa'), person('Lò Thị Lan')), undefined);
  assert.equal(kinship(likenessOfName('BS. Tạ Văn Hòa'), person('Tạ Thị Lan')), 'surname');
  assert.equal(kinship(person('Lý Văn Hòa'), person('Lý Thị Lan')), undefined, 'one of the commonest');
  assert.equal(kinship(likenessOfName('Tạ'), person('Tạ Thị Lan')), undefined, 'one word is no name');
});

test('titles before a name are no part of it, however they are written', () => {
  for (const title of [
    'BS CKI',
    'BS.CKII',
    'BSCK2.',
    'ThS.BS',
    'PGS.TS.BS.',
    'BS. CK I',
    'Bác sĩ',
    'CNĐD',
    'ĐD',
    'BSNT',
  ])
    assert.equal(kinship(person(`${title} Ma Thị Hoài`), person('Ma Văn Tú')), 'surname', title);
  assert.equal(kinship(person('Ds Văn Hòa'), person('Y Bhăm Niê')), undefined);
  const born = { birthDate: '1985-03-02' };
  assert.ok(isSame(person('BS CKI Ma Thị Hoài', born), person('Ma Thị Hoài', born)));
});

test('a former address counts no more', () => {
  const moved = { address: [{ use: 'old', text: '12 Lê Trọng Tấn, Hà Nội' }] };
  assert.equal(kinship(person('Lê A', moved), person('Trần B', at('12 Lê Trọng Tấn, Hà Nội'))), undefined);
});

test('somebody is known by a number, or by full name and day of birth', () => {
  const number = { identifier: [{ system: 'https://yba.vn/fhir/sid/cccd', value: '001185012345' }] };
  assert.ok(isSame(person('A B', number), person('C D', number)));
  const born = { birthDate: '1985-03-02' };
  assert.ok(isSame(person('Tạ Văn Hòa', born), person('TẠ VĂN HÒA', born)));
  assert.ok(
    !isSame(person('Tạ Văn Hòa', { birthDate: '1985' }), person('Tạ Văn Hòa', { birthDate: '1985' })),
  );
  assert.ok(!isSame(person('Tạ Văn Hòa'), person('Tạ Văn Hòa')));
});
