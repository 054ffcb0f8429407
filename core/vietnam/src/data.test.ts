import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  accessCategories,
  commune,
  communes,
  departments,
  dossierFields,
  ethnicGroups,
  legacyUnit,
  province,
  provinces,
  provinceSuccession,
  successorOf,
  visitTypes,
} from '@yba/vietnam/data';

test('holds the 34 provinces and 3,321 communes of today, each commune in a known province', () => {
  assert.equal(provinces().length, 34);
  assert.equal(communes().length, 3321);
  for (const unit of provinces()) assert.equal(communes(unit.code).length, unit.communes, unit.fullName);
  assert.equal(commune('00004')?.name, 'Ba Đình');
  assert.equal(province('079')?.name, 'Hồ Chí Minh');
});

test('follows the 63 old provinces to the one each became part of', () => {
  assert.equal(provinceSuccession().length, 63);
  assert.equal(successorOf('74')?.code, '79');
  assert.equal(successorOf('27')?.name, 'Bắc Ninh');
  assert.deepEqual(
    provinceSuccession()
      .filter((row) => row.reused)
      .map((row) => row.oldCode)
      .sort(),
    ['15', '24', '44', '52', '80', '82', '91'],
  );
  assert.equal(legacyUnit('province', '24')?.fullName, 'Tỉnh Bắc Giang');
});

test('reads the catalogues the dossier refers to', () => {
  assert.equal(ethnicGroups().length, 54);
  assert.equal(departments()[0]?.code, 'K01');
  assert.equal(visitTypes().length, 16);
  assert.equal(accessCategories().find((row) => row.code === '1.13')?.rateFrom, '50');
  assert.equal(
    accessCategories()
      .find((row) => row.code === '1.11')
      ?.meaning.includes(','),
    true,
  );
  assert.equal(dossierFields().length, 484);
});
