import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Dossier, readDossier, readEnvelope } from '@yba/vietnam/dossier';
import { aDossier, anEnvelope, type Fields, generator, type MadeDossier } from '@yba/vietnam/testing';

const every = Array.from({ length: 15 }, (_, at) => `XML${at + 1}`).filter((table) => table !== 'XML12');

async function read(made: MadeDossier, change?: (xml: string) => string): Promise<Dossier> {
  const text = anEnvelope([made]);
  const { dossiers } = await readEnvelope([Buffer.from(change ? change(text) : text)]);
  return await readDossier(dossiers[0]!);
}

function withRow(table: string, change: Fields, seed = 3): MadeDossier {
  const made = aDossier({ seed });
  made.tables[table]![0] = { ...made.tables[table]![0]!, ...change };
  return made;
}

test('finds nothing wrong in a made dossier, all tables included', async () => {
  for (let seed = 1; seed <= 30; seed++) {
    const { findings, quarantine, elements, tables } = await read(aDossier({ seed, tables: every }));
    assert.deepEqual(quarantine, []);
    assert.deepEqual(
      findings.filter(({ severity }) => severity === 'error'),
      [],
    );
    assert.equal(elements.stored, elements.read);
    assert.equal(tables.length, 14);
  }
});

test('names table, row, field, rule and remedy of each planted fault', async () => {
  const faults: [string, Fields, string, string][] = [
    ['XML2', { NGAY_YL: '202613010800' }, 'NGAY_YL', 'date'],
    ['XML2', { NGAY_YL: '20260914' }, 'NGAY_YL', 'date'],
    ['XML2', { SO_LUONG: '10,5' }, 'SO_LUONG', 'number'],
    ['XML2', { SO_LUONG: '12345678901' }, 'SO_LUONG', 'length'],
    ['XML2', { TEN_THUOC: '' }, 'TEN_THUOC', 'required'],
    ['XML2', { DUONG_DUNG: 'uống' }, 'DUONG_DUNG', 'format'],
    ['XML2', { PHAM_VI: '7' }, 'PHAM_VI', 'code'],
    ['XML2', { MA_LK: 'another' }, 'MA_LK', 'visit-key'],
    ['XML3', { MA_NHOM: '44' }, 'MA_NHOM', 'code'],
    ['XML3', { MA_DICH_VU: '', MA_VAT_TU: '' }, 'MA_DICH_VU', 'required'],
    ['XML3', { MA_BENH: 'cảm' }, 'MA_BENH', 'format'],
    ['XML4', { TEN_CHI_SO: 'x'.repeat(256) }, 'TEN_CHI_SO', 'length'],
    ['XML4', { NGAY_KQ: '' }, 'NGAY_KQ', 'required'],
    ['XML4', { NGAY_KQ: '202602300900' }, 'NGAY_KQ', 'date'],
    ['XML4', { STT: '0' }, 'STT', 'number'],
  ];
  for (const [table, change, field, rule] of faults) {
    const { quarantine, tables, elements, summary } = await read(withRow(table, change));
    assert.ok(summary);
    assert.equal(quarantine.length, 1, `${table}.${field}`);
    const [item] = quarantine;
    assert.deepEqual(
      [item!.table, item!.row, item!.field, item!.rule, item!.severity],
      [table, 1, field, rule, 'error'],
    );
    assert.match(item!.remedy.vi, /\.$/);
    assert.match(item!.remedy.en, /\.$/);
    assert.equal((item!.raw as Fields)[field], change[field]);
    assert.ok(!tables.find(({ name }) => name === table)!.rows.some((row) => row.number === 1));
    assert.equal(elements.read, elements.stored + elements.quarantined);
  }
});

test('keeps the whole dossier out when XML1 cannot carry a visit', async () => {
  const unusable: Fields[] = [
    { HO_TEN: '' },
    { MA_BN: '' },
    { NGAY_SINH: '199013010000' },
    { GIOI_TINH: '4' },
    { NGAY_RA: '' },
    { NGAY_RA: '202609140700' },
    { MA_LOAI_KCB: '77' },
    { MA_BENH_CHINH: 'ho' },
    { MA_CSKCB: '8934567890123' },
    { MA_LK: '' },
  ];
  for (const change of unusable) {
    const { summary, tables, quarantine, elements } = await read(withRow('XML1', change));
    assert.equal(summary, undefined, JSON.stringify(change));
    assert.deepEqual(tables, []);
    assert.equal(quarantine[0]!.field, Object.keys(change)[0]);
    assert.equal(elements.stored, 0);
    assert.equal(elements.read, elements.quarantined);
  }
});

