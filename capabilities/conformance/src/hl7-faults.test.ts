import assert from 'node:assert/strict';
import { test } from 'node:test';
import { frameMllp } from '@yba/hl7v2';
import { checkFile } from './check.ts';
import { assertFault, type PlantedFault } from './testing/planted-faults.ts';

const ADT = [
  'MSH|^~\\&|HIS|27001|YBA|EDGE|20261120080000||ADT^A01^ADT_A01|MSG-1|P|2.5.1||||||UNICODE UTF-8',
  'EVN||20261120080000',
  'PID|1||BN001^^^27001^MR~027163999001^^^VNM^NI||Trịnh^Liên^Thị Kim||19630902|F|||199 Trung tâm^^Bắc Ninh',
  `PV1|1|I|K02^101^1${'|'.repeat(16)}LK-26-1${'|'.repeat(25)}20261120080000`,
].join('\r');
const ORU = [
  'MSH|^~\\&|LIS|27001|YBA|EDGE|20261120093000||ORU^R01^ORU_R01|MSG-2|P|2.5.1||||||UNICODE UTF-8',
  'PID|1||BN001^^^27001^MR||Trịnh^Liên^Thị Kim||19630902|F',
  'OBR|1|ORD-1|LAB-1|23.0083.1523^HbA1c^L|||20261120082000|||||||||||||||20261120092000||LAB|F',
  'OBX|1|NM|HBA1C^HbA1c^L||7.2|%^^UCUM|4.0-6.0|H|||F',
  'OBX|2|ST|NOTE^Nhận xét^L||Mẫu tốt||||||F',
].join('\r');

const adt = (from: string, to: string) => changed(ADT, from, to);
const oru = (from: string, to: string) => changed(ORU, from, to);
function changed(text: string, from: string, to: string): string {
  const other = text.replace(from, to);
  assert.notEqual(other, text, from);
  return other;
}

