// Faults thought up by somebody who wants the kit to miss them; the ones seen at vendors are in the three tests beside it.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { frameMllp } from '@yba/hl7v2';
import { aDossier, anEnvelope, type Fields } from '@yba/vietnam/testing';
import { checkFile } from './check.ts';
import { ruleOf } from './rules/index.ts';

/** The fault, the file, and `rule path` for all that has to be told of it. */
type Hostile = readonly [fault: string, file: string | Buffer, told: string, ...more: string[]];

const made = (change?: (tables: Record<string, Fields[]>) => unknown) => {
  const dossier = aDossier({ seed: 3, facility: '27001' });
  change?.(dossier.tables);
  return dossier;
};
const row = (table: string, fields: Fields) =>
  anEnvelope([made((all) => Object.assign(all[table]![0]!, fields))]);
const ENVELOPE = anEnvelope([made()]);
const replaced = (whole: string) => (from: string | RegExp, to: string) => {
  const other = whole.replace(from, to);
  assert.notEqual(other, whole, String(from));
  return other;
};
const xml = replaced(ENVELOPE);
const base64 = (text: string) => Buffer.from(text).toString('base64');

const DOSSIERS: readonly Hostile[] = [
  ['UTF-16 without its mark', Buffer.from(ENVELOPE, 'utf16le').swap16(), 'text-utf8 '],
  ['the whole file in Base64', base64(ENVELOPE), 'text-wrapped '],
  ['the body of a call to the gateway', JSON.stringify({ fileHSBase64: base64(ENVELOPE) }), 'text-wrapped '],
  ['a namespace', xml('<GIAMDINHHS', '<GIAMDINHHS xmlns="http://tempuri.org/"'), 'xml-namespace GIAMDINHHS'],
  [
    'parts out of order',
    xml(
      /(<THONGTINDONVI>[\s\S]*?<\/THONGTINDONVI>)([\s\S]*?)(<THONGTINHOSO>[\s\S]*?<\/THONGTINHOSO>)/,
      '$3$2$1',
    ),
    'xml-part-order GIAMDINHHS',
  ],
  [
    'content before its kind',
    xml(/(<LOAIHOSO>XML2<\/LOAIHOSO>)\s*(<NOIDUNGFILE>[^<]*<\/NOIDUNGFILE>)/, '$2$1'),
    'xml-part-order FILEHOSO',
  ],
  ['a kind in small letters', xml('>XML1<', '>xml1<'), 'xml-unknown-table FILEHOSO.LOAIHOSO'],
  ['an empty FILEHOSO', xml('</HOSO>', '<FILEHOSO></FILEHOSO></HOSO>'), 'xml-required FILEHOSO'],
  ['an empty HOSO', xml(/<HOSO>[\s\S]*<\/HOSO>/, '<HOSO></HOSO>'), 'xml-required XML1'],
  [
    'Base64 for addresses',
    ENVELOPE.replace(/(?<=<NOIDUNGFILE>)[^<]+/, (content) => content.replaceAll('P', '-')),
    'xml-base64 XML1',
  ],
  ['a negative share', row('XML1', { T_BHTT: '-1000' }), 'xml-number XML1.T_BHTT'],
  ['thousands in dots', row('XML2', { DON_GIA: '1.250.000' }), 'xml-number XML2[1].DON_GIA'],
  ['thousands in commas', row('XML2', { DON_GIA: '12,000' }), 'xml-number XML2[1].DON_GIA'],
  ['an exponent', row('XML2', { DON_GIA: '1e6' }), 'xml-number XML2[1].DON_GIA'],
  ['a level of 180 percent', row('XML2', { MUC_HUONG: '180' }), 'xml-percent XML2[1].MUC_HUONG'],
  ['a hard space in a name', row('XML1', { HO_TEN: 'NGUYỄN\u00a0VĂN AN' }), 'text-invisible XML1.HO_TEN'],
  ['a zero width space', row('XML1', { HO_TEN: 'NGUYỄN\u200b VĂN AN' }), 'text-invisible XML1.HO_TEN'],
  ['question marks for letters', row('XML1', { HO_TEN: 'NGUY?N V?N AN' }), 'text-lost XML1.HO_TEN'],
  [
    'letters as entities',
    row('XML1', { HO_TEN: 'NGUY&#7876;N VĂN AN' }),
    'text-escaped XML1.HO_TEN',
    'xml-name XML1.HO_TEN',
  ],
  ['a name with an age', row('XML1', { HO_TEN: 'NGUYỄN VĂN AN 62' }), 'xml-name XML1.HO_TEN'],
  ['a card with spaces', row('XML1', { MA_THE_BHYT: 'GD4 79 7912345678' }), 'xml-format XML1.MA_THE_BHYT'],
  ['a person number with spaces', row('XML1', { SO_CCCD: '027 163 999 001' }), 'xml-format XML1.SO_CCCD'],
  ['spaces round a code', row('XML2', { MA_KHOA: ' K02 ' }), 'xml-spaces XML2.MA_KHOA'],
  ['a telephone in words', row('XML1', { DIEN_THOAI: 'không có' }), 'xml-phone XML1.DIEN_THOAI'],
  ['a weight in grams', row('XML1', { CAN_NANG: '700' }), 'xml-weight XML1.CAN_NANG'],
  ['a drug without its number', row('XML2', { SO_DANG_KY: '' }), 'xml-registration XML2[1].SO_DANG_KY'],
  [
    'a registration in pieces',
    row('XML2', { SO_DANG_KY: 'VN - 20256 - 17' }),
    'xml-registration XML2[1].SO_DANG_KY',
  ],
  ['half a tender', row('XML2', { TT_THAU: '123/QĐ-SYT' }), 'xml-tender XML2[1].TT_THAU'],
  ['a settlement of the past', row('XML1', { NAM_QT: '1999' }), 'xml-settlement XML1.THANG_QT'],
  [
    'sent somewhere, and not',
    row('XML1', { MA_NOI_DEN: '01901', MA_LOAI_RV: '1' }),
    'xml-discharge XML1.MA_NOI_DEN',
  ],
  [
    'a birth of a man',
    row('XML1', { GIOI_TINH: '1', SO_CCCD: '', MA_BENH_CHINH: 'O80' }),
    'xml-icd-sex XML1.MA_BENH_CHINH',
  ],
  ['a manifestation alone', row('XML1', { MA_BENH_CHINH: 'G63.2*' }), 'xml-icd-principal XML1.MA_BENH_CHINH'],
  ['a fall for a disease', row('XML1', { MA_BENH_CHINH: 'W19' }), 'xml-icd-principal XML1.MA_BENH_CHINH'],
  ['a procedure in words', row('XML1', { MA_PTTT_QT: 'mổ ruột thừa' }), 'code-form XML1.MA_PTTT_QT'],
];

