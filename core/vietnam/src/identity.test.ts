import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  benefitLevels,
  displayName,
  foldName,
  humanName,
  isFacilityCode,
  makePersonNumber,
  normaliseLicence,
  parseCitizenCardQr,
  parseInsuranceCard,
  parseInsuranceCardQr,
  parsePersonNumber,
  parsePractitioners,
} from '@yba/vietnam';

test('reads birth province, sex and birth year from a person number', () => {
  assert.deepEqual(parsePersonNumber('001 099 000 001', { year: 2026 }), {
    valid: true,
    number: '001099000001',
    province: '01',
    sex: 'male',
    birthYear: 1999,
    warnings: [],
  });
  const girl = parsePersonNumber('079315012345', { year: 2026 });
  assert.ok(girl.valid);
  assert.equal(girl.sex, 'female');
  assert.equal(girl.birthYear, 2015);
});

test('warns, and only warns, when a person number disagrees with what is known', () => {
  const number = parsePersonNumber('003099000001', { gender: 'female', birthDate: '1998-05', year: 2026 });
  assert.ok(number.valid);
  assert.deepEqual(number.warnings, ['birth-province', 'sex', 'birth-year']);
});

test('refuses what is not twelve digits', () => {
  assert.deepEqual(parsePersonNumber('12345678901'), { valid: false, why: 'length' });
  assert.deepEqual(parsePersonNumber('12345678901O'), { valid: false, why: 'characters' });
});

test('makes person numbers that read back', () => {
  for (const [birthYear, sex] of [
    [1931, 'female'],
    [1999, 'male'],
    [2000, 'male'],
    [2026, 'female'],
  ] as const) {
    const read = parsePersonNumber(makePersonNumber({ province: '74', sex, birthYear, serial: 42 }), {
      year: 2026,
    });
    assert.ok(read.valid);
    assert.deepEqual([read.province, read.sex, read.birthYear, read.warnings], ['74', sex, birthYear, []]);
  }
  assert.throws(
    () => makePersonNumber({ province: '03', sex: 'male', birthYear: 1990, serial: 1 }),
    RangeError,
  );
});

test('takes an insurance card apart and finds the person-stable number', () => {
  assert.deepEqual(parseInsuranceCard('gd4 79 0123456789'), {
    valid: true,
    number: '0123456789',
    card: 'GD4790123456789',
    group: 'GD',
    payer: 'household',
    level: '4',
    province: '79',
  });
  assert.deepEqual(parseInsuranceCard('0123456789'), { valid: true, number: '0123456789' });
  assert.deepEqual(parseInsuranceCard('GD6790123456789'), { valid: false, why: 'characters' });
  assert.equal(benefitLevels['3'].percent, 95);
});

test('reads the QR code of a citizen card, old and new', () => {
  const card = parseCitizenCardQr(
    '001099000000||NGUYỄN VĂN MẪU|01011999|Nam|Phường Ba Đình, Hà Nội|01072021\n',
  );
  assert.deepEqual(card, {
    number: '001099000000',
    name: 'Nguyễn Văn Mẫu',
    birthDate: '1999-01-01',
    gender: 'male',
    address: 'Phường Ba Đình, Hà Nội',
    issued: '2021-07-01',
  });
  const newer = parseCitizenCardQr('001149000000|012345678|Trần Thị Bé|1949|Nữ|An Giang|01072024||Cha|Mẹ|x');
  assert.equal(newer?.birthDate, '1949');
  assert.equal(newer?.oldNumber, '012345678');
  assert.equal(newer?.gender, 'female');
  assert.equal(parseCitizenCardQr('001149000000||A|021949|Nữ|B|')?.birthDate, '1949-02');
});

test('reads a citizen card whose text came decomposed', () => {
  const card = parseCitizenCardQr(
    '001099000000||NGUYỄN VĂN MẪU|01011999|Nữ|Hà Nội|01072021'.normalize('NFD'),
  );
  assert.equal(card?.name, 'Nguyễn Văn Mẫu');
  assert.equal(card?.gender, 'female');
});

test('answers nothing for text that is not a citizen card', () => {
  for (const text of ['', 'GD4790123456789|41|', '001099000000', '12345678901|a|b|c|d|e|f'])
    assert.equal(parseCitizenCardQr(text), undefined);
});

test('reads the QR code of a paper insurance card with hexadecimal names', () => {
  const hex = (text: string) => Buffer.from(text).toString('hex');
  const text = `GD4790123456789|${hex('LÊ THỊ HOÀ')}|05/09/1980|2|${hex('Quận 1')}|79 – 024|01/01/2026|31/12/2026|01/01/2026|79-1|-|K1|01/01/2027|x$`;
  assert.deepEqual(parseInsuranceCardQr(text), {
    card: 'GD4790123456789',
    number: '0123456789',
    name: 'Lê Thị Hoà',
    birthDate: '1980-09-05',
    gender: 'female',
    address: 'Quận 1',
    registeredAt: '79024',
    from: '2026-01-01',
    until: '2026-12-31',
    livingArea: 'K1',
    fiveYearsFrom: '2027-01-01',
  });
});

test('folds spellings of one name together and keeps different names apart', () => {
  assert.equal(foldName('Nguyễn Thị Hoà'), foldName('NGUYỄN  THỊ HÒA'.normalize('NFD')));
  assert.equal(foldName('Đỗ Lý Mỹ Quý'), foldName('Đỗ Lí Mĩ Quí'));
  assert.equal(foldName('Đặng'), 'dang');
  assert.notEqual(foldName('Thúy'), foldName('Thúi'));
  assert.notEqual(foldName('Duy'), foldName('Dui'));
});

test('shows names with one capital a word and keeps a mixed spelling', () => {
  assert.equal(displayName('NGUYỄN  VĂN ĐỨC '), 'Nguyễn Văn Đức');
  assert.equal(displayName("H'HEN NIÊ"), "H'Hen Niê");
  assert.equal(displayName('Y Bạ'), 'Y Bạ');
  assert.deepEqual(humanName('TRẦN THỊ BÉ'), {
    use: 'official',
    text: 'Trần Thị Bé',
    family: 'Trần',
    given: ['Thị', 'Bé'],
  });
});

test('reads practitioners with their suffixes', () => {
  assert.equal(normaliseLicence(' 000420/bđ-cchn'), '000420/BĐ-CCHN');
  assert.deepEqual(parsePractitioners('000420/BĐ-CCHN; 12/HN-GPHN.TX.01013;7/HCM-GPHN(NV12);'), [
    { licence: '000420/BĐ-CCHN' },
    { licence: '12/HN-GPHN', elsewhere: { facility: '01013', why: 'tele-read' } },
    { licence: '7/HCM-GPHN', trainee: 'NV12' },
  ]);
});

test('knows a facility code by its grammar only', () => {
  assert.ok(isFacilityCode('01013') && isFacilityCode('92A14'));
  assert.ok(!isFacilityCode('8934567890123') && !isFacilityCode('A1013') && !isFacilityCode('0101'));
});
