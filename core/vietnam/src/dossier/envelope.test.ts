import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Dossier, EnvelopeFault, readDossier, readEnvelope } from '@yba/vietnam/dossier';
import { aDossier, aFile, anEnvelope } from '@yba/vietnam/testing';

const bytesOf = (text: string) => [Buffer.from(text)];
const hoso = (...files: string[]) =>
  `<GIAMDINHHS><THONGTINDONVI><MACSKCB>01013</MACSKCB></THONGTINDONVI><THONGTINHOSO><DANHSACHHOSO>` +
  `<HOSO>${files.join('')}</HOSO></DANHSACHHOSO></THONGTINHOSO></GIAMDINHHS>`;

async function only(text: string): Promise<Dossier> {
  const { dossiers } = await readEnvelope(bytesOf(text));
  assert.equal(dossiers.length, 1);
  return readDossier(dossiers[0]!);
}

async function refusal(bytes: Uint8Array[]): Promise<string> {
  try {
    await readEnvelope(bytes);
  } catch (error) {
    assert.ok(error instanceof EnvelopeFault, String(error));
    assert.ok(error.finding.remedy.vi && error.finding.remedy.en);
    return error.finding.rule;
  }
  return 'read';
}

test('reads several dossiers of one file in their order', async () => {
  const made = [1, 2, 3].map((seed) => aDossier({ seed }));
  const envelope = await readEnvelope(bytesOf(anEnvelope(made)));
  assert.equal(envelope.facility, '01013');
  const read = await Promise.all(envelope.dossiers.map(readDossier));
  assert.deepEqual(
    read.map(({ maLk }) => maLk),
    made.map(({ maLk }) => maLk),
  );
});

test('reads the same content whatever the encoding habits, and hashes it the same', async () => {
  const made = [aDossier({ seed: 7, tables: ['XML1', 'XML2', 'XML3', 'XML4', 'XML7'] })];
  const plain = await only(anEnvelope(made));
  for (const habit of [
    { cdata: true },
    { bom: true },
    { form: 'NFD' as const },
    { lineLength: 76 },
    { prefix: 'ns0' },
    { cdata: true, bom: true, form: 'NFD' as const, lineLength: 60 },
  ]) {
    const read = await only(anEnvelope(made, habit));
    assert.equal(read.hash, plain.hash, JSON.stringify(habit));
    assert.equal(read.summary?.HO_TEN, plain.summary?.HO_TEN);
    assert.deepEqual(read.quarantine, []);
  }
  assert.notEqual(plain.hash, (await only(anEnvelope([aDossier({ seed: 8 })]))).hash);
});

test('reads a file that arrives in pieces cut inside a letter', async () => {
  const bytes = Buffer.from(anEnvelope([aDossier({ seed: 1, summary: { HO_TEN: 'ĐẶNG THỊ ƯỚC' } })]));
  const pieces = Array.from({ length: Math.ceil(bytes.length / 7) }, (_, at) =>
    bytes.subarray(at * 7, at * 7 + 7),
  );
  const { dossiers } = await readEnvelope(pieces);
  assert.equal((await readDossier(dossiers[0]!)).summary?.HO_TEN, 'ĐẶNG THỊ ƯỚC');
});

test('refuses an envelope that cannot be read, with the rule it breaks', async () => {
  const good = anEnvelope([aDossier()]);
  const text = (from: string | RegExp, to: string) => [Buffer.from(good.replace(from, to))];
  assert.equal(
    await refusal(text('<GIAMDINHHS', '<!DOCTYPE GIAMDINHHS [<!ENTITY x "y">]><GIAMDINHHS')),
    'doctype',
  );
  assert.equal(await refusal(text('01013</MACSKCB>', '&x;</MACSKCB>')), 'entity');
  assert.equal(await refusal([Buffer.from(good.slice(0, good.length / 2))]), 'xml');
  assert.equal(await refusal([Buffer.alloc(0)]), 'xml');
  assert.equal(await refusal([Buffer.from('{"resourceType":"Bundle"}')]), 'xml');
  assert.equal(await refusal(text('encoding="utf-8"', 'encoding="windows-1258"')), 'encoding');
  assert.equal(await refusal([Buffer.from(`\ufeff${good}`, 'utf16le')]), 'encoding');
  assert.equal(await refusal([Buffer.from(good), Buffer.from([0xff, 0xc0])]), 'encoding');
  assert.equal(await refusal(text(/GIAMDINHHS/g, 'HOSOKHAC')), 'root');
  assert.equal(await refusal(text(/<HOSO>.*<\/HOSO>/, '')), 'required');
  assert.equal(await refusal([Buffer.from('<a>'.repeat(5000))]), 'root');
  assert.equal(await refusal([Buffer.from(`<GIAMDINHHS>${'<a>'.repeat(5000)}`)]), 'nesting');
});

