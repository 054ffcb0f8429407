import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';
import { Decimal, validate, type Resource } from '@yba/fhir';
import {
  Hl7v2Error,
  type Mapped,
  mapMessage,
  type MapOptions,
  mappedMessages,
  parseMessage,
} from '../index.ts';
import type { SegmentFields } from '../encode-message.ts';
import { aMessage } from '../testing.ts';

const sid = (name: string) => `https://yba.vn/fhir/sid/${name}`;
const options: MapOptions = {
  systems: {
    recordNumber: sid('mrn/27001'),
    visit: sid('ma-lk/27001'),
    person: sid('cccd'),
    insurance: sid('bhyt'),
    insuranceCard: sid('bhyt-card'),
    passport: sid('passport'),
    oldIdCard: sid('cmnd'),
    icd10: 'https://yba.vn/fhir/CodeSystem/icd-10-vn',
    local: 'https://yba.vn/fhir/facility/27001',
    codeSystems: {},
  },
  uuid: (...parts) => {
    const hex = createHash('sha256').update(parts.join('|')).digest('hex');
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
  },
  decimal: (text) => new Decimal(text),
};

const PID: SegmentFields = [
  'PID',
  '1',
  '',
  {
    repeat: [
      ['BN-1', '', '', 'BV', 'MR'],
      ['027163999001', '', '', 'VN', 'NI'],
      ['GD4010000000001', '', '', 'BHYT', 'HC'],
    ],
  },
  '',
  ['Trịnh', 'Liên', 'Thị Kim', '', '', '', 'L'],
  '',
  '19630902',
  'F',
  '',
  '01',
  ['Số 1 Lý Thái Tổ', '', 'Bắc Ninh', '', '', 'VN', 'H'],
  '',
  ['0912000111', 'PRN', 'CP'],
];
const PV1: SegmentFields = [
  'PV1',
  '1',
  'I',
  ['Nội', 'P12', 'G3'],
  'R',
  '',
  '',
  ['BS01', 'Lê', 'Khôi', 'Minh'],
  ...Array.from({ length: 11 }, () => ''),
  'LK-1',
  ...Array.from({ length: 24 }, () => ''),
  '202611200800',
  '202611241000',
];
const OBR: SegmentFields = [
  'OBR',
  '1',
  'P1',
  'F1',
  ['58410-2', 'CTM', 'LN'],
  '',
  '',
  '202611200900',
  '',
  '',
  '',
  '',
  '',
  '',
  '',
  '',
  ['BS01', 'Lê', 'Khôi'],
  '',
  '',
  '',
  '',
  '',
  '202611201000',
  '',
  'LAB',
  'F',
];

const map = (structure: string, segments: readonly SegmentFields[]) =>
  mapMessage(parseMessage(aMessage(structure, segments)), options);
const find = ({ entries }: Mapped, type: string) =>
  entries.find(({ resource }) => resource.resourceType === type)?.resource;
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

/** Everything that is built is valid R4, and every reference inside leads somewhere. */
function assertSound({ entries }: Mapped): void {
  for (const { resource } of entries)
    assert.deepEqual(
      validate(resource as unknown as Resource).filter(({ severity }) => severity === 'error'),
      [],
      JSON.stringify(resource),
    );
  const urls = new Set(entries.map(({ fullUrl }) => fullUrl));
  assert.equal(urls.size, entries.length);
  for (const [, url] of JSON.stringify(entries).matchAll(/"reference":"(urn:uuid:[^"]+)"/g))
    assert.ok(urls.has(url!), url);
}