const EXAMPLE = readFileSync(new URL('../../../docs/examples/visit.json', import.meta.url), 'utf8');
const json = replaced(EXAMPLE);
type Visit = { entry: [Entry, Entry, Entry]; [name: string]: unknown };
type Entry = { resource: Record<string, unknown>; request: Record<string, unknown> };
const visit = (change: (visit: Visit) => unknown) => {
  const whole = JSON.parse(EXAMPLE) as Visit;
  change(whole);
  return JSON.stringify(whole);
};
const PATIENT = 'Bundle.entry[0].resource';
const RESULT = 'Bundle.entry[2].resource';
const result = (more: Record<string, unknown>) =>
  visit(({ entry }) => Object.assign(entry[2].resource, more));
const coded = (system: string, code: string) => result({ code: { coding: [{ system, code }], text: 'x' } });

const FHIR: readonly Hostile[] = [
  ['a search result sent', json('"transaction"', '"searchset"'), 'fhir-invariant Bundle'],
  ['a type of Bundle that is none', json('"transaction"', '"bundle"'), 'fhir-code Bundle.type'],
  [
    'a Bundle of nothing',
    visit((whole) => delete (whole as { entry?: unknown }).entry),
    'fhir-bundle-empty Bundle.entry',
  ],
  [
    'an instant without a zone',
    visit((whole) => (whole['timestamp'] = '2026-11-20T08:00:00')),
    'fhir-value Bundle.timestamp',
  ],
  [
    'an offset of one digit',
    result({ effectiveDateTime: '2026-11-20T08:00:00+7' }),
    `fhir-value ${RESULT}.effective.ofType(dateTime)`,
  ],
  [
    'the hour 24',
    result({ effectiveDateTime: '2026-11-20T24:00:00+07:00' }),
    `fhir-value ${RESULT}.effective.ofType(dateTime)`,
  ],
  [
    'no seconds',
    result({ effectiveDateTime: '2026-11-20T08:00+07:00' }),
    `fhir-value ${RESULT}.effective.ofType(dateTime)`,
  ],
  [
    'a reference to a type',
    result({ performer: [{ reference: 'Practitioner' }] }),
    `fhir-reference ${RESULT}.performer[0].reference`,
  ],
  [
    'a reference in small letters',
    result({ performer: [{ reference: 'practitioner/1' }] }),
    `fhir-reference ${RESULT}.performer[0].reference`,
  ],
  [
    'a reference that is a number',
    result({ performer: [{ reference: '12345' }] }),
    `fhir-reference ${RESULT}.performer[0].reference`,
  ],
  [
    'a reference to one’s own machine',
    result({ performer: [{ reference: 'http://localhost:8080/fhir/Practitioner/1' }] }),
    `fhir-reference ${RESULT}.performer[0].reference`,
  ],
  [
    'contained in a circle',
    result({
      contained: [
        { resourceType: 'Organization', id: 'a', name: 'x', partOf: { reference: '#b' } },
        { resourceType: 'Organization', id: 'b', name: 'y', partOf: { reference: '#a' } },
      ],
      performer: [{ reference: '#a' }],
    }),
    `fhir-contained ${RESULT}.contained[0]`,
  ],
  [
    'contained without an id',
    result({ contained: [{ resourceType: 'Practitioner', name: [{ text: 'x' }] }] }),
    `fhir-contained ${RESULT}.contained[0].id`,
  ],
  [
    'two contained of one id',
    result({
      contained: ['x', 'y'].map((name) => ({ resourceType: 'Organization', id: 'a', name })),
      performer: [{ reference: '#a' }],
    }),
    `fhir-contained ${RESULT}.contained[1].id`,
  ],
  [
    'a type that is another',
    result({ performer: [{ reference: 'Practitioner/1', type: 'Patient' }] }),
    `fhir-reference-type ${RESULT}.performer[0].type`,
  ],
  [
    'an extension by a name alone',
    result({ extension: [{ url: 'ghi-chu', valueString: 'x' }] }),
    `fhir-extension ${RESULT}.extension[0].url`,
  ],
  [
    'an id of two words',
    result({ performer: [{ id: 'a b', reference: 'Practitioner/1' }] }),
    `fhir-value ${RESULT}.performer[0].id`,
  ],
  [
    'LOINC with https',
    coded('https://loinc.org', '4548-4'),
    `fhir-code-system ${RESULT}.code.coding[0].system`,
  ],
  [
    'LOINC with a slash',
    coded('http://loinc.org/', '4548-4'),
    `fhir-code-system ${RESULT}.code.coding[0].system`,
  ],
  ['LOINC by a false digit', coded('http://loinc.org', '4548-5'), `fhir-loinc ${RESULT}.code.coding[0].code`],
  [
    'a code of one’s own as LOINC',
    coded('http://loinc.org', 'HBA1C'),
    `fhir-loinc ${RESULT}.code.coding[0].code`,
  ],
  ['SNOMED by a word', coded('SNOMED', '1'), `fhir-code-system ${RESULT}.code.coding[0].system`],
  [
    'ICD-10 without its hyphen',
    coded('http://hl7.org/fhir/sid/icd10', 'J18'),
    `fhir-code-system ${RESULT}.code.coding[0].system`,
  ],
  [
    'mmHg',
    result({ valueQuantity: { value: 1, unit: 'mmHg', system: 'http://unitsofmeasure.org', code: 'mmHg' } }),
    `fhir-unit ${RESULT}.value.ofType(Quantity).code`,
  ],
  [
    'a photograph as an address',
    visit(
      ({ entry }) =>
        (entry[0].resource['photo'] = [{ contentType: 'image/png', data: 'data:image/png;base64,AAAA' }]),
    ),
    `fhir-value ${PATIENT}.photo[0].data`,
  ],
  [
    'a birth to come',
    visit(({ entry }) =>
      Object.assign(entry[0].resource, { birthDate: '2199-01-01', identifier: undefined }),
    ),
    `fhir-future ${PATIENT}.birthDate`,
    `fhir-vietnam-profile ${PATIENT}.identifier`,
  ],
  ['a hard space in a name', json('Trịnh Thị', 'Trịnh\u00a0Thị'), `text-invisible ${PATIENT}.name[0].text`],
  [
    'question marks for letters',
    json('Trịnh Thị Kim Liên', 'Tr?nh Th? Kim Liên'),
    `text-lost ${PATIENT}.name[0].text`,
  ],
  ['half a letter', json('Trịnh Thị Kim Liên', 'Tr\\ud800nh'), `fhir-value ${PATIENT}.name[0].text`],
  [
    'a narrative of no namespace',
    visit(({ entry }) => (entry[0].resource['text'] = { status: 'generated', div: '<div>x</div>' })),
    `fhir-narrative ${PATIENT}.text.div`,
  ],
  [
    'a narrative of nothing',
    visit(
      ({ entry }) =>
        (entry[0].resource['text'] = {
          status: 'generated',
          div: '<div xmlns="http://www.w3.org/1999/xhtml"></div>',
        }),
    ),
    `fhir-narrative ${PATIENT}.text.div`,
  ],
  [
    'a whole address to post to',
    visit(({ entry }) => (entry[2].request['url'] = 'http://his.local/fhir/Observation')),
    'fhir-bundle-request Bundle.entry[2].request.url',
  ],
  [
    'a whole search in ifNoneExist',
    visit(({ entry }) => (entry[2].request['ifNoneExist'] = 'Observation?identifier=1')),
    'fhir-bundle-request Bundle.entry[2].request.ifNoneExist',
  ],
  [
    'an occupation in words',
    coded('https://yba.vn/fhir/CodeSystem/occupation', 'bác sĩ'),
    `code-form ${RESULT}.code.coding[0].code`,
  ],
];