test('sets aside what lies where the envelope has no place for it', async () => {
  const good = anEnvelope([aDossier()]);
  const inDossier = await readEnvelope(
    bytesOf(good.replace('<FILEHOSO>', '<GHICHU a="1">x &amp; y<B/></GHICHU><FILEHOSO>')),
  );
  assert.equal(inDossier.dossiers[0]!.strays[0]!.raw, '<GHICHU a="1">x &amp; y<B></B></GHICHU>');
  const outside = await readEnvelope(
    bytesOf(good.replace('<DANHSACHHOSO>', '<HOSO><FILEHOSO/></HOSO><DANHSACHHOSO>')),
  );
  assert.equal(outside.strays[0]?.rule, 'nesting');
  assert.equal(outside.dossiers.length, 1);
});

test('sets a second value of one place aside, and words where no text belongs', async () => {
  const good = anEnvelope([aDossier()]);
  const twice = await readEnvelope(
    bytesOf(good.replace('</LOAIHOSO>', '</LOAIHOSO><LOAIHOSO>XML9</LOAIHOSO>')),
  );
  assert.deepEqual(
    twice.dossiers[0]!.strays.map(({ field, rule }) => [field, rule]),
    [['LOAIHOSO', 'repeated-field']],
  );
  const words = await readEnvelope(bytesOf(good.replace('<FILEHOSO>', 'ghi chú<FILEHOSO>')));
  assert.equal(words.dossiers[0]!.strays[0]!.raw, 'ghi chú');
});

test('keeps a signature as sent and warns when the count of dossiers is wrong', async () => {
  const signed = anEnvelope([aDossier()], { count: 2 }).replace(
    '<CHUKYDONVI/>',
    '<CHUKYDONVI><ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:Reference URI=""/></ds:Signature></CHUKYDONVI>',
  );
  const envelope = await readEnvelope(bytesOf(signed));
  assert.match(envelope.signature!, /^<ds:Signature xmlns:ds="http[^>]+><ds:Reference URI="">/);
  assert.deepEqual(
    envelope.findings.map(({ rule }) => rule),
    ['count'],
  );
});

test('sets a table file aside that cannot be read, with its content', async () => {
  const { tables } = aDossier();
  const one = anEnvelope([{ ...aDossier(), tables: { XML1: tables.XML1! } }]);
  const first = /<FILEHOSO>.*<\/FILEHOSO>/s.exec(one)![0];
  const files: [string, string][] = [
    ['base64', '<FILEHOSO><LOAIHOSO>XML2</LOAIHOSO><NOIDUNGFILE>not base64!</NOIDUNGFILE></FILEHOSO>'],
    ['double-base64', aFile('XML2', Buffer.from('<?xml version="1.0"?><A/>').toString('base64'))],
    ['doctype', aFile('XML2', '<!DOCTYPE a SYSTEM "file:///etc/passwd"><CHITIEU_CHITIET_THUOC/>')],
    ['entity', aFile('XML2', '<CHITIEU_CHITIET_THUOC>&a;</CHITIEU_CHITIET_THUOC>')],
    ['encoding', aFile('XML2', '<?xml version="1.0" encoding="utf-16"?><CHITIEU_CHITIET_THUOC/>')],
    ['xml', aFile('XML2', '<CHITIEU_CHITIET_THUOC><DSACH_CHI_TIET_THUOC>')],
    ['root', aFile('XML2', '<TONG_HOP/>')],
    ['required', '<FILEHOSO><LOAIHOSO>XML2</LOAIHOSO><NOIDUNGFILE/></FILEHOSO>'],
    ['unknown-table', aFile('XML99', '<A>1</A>')],
    ['length', aFile('XML2', ' '.repeat(17 * 1024 * 1024))],
  ];
  for (const [rule, file] of files) {
    const read = await only(hoso(first, file));
    assert.equal(read.quarantine[0]!.rule, rule);
    assert.equal(read.quarantine.length, read.summary ? 1 : 2);
    assert.equal(read.summary === undefined, rule === 'doctype' || rule === 'entity', rule);
    assert.ok(read.quarantine[0]!.raw !== undefined);
    assert.equal(read.elements.read, read.elements.stored + read.elements.quarantined, rule);
  }
});

test('an envelope of millions of elements that are next to nothing is refused while it is read', async () => {
  const dossiers = (inner: string) =>
    `<GIAMDINHHS><THONGTINHOSO><DANHSACHHOSO>${inner}</DANHSACHHOSO></THONGTINHOSO></GIAMDINHHS>`;
  assert.equal(await refusal([Buffer.from(`<GIAMDINHHS>${'<X/>'.repeat(10_001)}</GIAMDINHHS>`)]), 'length');
  assert.equal(await refusal([Buffer.from(dossiers('<HOSO/>'.repeat(200_001)))]), 'length');
});

test('a dossier of more than 24 MiB is refused with its envelope', async () => {
  const file = `<FILEHOSO><LOAIHOSO>XML5</LOAIHOSO><NOIDUNGFILE>${'A'.repeat(9 * 1024 * 1024)}</NOIDUNGFILE></FILEHOSO>`;
  const envelope = `<GIAMDINHHS><THONGTINHOSO><DANHSACHHOSO><HOSO>${file.repeat(3)}</HOSO></DANHSACHHOSO></THONGTINHOSO></GIAMDINHHS>`;
  assert.equal(await refusal([Buffer.from(envelope)]), 'length');
});