describe('ADT', () => {
  const admitted = map('ADT^A03^ADT_A03', [
    ['EVN', 'A03', '202611241000'],
    PID,
    ['NK1', '1', ['Nguyễn', 'An', 'Văn'], ['SPO', 'Chồng'], '', '0912000222'],
    PV1,
    [
      'DG1',
      '1',
      '',
      ['E11.9', 'Đái tháo đường típ 2', 'I10'],
      '',
      '',
      'F',
      ...Array.from({ length: 8 }, () => ''),
      '1',
    ],
    ['AL1', '1', 'DA', ['PEN', 'Penicillin', 'L'], 'SV', 'Phát ban'],
    ['IN1', '1', 'BHYT', '', 'BHXH Bắc Ninh', ...Array.from({ length: 31 }, () => ''), 'GD4010000000001'],
    ['ZVN', 'của riêng'],
  ]);

  test('a discharge becomes the visit with patient, diagnoses, allergy and insurance, valid R4', () => {
    assertSound(admitted);
    assert.equal(admitted.event, 'visit');
    assert.equal(admitted.patient, 'BN-1');
    const patient = find(admitted, 'Patient')!;
    assert.deepEqual(
      (patient['identifier'] as { system: string; value: string }[]).map(({ system, value }) => [
        system,
        value,
      ]),
      [
        [sid('mrn/27001'), 'BN-1'],
        [sid('cccd'), '027163999001'],
        [sid('bhyt-card'), 'GD4010000000001'],
      ],
    );
    assert.deepEqual(patient['name'], [
      { use: 'official', text: 'Trịnh Thị Kim Liên', family: 'Trịnh', given: ['Thị', 'Kim', 'Liên'] },
    ]);
    const encounter = find(admitted, 'Encounter')!;
    assert.equal(encounter['status'], 'finished');
    assert.deepEqual(encounter['period'], {
      start: '2026-11-20T08:00:00+07:00',
      end: '2026-11-24T10:00:00+07:00',
    });
    assert.equal(
      (find(admitted, 'Condition')!['code'] as { coding: { system: string }[] }).coding[0]!.system,
      options.systems.icd10,
    );
    assert.equal(find(admitted, 'AllergyIntolerance')!['criticality'], 'high');
    assert.equal(find(admitted, 'Coverage')!['subscriberId'], 'GD4010000000001');
  });

  test('every field is mapped or set aside with a reason', () => {
    const { read, mapped, setAside } = admitted.accounts;
    assert.equal(read, mapped + setAside.length);
    const reasons = new Map(setAside.map(({ place, reason }) => [place, reason]));
    assert.match(reasons.get('PID-10')!, /Ethnic|ethnic/);
    assert.match(reasons.get('ZVN-1')!, /own/);
    assert.ok(!reasons.has('PID-3') && !reasons.has('DG1-3') && !reasons.has('AL1-5'));
  });

  test('the same message again is the same resources', () => {
    const again = map('ADT^A08^ADT_A01', [PID, PV1]);
    assert.deepEqual(plain(again.entries[1]!.fullUrl), plain(admitted.entries[1]!.fullUrl));
  });

  test('A08 without a visit and A31 change the patient alone; A40 merges; A11 withdraws', () => {
    assert.equal(map('ADT^A08^ADT_A01', [PID]).event, 'patient-identity');
    const merged = map('ADT^A40^ADT_A39', [PID, ['MRG', ['BN-OLD', '', '', 'BV', 'MR']]]);
    assertSound(merged);
    assert.deepEqual(merged.entries[1]!.resource['link'], [
      { other: { identifier: { system: sid('mrn/27001'), value: 'BN-1' } }, type: 'replaced-by' },
    ]);
    const cancelled = map('ADT^A11^ADT_A09', [PID, PV1]);
    assert.deepEqual(cancelled.focus, [
      { type: 'Encounter', identifier: { system: sid('ma-lk/27001'), value: 'LK-1' } },
    ]);
  });
});

describe('ORU', () => {
  const results = map('ORU^R01^ORU_R01', [
    PID,
    PV1,
    OBR,
    ['NTE', '1', '', 'Thiếu máu nhẹ'],
    [
      'OBX',
      '1',
      'NM',
      ['718-7', 'Hb', 'LN'],
      '',
      '7.20',
      ['g/dL', '', 'UCUM'],
      '12.0-16.0',
      'L',
      '',
      '',
      'F',
    ],
    ['NTE', '1', '', 'mẫu tán huyết'],
    ['OBX', '2', 'SN', ['1988-5', 'CRP', 'LN'], '', ['<', '5'], 'mg/L', '', '', '', '', 'C'],
    [
      'OBX',
      '3',
      'CWE',
      ['600-7', 'Cấy', 'LN'],
      '',
      ['112283007', 'E. coli', 'SCT'],
      '',
      '',
      'A',
      '',
      '',
      'P',
    ],
    [
      'OBX',
      '4',
      'ED',
      ['PDF', 'Phiếu', 'L'],
      '',
      ['', 'application', 'pdf', 'Base64', 'JVBERi0='],
      '',
      '',
      '',
      '',
      '',
      'F',
    ],
    ['SPM', '1', 'S-1', '', ['119297000', 'Máu', 'SCT']],
  ]);

  test('becomes report, results and specimen; numbers keep their digits', () => {
    assertSound(results);
    assert.equal(results.event, 'record');
    const report = find(results, 'DiagnosticReport')!;
    assert.equal((report['result'] as unknown[]).length, 3);
    assert.equal(report['conclusion'], 'Thiếu máu nhẹ');
    assert.equal((report['presentedForm'] as { contentType: string }[])[0]!.contentType, 'application/pdf');
    const [hb, crp, culture] = results.entries.filter(
      ({ resource }) => resource.resourceType === 'Observation',
    );
    assert.match(JSON.stringify(hb), /"value":7\.20,"unit":"g\/dL","system":"http:\/\/unitsofmeasure.org"/);
    assert.match(JSON.stringify(hb), /"low":\{"value":12\.0\}/);
    assert.match(JSON.stringify(hb), /mẫu tán huyết/);
    assert.match(JSON.stringify(crp), /"value":5,"comparator":"<"/);
    assert.equal(crp!.resource['status'], 'corrected');
    assert.match(JSON.stringify(culture), /112283007/);
    assert.deepEqual(results.focus, [{ reference: results.entries[1]!.fullUrl }]);
  });

  test('withdrawn results become a retraction of the report', () => {
    const withdrawn = map('ORU^R01^ORU_R01', [
      PID,
      OBR,
      ['OBX', '1', 'NM', ['718-7', 'Hb', 'LN'], '', '7', '', '', '', '', '', 'W'],
    ]);
    assert.equal(withdrawn.event, 'retraction');
    assert.deepEqual(withdrawn.focus, [
      {
        type: 'DiagnosticReport',
        identifier: { system: 'https://yba.vn/fhir/facility/27001/order-filler', value: 'F1' },
      },
    ]);
  });
});