const ADT = [
  'MSH|^~\\&|HIS|27001|YBA|EDGE|20261120080000||ADT^A01^ADT_A01|MSG-1|P|2.5.1||||||UNICODE UTF-8',
  'EVN||20261120080000',
  'PID|1||BN001^^^27001^MR~027163999001^^^VNM^NI||Trịnh^Liên^Thị Kim||19630902|F|||199 Trung tâm^^Bắc Ninh',
  `PV1|1|I|K02^101^1${'|'.repeat(16)}LK-26-1${'|'.repeat(25)}20261120080000`,
].join('\r');
const adt = replaced(ADT);
const oru = replaced(
  [
    'MSH|^~\\&|LIS|27001|YBA|EDGE|20261120093000||ORU^R01^ORU_R01|MSG-2|P|2.5.1||||||UNICODE UTF-8',
    'PID|1||BN001^^^27001^MR||Trịnh^Liên^Thị Kim||19630902|F',
    'OBR|1|ORD-1|LAB-1|23.0083.1523^HbA1c^L|||20261120082000|||||||||||||||20261120092000||LAB|F',
    'OBX|1|NM|HBA1C^HbA1c^L||7.2|%^^UCUM|4.0-6.0|H|||F',
    'OBX|2|ST|NOTE^Nhận xét^L||Mẫu tốt||||||F',
  ].join('\r'),
);