/** What vendors send: the fault, the file, the place and rule told, what the fix must say in both languages. */
const FAULTS: readonly PlantedFault[] = [
  [
    'no encoding characters',
    adt('MSH|^~\\&|HIS|27001|YBA|EDGE', 'MSH|'),
    'MSH',
    'hl7-header',
    /MSH/,
    /MSH/,
    ['hl7-header'],
  ],
  ['odd separators', ADT.replaceAll('^', '#'), 'MSH-2', 'hl7-separators', /\|\^~/, /\|\^~/],
  ['a line break inside data', adt('199 Trung tâm', '199\rTrung tâm'), 'Tru', 'hl7-segment', /\.br/, /\.br/],
  [
    'no character set',
    adt('||||||UNICODE UTF-8', ''),
    'MSH-18',
    'hl7-charset',
    /UNICODE UTF-8/,
    /UNICODE UTF-8/,
  ],
  [
    'a character set that has no Vietnamese',
    adt('UNICODE UTF-8', '8859/1'),
    'MSH-18',
    'hl7-charset',
    /UNICODE UTF-8/,
    /UNICODE UTF-8/,
  ],
  [
    'a message in TCVN3',
    Buffer.from(
      adt('Trịnh^Liên^Thị Kim', 'TrÞnh^Liªn^ThÞ Kim').replace('Trung tâm', 'Trung').replace('Bắc', 'B¾c'),
      'latin1',
    ),
    '',
    'text-utf8',
    /TCVN3/,
    /TCVN3/,
  ],
  [
    'a name in VNI',
    adt('Trịnh^Liên^Thị Kim', 'Trònh^Lieân^Thò Kim'),
    'PID-5',
    'text-legacy-font',
    /VNI/,
    /VNI/,
  ],
  ['no control id', adt('|MSG-1|', '||'), 'MSH-10', 'hl7-required', /MSH-10/, /MSH-10/],
  [
    'one control id for two messages',
    `${ADT}\r${ADT}`,
    '[2] MSH-10',
    'hl7-control-id',
    /riêng/,
    /of its own/,
  ],
  [
    'a type the platform does not take',
    adt('ADT^A01^ADT_A01', 'BAR^P01^BAR_P01'),
    'MSH-9.1',
    'hl7-type',
    /ADT/,
    /ADT/,
  ],
  [
    'an event the platform does not take',
    adt('ADT^A01^ADT_A01', 'ADT^A99'),
    'MSH-9.2',
    'hl7-type',
    /A01/,
    /A01/,
  ],
  ['two events at once', adt('EVN||', 'EVN|A03|'), 'EVN-1', 'hl7-trigger', /cùng một sự kiện/, /same event/],
  ['a version of the software', adt('|2.5.1|', '|HIS 4.2|'), 'MSH-12', 'hl7-version', /2\.5\.1/, /2\.5\.1/],
  ['a processing id of nobody', adt('|P|', '|PROD|'), 'MSH-11', 'hl7-code', /D, P, T/, /D, P, T/],
  [
    'no visit in an admission',
    adt('\rPV1|1|I', '\rZV1|1|I'),
    'PV1',
    'hl7-segment-missing',
    /Thêm đoạn PV1/,
    /Add a PV1/,
  ],
  ['no order in a result', oru('OBR|1|ORD-1', 'ZBR|1|ORD-1'), 'OBR', 'hl7-segment-missing', /OBR/, /OBR/],
  [
    'no patient number',
    adt('BN001^^^27001^MR~027163999001^^^VNM^NI', ''),
    'PID-3',
    'hl7-required',
    /PID-3/,
    /PID-3/,
  ],
  ['a number of nobody', adt('BN001^^^27001^MR~', 'BN001~'), 'PID-3', 'hl7-identifier', /\^MR/, /\^MR/],
  [
    'a person number of eleven digits',
    adt('027163999001', '27163999001'),
    'PID-3',
    'hl7-person-number',
    /số 0 ở đầu/,
    /leading zero/,
  ],
  [
    'a name in one piece',
    adt('Trịnh^Liên^Thị Kim', 'Trịnh Thị Kim Liên'),
    'PID-5',
    'hl7-name',
    /họ\^tên\^đệm/,
    /family\^given\^middle/,
  ],
  ['sex in Vietnamese', adt('|F|||', '|Nữ|||'), 'PID-8', 'hl7-code', /M/, /M/],
  [
    'a birth date the Vietnamese way',
    adt('19630902', '02/09/1963'),
    'PID-7',
    'hl7-time',
    /YYYYMMDD/,
    /YYYYMMDD/,
  ],
  ['a class of visit in words', adt('PV1|1|I', 'PV1|1|NOITRU'), 'PV1-2', 'hl7-code', /0004/, /0004/],
  [
    'a discharge before the admission',
    `${ADT}|20261119080000`,
    'PV1-45',
    'hl7-order-of-times',
    /PV1-44/,
    /PV1-44/,
  ],
  ['a result without its code', oru('HBA1C^HbA1c^L', ''), 'OBX-3', 'hl7-required', /OBX-3/, /OBX-3/],
  ['a decimal comma', oru('||7.2|', '||7,2|'), 'OBX-5', 'hl7-value', /dấu chấm/, /decimal point/],
  ['a value of no type', oru('OBX|1|NM|', 'OBX|1||'), 'OBX-2', 'hl7-required', /NM/, /NM/],
  ['a type there is not', oru('OBX|1|NM|', 'OBX|1|NUM|'), 'OBX-2', 'hl7-code', /0125/, /0125/],
  ['a number without a unit', oru('%^^UCUM', ''), 'OBX-6', 'hl7-unit', /UCUM/, /UCUM/],
  ['a unit that is not UCUM', oru('%^^UCUM', 'phần trăm^^UCUM'), 'OBX-6', 'hl7-unit', /10\*9\/L/, /10\*9\/L/],
  ['a bare separator in words', oru('Mẫu tốt', 'Mẫu tốt & đủ'), 'OBX[2]-5', 'hl7-escape', /\\T\\/, /\\T\\/],
  ['a state of nobody', oru('|H|||F', '|H|||XONG'), 'OBX-11', 'hl7-code', /0085/, /0085/],
  ['no state', oru('|H|||F', '|H|||'), 'OBX-11', 'hl7-required', /OBX-11/, /OBX-11/],
  ['two results of one number', oru('OBX|2|', 'OBX|1|'), 'OBX[2]-1', 'hl7-set-id', /từ 1/, /from 1/],
  [
    'results before their order',
    ORU.split('\r').toSpliced(2, 1).concat(ORU.split('\r')[2]!).join('\r'),
    'OBX',
    'hl7-segment-order',
    /sau OBR/,
    /after the OBR/,
  ],
  [
    'a patient after the order',
    ORU.split('\r').toSpliced(1, 1).toSpliced(2, 0, ORU.split('\r')[1]!).join('\r'),
    'OBR',
    'hl7-segment-order',
    /MSH, EVN, PID/,
    /MSH, EVN, PID/,
  ],
];

