import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseCitizenCardQr, PERSON } from '@yba/vietnam';
import { citizenCodeOf } from './citizen-code.ts';

test('the code of the book is read by the desk as a citizen card is', () => {
  const code = citizenCodeOf([
    {
      resourceType: 'Patient',
      identifier: [{ system: PERSON, value: '027163000001' }],
      name: [{ text: 'Nguyễn Thị Hạnh' }],
      birthDate: '1963-03-14',
      gender: 'female',
    },
  ]);
  const read = parseCitizenCardQr(code ?? '');
  assert.deepEqual(
    [read?.number, read?.name, read?.birthDate, read?.gender],
    ['027163000001', 'Nguyễn Thị Hạnh', '1963-03-14', 'female'],
  );
});

test('there is no code for a person whose number no hospital has written', () => {
  assert.equal(citizenCodeOf([{ resourceType: 'Patient' }]), undefined);
});
