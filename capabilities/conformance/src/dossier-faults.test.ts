import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  aDossier,
  aFile,
  anEnvelope,
  aTable,
  type EnvelopeOptions,
  type Fields,
  type MadeDossier,
} from '@yba/vietnam/testing';
import { assertFault, type PlantedFault } from './testing/planted-faults.ts';

const made = (change?: (tables: Record<string, Fields[]>) => unknown, tables?: string[]): MadeDossier => {
  const dossier = aDossier({ seed: 3, facility: '27001', ...(tables ? { tables } : {}) });
  change?.(dossier.tables);
  return dossier;
};

/** An envelope of one dossier in which fields of the nth row of a table are others. */
const row = (table: string, change: Fields, nth = 1, tables?: string[]) =>
  anEnvelope([made((all) => Object.assign(all[table]![nth - 1]!, change), tables)]);

const summary = (change: Fields, tables?: string[]) => row('XML1', change, 1, tables);

/** An envelope changed as text. */
const text = (from: string | RegExp, to: string, options: EnvelopeOptions = {}) => {
  const whole = anEnvelope([made()], options);
  const other = whole.replace(from, to);
  assert.notEqual(other, whole, String(from));
  return other;
};

/** An envelope whose XML2 file is these bytes, in Base64. */
const drugs = (bytes: Buffer | string) => {
  const file = aFile('XML2', aTable('XML2', made().tables['XML2']!));
  const { tables } = made();
  const envelope = anEnvelope([made()]);
  assert.ok(tables['XML2'] && envelope.includes(file));
  return envelope.replace(
    file,
    `<FILEHOSO><LOAIHOSO>XML2</LOAIHOSO><NOIDUNGFILE>${Buffer.from(bytes).toString('base64')}</NOIDUNGFILE></FILEHOSO>`,
  );
};
const drugTable = () => aTable('XML2', made().tables['XML2']!);

/** Letters of TCVN3 that the drugs of the made dossier need. */
const tcvn3 = (words: string) =>
  Buffer.from(
    words
      .replace(/ê/g, '\u00aa')
      .replace(/ố/g, '\u00e8')
      .replace(/ả/g, '\u00b6')
      .replace(/Đ/g, '\u00a7')
      .replace(/é/g, '\u00d0')
      .replace(/ầ/g, '\u00c7')
      .replace(/à/g, '\u00b5')
      .replace(/ă/g, '\u00a8')
      .replace(/ấ/g, '\u00ca')
      .replace(/ọ/g, '\u00e4')
      .replace(/ậ/g, '\u00cb')
      .replace(/[^\u0000-\u00ff]/gu, ''),
    'latin1',
  );

const D = 'GIAMDINHHS.THONGTINHOSO';
const SETTLED = { T_BNTT: '0', T_BNCCT: '0' };