test(`tells each of ${FAULTS.length} faults that vendors make in HL7 v2, at its place, with its rule and a fix in both languages`, async () => {
  for (const fault of FAULTS) await assertFault(fault);
});

test('says that a message is of another facility than the sender', async () => {
  await assertFault(['a foreign message', ADT, 'MSH-4', 'hl7-facility', /79013/, /79013/], {
    facility: '79013',
  });
});

/** Messages as chapters 3 and 7 of the standard show them. */
const STANDARD = [
  'MSH|^~\\&|ADT1|GOOD HEALTH HOSPITAL|GHH LAB, INC.|GOOD HEALTH HOSPITAL|198808181126|SECURITY|ADT^A01^ADT_A01|MSG00001|P|2.5.1||',
  'EVN|A01|200708181123||',
  'PID|1||PATID1234^5^M11^ADT1^MR^GOOD HEALTH HOSPITAL~123456789^^^USSSA^SS||EVERYMAN^ADAM^A^III||19610615|M||C|2222 HOME STREET^^GREENSBORO^NC^27401-1020|GL|(555) 555-2004|(555)555-2004||S||PATID12345001^2^M10^ADT1^AN^A|444333333|987654^NC|',
  'NK1|1|NUCLEAR^NELDA^W|SPO^SPOUSE||||NK^NEXT OF KIN',
  'PV1|1|I|2000^2012^01||||004777^ATTEND^AARON^A|||SUR||||7|A0|',
  'MSH|^~\\&|GHH LAB|ELAB-3|GHH OE|BLDG4|200202150930||ORU^R01|CNTRL-3456|P|2.4',
  'PID|||555-44-4444^^^GHH^MR||EVERYWOMAN^EVE^E^^^^L|JONES|19620320|F|||153 FERNWOOD DR.^^STATESVILLE^OH^35292||(206)3345232|(206)752-121||||AC555444444||67-A4335^OH^20030520',
  'OBR|1|845439^GHH OE|1045813^GHH LAB|15545^GLUCOSE|||200202150730|||||||||555-55-5555^PRIMARY^PATRICIA P^^^^MD^^|||||||||F||||||444-44-4444^HIPPOCRATES^HOWARD H^^^^MD',
  'OBX|1|SN|1554-5^GLUCOSE^POST 12H CFST:MCNC:PT:SER/PLAS:QN||^182|mg/dl|70_105|H|||F',
].join('\r');

test('finds nothing in clean messages, framed, in a batch, or as the standard shows them', async () => {
  for (const [name, bytes] of [
    ['an admission', Buffer.from(ADT)],
    ['a result', Buffer.from(`${ORU}\r`)],
    ['lines of an editor', Buffer.from(ADT.replaceAll('\r', '\n'))],
    ['frames of MLLP', Buffer.concat([frameMllp(ADT), frameMllp(ORU)])],
    ['a batch', Buffer.from(`BHS|^~\\&|HIS\r${ADT}\r${ORU}\rBTS|2`)],
    ['the examples of the standard', Buffer.from(STANDARD)],
  ] as const) {
    const { format, findings } = await checkFile({ name, bytes });
    assert.equal(format, 'hl7', name);
    assert.deepEqual(
      findings.filter(({ severity }) => severity !== 'information'),
      [],
      name,
    );
  }
});