test('keeps a dossier without XML1 out, and tells its MA_LK', async () => {
  const { maLk, summary, findings, elements } = await read(aDossier({ tables: ['XML2', 'XML3'] }));
  assert.ok(maLk);
  assert.equal(summary, undefined);
  assert.deepEqual(
    findings.map(({ table, rule }) => [table, rule]),
    [['XML1', 'required']],
  );
  assert.equal(elements.read, elements.quarantined);
});

test('lets a visit in without a field of XML1 that only administration needs', async () => {
  const { summary, quarantine, findings } = await read(
    withRow('XML1', { CAN_NANG: 'nặng', SO_CCCD: '12345', MA_HSBA: '', MA_DANTOC: '99' }),
  );
  assert.ok(summary && !('CAN_NANG' in summary) && !('SO_CCCD' in summary) && !('MA_DANTOC' in summary));
  assert.deepEqual(
    quarantine.map(({ field, rule, severity, raw }) => [field, rule, severity, raw]),
    [
      ['SO_CCCD', 'format', 'warning', '12345'],
      ['MA_DANTOC', 'code', 'warning', '99'],
      ['CAN_NANG', 'format', 'warning', 'nặng'],
    ],
  );
  assert.deepEqual(
    findings.map(({ field, rule }) => [field, rule]),
    [['MA_HSBA', 'required']],
  );
});

test('takes the longer length of the two versions, and dates of either', async () => {
  const made = aDossier({ tables: ['XML1', 'XML3', 'XML4', 'XML14'] });
  made.tables.XML4![0]!.GIA_TRI = 'x'.repeat(255);
  made.tables.XML3![0]!.MUC_HUONG = '47.5';
  for (const appointment of ['20261001', '202610010830']) {
    made.tables.XML14![0]!.NGAY_HEN_KL = appointment;
    const { quarantine, findings } = await read(made);
    assert.deepEqual(quarantine, []);
    assert.deepEqual(findings, []);
  }
});

test('takes a birth date of which only the year is known', async () => {
  for (const born of ['194500000000', '1945', '19450000', '194507000000']) {
    const { summary } = await read(withRow('XML1', { NGAY_SINH: born }));
    assert.equal(summary !== undefined, born.length >= 8, born);
  }
});

test('warns of card lists that do not run parallel', async () => {
  const cards = 'GD4010123456789;DN4010123456789';
  const { findings, summary } = await read(
    withRow('XML1', { MA_THE_BHYT: cards, GT_THE_TU: '20260101;20260301' }),
  );
  assert.ok(summary);
  assert.deepEqual(
    findings.map(({ field, rule }) => [field, rule]),
    [
      ['MA_DKBD', 'parallel-lists'],
      ['GT_THE_DEN', 'parallel-lists'],
    ],
  );
});

test('sets aside elements that the standard does not know, and keeps the row', async () => {
  const made = withRow('XML2', { TRUONG_LA: 'giá trị' });
  const { quarantine, tables, elements } = await read(made);
  assert.deepEqual(
    [quarantine[0]!.field, quarantine[0]!.rule, quarantine[0]!.raw],
    ['TRUONG_LA', 'unknown-field', 'giá trị'],
  );
  const table = tables.find(({ name }) => name === 'XML2')!;
  assert.equal(table.rows.length, 3);
  assert.ok(!table.xml.includes('TRUONG_LA'));
  assert.equal(elements.read, elements.stored + elements.quarantined);
});

test('sets words between elements aside', async () => {
  const made = aDossier();
  const loose = (xml: string) =>
    xml.replace(/XML2<\/LOAIHOSO><NOIDUNGFILE>([^<]+)/, (all, file: string) => {
      const table = Buffer.from(file, 'base64')
        .toString()
        .replace('</CHI_TIET_THUOC>', 'lạc</CHI_TIET_THUOC>');
      return all.replace(file, Buffer.from(table).toString('base64'));
    });
  const { quarantine, elements, tables } = await read(made, loose);
  assert.deepEqual(
    quarantine.map(({ table, row, raw }) => [table, row, raw]),
    [['XML2', 1, 'lạc']],
  );
  assert.equal(elements.read, elements.stored + elements.quarantined);
  assert.equal(tables.find(({ name }) => name === 'XML2')!.rows.length, 3);
});