/** What vendors send: the fault, the file, the place and rule told, what the fix must say in both languages. */
const FAULTS: readonly PlantedFault[] = [
  ['another root', text(/GIAMDINHHS/g, 'GIAMDINH'), 'GIAMDINH', 'xml-root', /GIAMDINHHS/, /GIAMDINHHS/],
  [
    'a file that is no XML to its end',
    anEnvelope([made()]).slice(0, -30),
    'GIAMDINHHS',
    'xml-xml',
    /cú pháp/,
    /well-formed/,
  ],
  [
    'a DOCTYPE',
    text('<GIAMDINHHS', '<!DOCTYPE GIAMDINHHS><GIAMDINHHS'),
    'GIAMDINHHS',
    'xml-doctype',
    /DOCTYPE/,
    /DOCTYPE/,
  ],
  [
    'an entity of HTML',
    text('<CHUKYDONVI/>', '<CHUKYDONVI>&nbsp;</CHUKYDONVI>'),
    'GIAMDINHHS',
    'xml-entity',
    /thực thể/,
    /entities/,
  ],
  [
    'a declaration of another encoding',
    text('encoding="utf-8"', 'encoding="windows-1258"'),
    'GIAMDINHHS',
    'xml-encoding',
    /utf-8/,
    /utf-8/,
  ],
  [
    'a file in UTF-16',
    Buffer.from(`\ufeff${anEnvelope([made()])}`, 'utf16le'),
    '',
    'text-utf8',
    /UTF8Encoding/,
    /UTF-8 without BOM/,
  ],
  ['a table in TCVN3', drugs(tcvn3(drugTable())), 'XML2', 'text-utf8', /TCVN3/, /TCVN3/],
  [
    'a table with a byte order mark',
    drugs(`\ufeff${drugTable()}`),
    'XML2',
    'text-bom',
    /EF BB BF/,
    /EF BB BF/,
  ],
  [
    'a table decomposed',
    drugs(drugTable().normalize('NFD')),
    'XML2.DON_VI_TINH',
    'text-composed',
    /NFC/,
    /NFC/,
  ],
  ['a name in VNI', summary({ HO_TEN: 'NGUYEÃN VAÊN AN' }), 'XML1.HO_TEN', 'text-legacy-font', /VNI/, /VNI/],
  [
    'a name in TCVN3',
    summary({ HO_TEN: 'NguyÔn V¨n An' }),
    'XML1.HO_TEN',
    'text-legacy-font',
    /TCVN3/,
    /TCVN3/,
  ],
  [
    'an address encoded twice',
    summary({ DIA_CHI: 'XÃ£ Há»£p Tháº¯ng' }),
    'XML1.DIA_CHI',
    'text-encoded-twice',
    /một lần/,
    /once/,
  ],
  [
    'a table without Base64',
    drugs('x').replace('<NOIDUNGFILE>eA==', `<NOIDUNGFILE><![CDATA[${drugTable()}]]>`),
    `${D}.DANHSACHHOSO.HOSO.FILEHOSO.NOIDUNGFILE`,
    'xml-base64',
    /Base64/,
    /Base64/,
  ],
  [
    'a table that is not Base64',
    drugs('x').replace('eA==', '%%%%'),
    'XML2',
    'xml-base64',
    /Base64/,
    /Base64/,
    ['xml-base64', 'xml-money-total'],
  ],
  [
    'Base64 twice',
    drugs(Buffer.from(drugTable()).toString('base64')),
    'XML2',
    'xml-double-base64',
    /một lần/,
    /once/,
    ['xml-double-base64', 'xml-money-total'],
  ],
  [
    'a table of another root',
    drugs(drugTable().replaceAll('CHITIEU_CHITIET_THUOC', 'DSACH_THUOC')),
    'XML2',
    'xml-root',
    /thẻ gốc/,
    /root element/,
    ['xml-root', 'xml-money-total'],
  ],
  [
    'a table that is none',
    text('<LOAIHOSO>XML4</LOAIHOSO>', '<LOAIHOSO>XML44</LOAIHOSO>'),
    'XML44',
    'xml-unknown-table',
    /XML1 … XML15/,
    /XML1 … XML15/,
  ],
  [
    'a table twice',
    anEnvelope([made()]).replace(
      aFile('XML1', aTable('XML1', made().tables['XML1']!)),
      (file) => file + file,
    ),
    'XML1',
    'xml-repeated-table',
    /một lần/,
    /once/,
  ],
  [
    'no XML1',
    anEnvelope([made(undefined, ['XML2', 'XML3'])]),
    'XML1',
    'xml-required',
    /bắt buộc/,
    /required/,
  ],
  [
    'a count that is not true',
    anEnvelope([made()], { count: 3 }),
    'GIAMDINHHS.SOLUONGHOSO',
    'xml-count',
    /SOLUONGHOSO/,
    /SOLUONGHOSO/,
  ],
  [
    'a day of making the Vietnamese way',
    text('<NGAYLAP>20260915', '<NGAYLAP>15/09/2026'),
    `${D}.NGAYLAP`,
    'xml-created',
    /yyyyMMdd/,
    /yyyyMMdd/,
  ],
  [
    'a GLN for the facility',
    anEnvelope([made()], { facility: '8934567890123' }),
    'GIAMDINHHS.THONGTINDONVI.MACSKCB',
    'xml-facility',
    /GLN/,
    /GLN/,
  ],
  [
    'another facility in XML1',
    summary({ MA_CSKCB: '01013' }),
    'XML1.MA_CSKCB',
    'xml-facility',
    /27001/,
    /27001/,
  ],
  [
    'an element that the standard has not',
    row('XML2', { MA_THUOC_BV: 'P1' }),
    'XML2[1].MA_THUOC_BV',
    'xml-unknown-field',
    /sửa tên thẻ|Bỏ/,
    /[Rr]emove or rename/,
  ],
  [
    'a required field empty',
    row('XML2', { TEN_THUOC: '' }),
    'XML2[1].TEN_THUOC',
    'xml-required',
    /Điền TEN_THUOC/,
    /Fill in TEN_THUOC/,
  ],
  [
    'a name too long',
    row('XML4', { TEN_CHI_SO: 'x'.repeat(300) }),
    'XML4[1].TEN_CHI_SO',
    'xml-length',
    /255/,
    /255/,
  ],
  [
    'a decimal comma',
    row('XML2', { SO_LUONG: '10,5' }),
    'XML2[1].SO_LUONG',
    'xml-number',
    /dấu chấm/,
    /after a dot/,
    ['xml-number'],
  ],
  [
    'seconds in a time',
    row('XML2', { NGAY_YL: '20260914090000' }),
    'XML2[1].NGAY_YL',
    'xml-length',
    /12 ký tự/,
    /12 characters/,
  ],
  [
    'a time with separators',
    row('XML4', { NGAY_KQ: '2026-09-14' }),
    'XML4[1].NGAY_KQ',
    'xml-date',
    /yyyyMMddHHmm/,
    /yyyyMMddHHmm/,
  ],
  [
    'a day that does not exist',
    summary({ NGAY_SINH: '199002300000' }),
    'XML1.NGAY_SINH',
    'xml-date',
    /0000/,
    /0000/,
  ],
  ['sex as a letter', summary({ GIOI_TINH: 'F' }), 'XML1.GIOI_TINH', 'xml-number', /chữ số/, /digits/],
  [
    'a kind of visit that is none',
    summary({ MA_LOAI_KCB: '77' }),
    'XML1.MA_LOAI_KCB',
    'xml-code',
    /01–16/,
    /01–16/,
  ],
  [
    'a diagnosis in words',
    summary({ MA_BENH_CHINH: 'ho' }),
    'XML1.MA_BENH_CHINH',
    'xml-format',
    /J18\.9/,
    /J18\.9/,
  ],
  [
    'a route in words',
    row('XML2', { DUONG_DUNG: 'uống' }),
    'XML2[1].DUONG_DUNG',
    'xml-format',
    /n\.nn/,
    /n\.nn/,
  ],
  [
    'a row of another visit',
    row('XML3', { MA_LK: 'LK-KHAC' }, 2),
    'XML3[2].MA_LK',
    'xml-visit-key',
    /MA_LK của XML1/,
    /MA_LK of XML1/,
  ],
  [
    'one MA_LK for two visits',
    anEnvelope([made(), made()]),
    'HOSO[2] XML1.MA_LK',
    'xml-visit-twice',
    /riêng/,
    /of its own/,
  ],
  [
    'rows of one number',
    row('XML2', { STT: '1' }, 2),
    'XML2[2].STT',
    'xml-row-number',
    /tăng dần/,
    /upwards/,
  ],
  [
    'a result without its service',
    row('XML4', { MA_DICH_VU: '22.9999.0000' }),
    'XML4[1].MA_DICH_VU',
    'xml-orphan',
    /XML3/,
    /XML3/,
  ],
  [
    'a visit that ends before it begins',
    summary({ NGAY_RA: '202609140700' }),
    'XML1.NGAY_RA',
    'xml-order-of-times',
    /thứ tự/,
    /order of times/,
    ['xml-order-of-times', 'xml-inside-visit'],
  ],
  [
    'an order before the visit',
    row('XML2', { NGAY_YL: '202609130800' }),
    'XML2[1].NGAY_YL',
    'xml-inside-visit',
    /trong đợt/,
    /within the visit/,
  ],
  [
    'a result before its order',
    row('XML3', { NGAY_KQ: '202609140801' }),
    'XML3[1].NGAY_KQ',
    'xml-order-of-times',
    /y lệnh có trước/,
    /order comes first/,
  ],
  [
    'days of an examination',
    summary({ SO_NGAY_DTRI: '1' }),
    'XML1.SO_NGAY_DTRI',
    'xml-days',
    /Ghi 0/,
    /Write 0/,
  ],
  [
    'an inpatient without discharge paper',
    summary({ MA_LOAI_KCB: '03', SO_NGAY_DTRI: '1' }),
    'XML7',
    'xml-table-missing',
    /Thêm XML7/,
    /Add XML7/,
  ],
  [
    'a transfer without its paper',
    summary({ MA_LOAI_RV: '2' }),
    'XML13',
    'xml-table-missing',
    /Thêm XML13/,
    /Add XML13/,
  ],
  [
    'a paper that names somebody else',
    row('XML14', { HO_TEN: 'TRẦN VĂN KHÁC' }, 1, ['XML1', 'XML2', 'XML3', 'XML4', 'XML14']),
    'XML14[1].HO_TEN',
    'xml-same-facts',
    /cùng một nguồn/,
    /where XML1 has it/,
  ],
  [
    'the diagnosis twice',
    row('XML1', { MA_BENH_CHINH: 'I10', MA_BENH_KT: 'E11.9;I10' }),
    'XML1.MA_BENH_KT',
    'xml-diagnoses',
    /không lặp lại/,
    /again/,
  ],
  [
    'thirteen other diagnoses',
    summary({
      MA_BENH_CHINH: 'I10',
      MA_BENH_KT: Array.from({ length: 13 }, (_, at) => `J${10 + at}`).join(';'),
    }),
    'XML1.MA_BENH_KT',
    'xml-diagnoses',
    /12/,
    /12/,
  ],
  [
    'a commune in another province',
    summary({ MATINH_CU_TRU: '79', MAXA_CU_TRU: '00004' }),
    'XML1.MAXA_CU_TRU',
    'xml-address',
    /MATINH_CU_TRU là 01/,
    /Write 01/,
  ],
  [
    'a commune that is none',
    summary({ MATINH_CU_TRU: '79', MAXA_CU_TRU: '99999' }),
    'XML1.MAXA_CU_TRU',
    'xml-address',
    /danh mục/,
    /list of administrative units/,
  ],
  [
    'a card that ends before it begins',
    summary({ GT_THE_TU: '20270101' }),
    'XML1.GT_THE_DEN',
    'xml-card',
    /GT_THE_TU không sau/,
    /not after GT_THE_DEN/,
  ],
  [
    'card lists of different length',
    summary({ MA_DKBD: '27001;01013' }),
    'XML1.MA_DKBD',
    'xml-parallel-lists',
    /MA_THE_BHYT/,
    /MA_THE_BHYT/,
  ],
  [
    'a sex that the number contradicts',
    anEnvelope([made(({ XML1 }) => (XML1![0]!['GIOI_TINH'] = XML1![0]!['GIOI_TINH'] === '1' ? '2' : '1'))]),
    'XML1.SO_CCCD',
    'xml-person-number',
    /chữ số thứ 4/,
    /fourth digit/,
  ],
  [
    'an amount that is no product',
    row('XML2', { THANH_TIEN_BV: '99000' }),
    'XML2[1].THANH_TIEN_BV',
    'xml-money-row',
    /SO_LUONG × DON_GIA/,
    /SO_LUONG × DON_GIA/,
    ['xml-money-row', 'xml-money-balance', 'xml-money-total'],
  ],
  [
    'parts of other sources that do not add up',
    row('XML3', { T_NGUONKHAC_NSNN: '1000' }),
    'XML3[1].T_NGUONKHAC',
    'xml-money-sources',
    /_NSNN/,
    /_NSNN/,
  ],
  [
    'shares that do not add up',
    row('XML3', { T_BNTT: '1000' }),
    'XML3[1].THANH_TIEN_BV',
    'xml-money-balance',
    /T_BNCCT/,
    /T_BNCCT/,
    ['xml-money-balance', 'xml-money-total'],
  ],
  [
    'the fund pays above the level',
    row('XML3', { MUC_HUONG: '80', ...SETTLED }),
    'XML3[1].T_BHTT',
    'xml-money-share',
    /MUC_HUONG/,
    /MUC_HUONG/,
  ],
  [
    'a total that is not the sum',
    summary({ T_TONGCHI_BV: '1' }),
    'XML1.T_TONGCHI_BV',
    'xml-money-total',
    /Σ XML2, XML3/,
    /Σ XML2, XML3/,
  ],
  [
    'a fund total that is not the rest',
    summary({ T_BHTT: '1' }),
    'XML1.T_BHTT',
    'xml-money-fund',
    /T_TONGCHI_BH − T_BNCCT/,
    /T_TONGCHI_BH − T_BNCCT/,
  ],
  [
    'outside the scope, and charged',
    row('XML3', { PHAM_VI: '2' }),
    'XML3[1].THANH_TIEN_BH',
    'xml-scope',
    /TYLE_TT_BH = 0/,
    /TYLE_TT_BH = 0/,
  ],
  [
    'a supply without its tender',
    row('XML3', { MA_NHOM: '10', MA_DICH_VU: '', MA_VAT_TU: 'N03.02.010', TEN_VAT_TU: 'Bơm tiêm' }),
    'XML3[1].TT_THAU',
    'xml-group',
    /TT_THAU/,
    /TT_THAU/,
    ['xml-group', 'xml-money-total'],
  ],
];

test(`tells each of ${FAULTS.length} faults that vendors make in XML dossiers, at its place, with its rule and a fix in both languages`, async () => {
  for (const fault of FAULTS) await assertFault(fault);
});

test('says that a dossier is of another facility than the sender', async () => {
  const place = 'GIAMDINHHS.THONGTINDONVI.MACSKCB';
  await assertFault(['a foreign dossier', anEnvelope([made()]), place, 'xml-facility', /79013/, /79013/], {
    facility: '79013',
  });
});

test('checks one table by itself, without asking for the others', async () => {
  const rows = made().tables['XML2']!;
  await assertFault([
    'a table alone',
    aTable('XML2', [{ ...rows[0], NGAY_YL: '2026' }, ...rows.slice(1)]),
    'XML2[1].NGAY_YL',
    'xml-date',
    /yyyyMMddHHmm/,
    /yyyyMMddHHmm/,
  ]);
});