test('orders, appointments and documents become records that are valid, and are withdrawn by their numbers', () => {
  const order = map('OML^O21^OML_O21', [
    PID,
    PV1,
    ['ORC', 'NW', 'P1', '', '', '', '', '', '', '202611200830'],
    OBR,
    ['DG1', '1', '', ['D50', '', 'I10']],
  ]);
  assertSound(order);
  assert.equal(find(order, 'ServiceRequest')!['status'], 'active');
  const cancelled = map('ORM^O01^ORM_O01', [PID, ['ORC', 'CA', 'P1'], OBR]);
  assert.equal(cancelled.event, 'retraction');

  const SCH: SegmentFields = [
    'SCH',
    '',
    'A-1',
    '',
    '',
    '',
    '',
    ['KHAM', 'Tái khám'],
    '',
    '20',
    'min',
    ['', '', '20', '202612010900'],
  ];
  const appointment = map('SIU^S12^SIU_S12', [SCH, PID, ['AIP', '1', '', ['BS01', 'Lê', 'Khôi']]]);
  assertSound(appointment);
  const { start, end } = find(appointment, 'Appointment') as { start?: string; end?: string };
  assert.equal(Date.parse(end!) - Date.parse(start!), 20 * 60_000);
  assert.equal(find(map('SIU^S15^SIU_S12', [SCH, PID]), 'Appointment')!['status'], 'cancelled');
  assert.equal(map('SIU^S17^SIU_S12', [SCH, PID]).event, 'retraction');

  const TXA: SegmentFields = [
    'TXA',
    '1',
    ['GRV', 'Giấy ra viện', 'L'],
    'TX',
    '202611241000',
    '',
    '202611241000',
    '',
    '',
    '',
    '',
    '',
    'D-1',
    '',
    '',
    '',
    '',
    'AU',
  ];
  const document = map('MDM^T02^MDM_T02', [PID, PV1, TXA, ['OBX', '1', 'TX', '', '', 'Ra viện ổn định']]);
  assertSound(document);
  assert.equal(map('MDM^T11^MDM_T01', [PID, TXA]).event, 'retraction');
});

test('what is missing or not taken is named by segment and field', () => {
  const faults: [string, readonly SegmentFields[], string, string][] = [
    ['ADT^A01^ADT_A01', [PV1], '101', 'PID'],
    ['ADT^A01^ADT_A01', [['PID', '1', '', ['1', '', '', 'X', 'XX']], PV1], '101', 'PID-3'],
    ['ADT^A01^ADT_A01', [PID, ['PV1', '1', 'I']], '101', 'PV1-19'],
    ['ADT^A40^ADT_A39', [PID], '101', 'MRG-1'],
    ['ORU^R01^ORU_R01', [PID], '101', 'OBR'],
    ['ORU^R01^ORU_R01', [PID, ['OBR', '1', '', '', ['X']]], '101', 'OBR-3'],
    ['SIU^S12^SIU_S12', [PID, ['SCH', '', 'A-1']], '101', 'SCH-11'],
    ['MDM^T02^MDM_T02', [PID, ['TXA', '1', 'X']], '101', 'TXA-12'],
    ['ADT^A60^ADT_A60', [PID], '201', 'MSH-9'],
    ['BAR^P01^BAR_P01', [PID], '200', 'MSH-9'],
  ];
  for (const [structure, segments, code, place] of faults)
    assert.throws(
      () => map(structure, segments),
      (error) => error instanceof Hl7v2Error && error.code === code && error.message.startsWith(`${place}:`),
      `${structure} ${place}`,
    );
});

test('the messages a hospital needs are all mapped', () => {
  const wanted = 'A01 A02 A03 A04 A05 A06 A07 A08 A31 A40'.split(' ').map((trigger) => `ADT ${trigger}`);
  for (const each of [...wanted, 'ORM O01', 'OML O21', 'ORU R01', 'SIU S12', 'MDM T02'])
    assert.ok(mappedMessages.includes(each), each);
});

test('a number that begins or ends with its point is a number', () => {
  for (const [said, value] of [
    ['.2', '0.2'],
    ['-.5', '-0.5'],
    ['7.', '7'],
  ] as const) {
    const mapped = map('ORU^R01^ORU_R01', [
      PID,
      PV1,
      OBR,
      ['OBX', '1', 'NM', ['718-7', 'Hb', 'LN'], '', said, 'g/dL', '', '', '', '', 'F'],
    ]);
    assert.match(JSON.stringify(mapped), new RegExp(`"value":${value.replace('.', '\\.')}[,}]`), said);
  }
});