test('keeps the other tables as they were sent, faults and all', async () => {
  const made = aDossier({ tables: ['XML1', 'XML7'] });
  made.tables.XML7![0]!.NGAY_CT = 'hôm nay';
  const { quarantine, findings, tables } = await read(made);
  assert.deepEqual(quarantine, []);
  assert.deepEqual(
    findings.map(({ table, field, rule, severity }) => [table, field, rule, severity]),
    [['XML7', 'NGAY_CT', 'date', 'warning']],
  );
  assert.ok(tables.find(({ name }) => name === 'XML7')!.xml.includes('hôm nay'));
});

test('does not let a row of another visit in by any table', async () => {
  const made = aDossier({ tables: ['XML1', 'XML5'] });
  made.tables.XML5![0]!.MA_LK = 'someone-else';
  const { tables, quarantine } = await read(made);
  assert.deepEqual(
    tables.map(({ name }) => name),
    ['XML1'],
  );
  assert.equal(quarantine[0]!.rule, 'visit-key');
});

test('sets a second XML1 aside and adds up a second XML2', async () => {
  const made = aDossier({ seed: 5 });
  const again = anEnvelope([{ ...made, tables: { XML1: made.tables.XML1!, XML2: made.tables.XML2! } }]);
  const files = /<HOSO>(.*)<\/HOSO>/s.exec(again)![1]!;
  const { tables, quarantine, elements } = await read(made, (text) =>
    text.replace('</HOSO>', `${files}</HOSO>`),
  );
  assert.deepEqual(
    quarantine.map(({ rule }) => rule),
    ['repeated-table'],
  );
  assert.equal(tables.filter(({ name }) => name === 'XML2').length, 2);
  assert.equal(elements.read, elements.stored + elements.quarantined);
});

test('accounts for every element of dossiers damaged at random', async () => {
  const random = generator(2026);
  for (let round = 0; round < 150; round++) {
    const made = aDossier({ seed: round, tables: every });
    let fields = 0;
    for (const rows of Object.values(made.tables)) {
      for (const row of rows) {
        const names = Object.keys(row);
        const name = names[Math.floor(random() * names.length)]!;
        const damage = random();
        if (damage < 0.2) row[name] = '???';
        else if (damage < 0.3) row[name] = '';
        else if (damage < 0.4) delete row[name];
        else if (damage < 0.5) row[`LA_${round}`] = 'x';
        else if (damage < 0.6) row[name] = 'đ'.repeat(2000);
        fields += Object.keys(row).length;
      }
    }
    const { elements, quarantine, tables } = await read(made);
    const kept = tables
      .flatMap(({ rows }) => rows)
      .reduce((sum, row) => sum + Object.keys(row.fields).length, 0);
    const aside = quarantine.reduce(
      (sum, { raw }) => sum + (typeof raw === 'string' ? 1 : Object.keys(raw).length),
      0,
    );
    assert.equal(elements.read, fields);
    assert.equal(kept + aside, fields);
    assert.deepEqual([elements.stored, elements.quarantined], [kept, aside]);
  }
});

test('a dossier in which more than ten thousand things are wrong is set aside as it came', async () => {
  const made = aDossier();
  const [row] = made.tables.XML2!;
  const wrong = Object.fromEntries(Array.from({ length: 200 }, (_, n) => [`LA_${n}`, 'x']));
  made.tables.XML2 = Array.from({ length: 60 }, () => ({ ...row!, ...wrong }));
  const { maLk, summary, quarantine, findings, elements } = await read(made);
  assert.equal(summary, undefined);
  assert.equal(maLk, row!.MA_LK);
  assert.deepEqual([findings.length, [...new Set(quarantine.map(({ rule }) => rule))]], [0, ['length']]);
  assert.equal(quarantine.length, Object.keys(made.tables).length);
  assert.deepEqual(elements, { read: quarantine.length, stored: 0, quarantined: quarantine.length });
});

test('a table of more rows, or a row of more fields, than there can be is set aside whole', async () => {
  const filled = (rows: number, fields: number) => {
    const table = `<CHITIEU_CHITIET_THUOC><DSACH_CHI_TIET_THUOC>${`<CHI_TIET_THUOC>${'<A>1</A>'.repeat(fields)}</CHI_TIET_THUOC>`.repeat(rows)}</DSACH_CHI_TIET_THUOC></CHITIEU_CHITIET_THUOC>`;
    return readDossier({
      files: [{ kind: 'XML2', content: Buffer.from(table).toString('base64') }],
      strays: [],
    });
  };
  for (const [rows, fields] of [
    [10_001, 0],
    [1, 1_001],
  ] as const) {
    const { quarantine, elements } = await filled(rows, fields);
    assert.deepEqual([quarantine[0]!.rule, quarantine.length, elements.read], ['length', 1, 1]);
  }
});