const MESSAGES: readonly Hostile[] = [
  ['a frame that never closes', `\u000b${ADT}`, 'hl7-frame MLLP'],
  ['a frame without its CR', `\u000b${ADT}\r\u001c`, 'hl7-frame MLLP'],
  [
    'two frames, one end',
    `\u000b${ADT}\r${frameMllp(ADT.replace('MSG-1', 'MSG-9')).toString()}`,
    'hl7-frame MLLP',
  ],
  ['an escape that does not close', adt('199 Trung', '199 \\F Trung'), 'hl7-escape PID-11'],
  ['an escape of nobody', adt('199 Trung', '199 \\BR\\ Trung'), 'hl7-escape PID-11'],
  ['HTML in an address', adt('Trung tâm', 'Trung &amp; tâm'), 'text-escaped PID-11'],
  ['a tab', adt('199 Trung', '199\tTrung'), 'hl7-control-character PID-11'],
  ['the structure of another type', adt('ADT_A01', 'ORU_R01'), 'hl7-structure MSH-9.3'],
  [
    'two patients in an admission',
    adt('\rPV1', '\rPID|2||X^^^27001^MR||A^B\rPV1'),
    'hl7-segment-twice PID[2]',
  ],
  ['a card with spaces', adt('027163999001^^^VNM^NI', 'GD4 79 123^^^BHXH^HC'), 'hl7-identifier PID-3'],
  [
    'a specimen after its result',
    oru('|||20261120082000|', '|||20261121082000|'),
    'hl7-order-of-times OBR-22',
  ],
  ['born after the message', adt('19630902', '21630902'), 'hl7-order-of-times PID-7'],
  ['a name of a hospital for its code', adt('HIS|27001', 'HIS|BVBN'), 'hl7-facility MSH-4'],
  [
    'a file that is none',
    oru('OBX|2|ST|NOTE^Nhận xét^L||Mẫu tốt', 'OBX|2|ED|PDF^Phiếu^L||^AP^PDF^Base64^*x*'),
    'hl7-value OBX[2]-5',
  ],
  [
    'a number repeated without end',
    adt('BN001^^^27001^MR', `BN001^^^27001^MR${'~X^^^27001^MR'.repeat(5_000)}`),
    'hl7-repeats PID-3',
  ],
  ['UTF8 by another name', adt('UNICODE UTF-8', 'UTF8'), 'hl7-charset MSH-18'],
  ['UTF-16', Buffer.from(`\ufeff${ADT}`, 'utf16le'), 'text-utf8 '],
];

for (const [area, faults] of [
  ['XML dossiers', DOSSIERS],
  ['FHIR', FHIR],
  ['HL7 v2', MESSAGES],
] as const)
  test(`tells each of ${faults.length} faults of ${area} that were thought up, by rule and place, with a fix in both languages`, async () => {
    const wrong: string[] = [];
    for (const [fault, file, ...expected] of faults) {
      const bytes = typeof file === 'string' ? Buffer.from(file) : file;
      const { findings } = await checkFile({ name: fault, bytes }, { facility: '27001' });
      const graves = findings.filter(({ severity }) => severity !== 'information');
      const told = [...new Set(graves.map(({ rule, path }) => `${rule} ${path}`))].filter(
        (one) => !/^xml-money|^xml-orphan|^xml-person-number/.test(one), // what the fault drags along
      );
      if (told.toSorted().join('\n') !== [...expected].toSorted().join('\n'))
        wrong.push(`${fault}: ${told.join('; ')}`);
      for (const { found, fix, rule } of graves) {
        assert.ok(
          found.vi.length > 5 && found.en.length > 5 && fix.vi.length > 5 && fix.en.length > 5,
          fault,
        );
        assert.notEqual(fix.vi, fix.en, fault);
        assert.ok(ruleOf(rule).source.name, fault);
      }
    }
    assert.deepEqual(wrong, []);
  });
