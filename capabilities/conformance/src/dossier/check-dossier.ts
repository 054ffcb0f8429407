import { isFacilityCode, isGlobalLocationNumber } from '@yba/vietnam';
import { dossierFields } from '@yba/vietnam/data';
import {
  type Dossier,
  EnvelopeFault,
  type Envelope,
  isDossierDate,
  layouts,
  type RawDossier,
  readDossier,
  readEnvelope,
  type Row,
  type Table,
} from '@yba/vietnam/dossier';
import type { Fault, Findings } from '../finding.ts';
import type { CheckOptions, Seen } from '../options.ts';
import { checkLetters } from '../text/letters.ts';
import { checkFieldFacts } from './field-facts.ts';
import { checkLayout, checkSpaces } from './layout.ts';
import { checkSummary, checkTables } from './facts.ts';
import { checkDossierCodes } from '../lists/check-codes.ts';
import { checkSignatures } from '../signature/check-signature.ts';
import { checkSums } from './sums.ts';
import { declaredUtf8, tableTexts, withEncodedTables } from './table-texts.ts';
import { said } from './words.ts';

/** What an XML file held. */
export type DossierContent = { dossiers: number; tables: number };

/** The table whose root element this is. */
const tableOf = (root: string) => Object.keys(layouts).find((name) => layouts[name]!.root === root);

/**
 * Checks the text of a national XML file: an envelope of dossiers, or one table by itself. What cannot be read is a
 * finding too. `name` is how the file is called where a later one repeats a visit of it.
 */
export async function checkDossierFile(
  text: string,
  findings: Findings,
  options: CheckOptions,
  seen: Seen,
  name: string,
): Promise<DossierContent> {
  const whole = withEncodedTables(declaredUtf8(text, 'GIAMDINHHS', findings), findings);
  const root = /<([\w:.-]+)[\s>/]/.exec(whole.replace(/^\s*<\?[\s\S]*?\?>|<!--[\s\S]*?-->/g, ''))?.[1] ?? '';
  const alone = tableOf(root.replace(/^.*:/, ''));
  if (alone) {
    const raw = { files: [{ kind: alone, content: Buffer.from(whole).toString('base64') }], strays: [] };
    await checkOne(raw, { findings, options, alone, name: '', line: () => undefined });
    return { dossiers: 0, tables: 1 };
  }
  const envelope = await read(whole, findings, root);
  if (!envelope) return { dossiers: 0, tables: 0 };
  checkSignatures(text, findings);
  checkLayout(text, findings);
  checkEnvelope(envelope, findings, options);
  const lines = fileLines(whole);
  let tables = 0;
  for (const [at, raw] of envelope.dossiers.entries()) {
    const first = tables;
    const { maLk, facility } = await checkOne(raw, {
      findings,
      options,
      name: envelope.dossiers.length > 1 ? `HOSO[${at + 1}] ` : '',
      line: (file) => lines[first + file],
    });
    tables += raw.files.length;
    if (maLk) noteVisit(`${facility || envelope.facility} ${maLk}`, at, findings, seen, name);
    if (facility && envelope.facility && facility !== envelope.facility)
      findings.add(foreign('XML1.MA_CSKCB', facility, envelope.facility, 'MACSKCB'));
  }
  return { dossiers: envelope.dossiers.length, tables };
}

async function read(text: string, findings: Findings, root: string): Promise<Envelope | undefined> {
  try {
    return await readEnvelope([Buffer.from(text)]);
  } catch (error) {
    if (!(error instanceof EnvelopeFault)) throw error;
    const { rule } = error.finding;
    const [, line, column] = /^(\d+):(\d+): /.exec(error.message) ?? [];
    const isFhir = /http:\/\/hl7\.org\/fhir/.test(text.slice(0, 2000));
    if (rule === 'root' && isFhir)
      findings.add({
        rule: 'fhir-format',
        path: root,
        found: { vi: `Tài nguyên FHIR ${root} viết bằng XML.`, en: `A FHIR ${root} as XML.` },
        fix: {
          vi: 'Gửi FHIR bằng JSON: application/fhir+json.',
          en: 'Send FHIR as JSON: application/fhir+json.',
        },
      });
    else if (rule === 'root')
      findings.add({
        rule: 'xml-root',
        path: root,
        found: { vi: `Thẻ gốc là ${root}.`, en: `The root element is ${root}.` },
        fix: {
          vi: 'Thẻ gốc là GIAMDINHHS (hồ sơ), hoặc thẻ gốc của một bảng như TONG_HOP.',
          en: 'The root is GIAMDINHHS (dossiers), or that of one table, such as TONG_HOP.',
        },
      });
    else
      findings.add({
        ...said(error.finding, undefined, findings, error.message.replace(/^\d+:\d+: /, '')),
        ...(line ? { line: Number(line), column: Number(column) } : {}),
      });
    return undefined;
  }
}

const foreign = (path: string, is: string, should: string, of: string): Fault => ({
  rule: 'xml-facility',
  path,
  found: {
    vi: `Mã cơ sở ${is} khác ${of} ${should}.`,
    en: `The facility code ${is} is not ${of} ${should}.`,
  },
  fix: isGlobalLocationNumber(is)
    ? {
        vi: 'Ghi mã 5 ký tự do BHXH cấp, không phải mã GLN 13 số.',
        en: 'Write the five-character code, not the 13-digit GLN.',
      }
    : {
        vi: `Ghi ${should} ở mọi nơi, hoặc gửi tệp bằng tài khoản của cơ sở ${is}.`,
        en: `Write ${should} everywhere, or send the file as facility ${is}.`,
      },
});

function checkEnvelope(envelope: Envelope, findings: Findings, { facility }: CheckOptions): void {
  for (const one of envelope.findings) findings.add(said(one, undefined, findings));
  for (const one of envelope.strays) findings.add(said(one, rawOf(one), findings));
  const said5 = envelope.facility;
  if (!isFacilityCode(said5))
    findings.add({
      rule: 'xml-facility',
      path: 'GIAMDINHHS.THONGTINDONVI.MACSKCB',
      found:
        said5 === ''
          ? { vi: 'Thiếu MACSKCB.', en: 'MACSKCB is missing.' }
          : {
              vi: `MACSKCB “${said5}” không phải mã 5 ký tự.`,
              en: `MACSKCB “${said5}” is not a code of five characters.`,
            },
      fix: {
        vi: 'Ghi mã 5 ký tự do BHXH cấp, không phải mã GLN 13 số hay tên.',
        en: 'Write the five-character code, not the 13-digit GLN nor a name.',
      },
    });
  else if (facility && said5 !== facility)
    findings.add(foreign('GIAMDINHHS.THONGTINDONVI.MACSKCB', said5, facility, 'nơi gửi'));
  if (!isDossierDate(envelope.created ?? '', 'day'))
    findings.add({
      rule: 'xml-created',
      path: 'GIAMDINHHS.THONGTINHOSO.NGAYLAP',
      found: envelope.created
        ? {
            vi: `NGAYLAP ${findings.show(envelope.created)} không phải ngày yyyyMMdd.`,
            en: `NGAYLAP ${findings.show(envelope.created)} is not a day as yyyyMMdd.`,
          }
        : { vi: 'Thiếu NGAYLAP.', en: 'NGAYLAP is missing.' },
      fix: {
        vi: 'Ghi ngày lập tệp theo mẫu yyyyMMdd, ví dụ 20261120.',
        en: 'Write the day the file was made as yyyyMMdd, such as 20261120.',
      },
    });
  if (envelope.dossiers.length > 1)
    findings.add({
      rule: 'xml-one-dossier',
      path: 'GIAMDINHHS.THONGTINHOSO.DANHSACHHOSO',
      found: {
        vi: `Tệp có ${envelope.dossiers.length} hồ sơ.`,
        en: `The file has ${envelope.dossiers.length} dossiers.`,
      },
      fix: {
        vi: 'Y Bạ nhận nhiều hồ sơ một tệp; gửi cổng BHYT thì tách mỗi hồ sơ một tệp.',
        en: 'Y Bạ takes several; for the insurance portal make a file for each.',
      },
    });
  if (!envelope.signature)
    findings.add({
      rule: 'xml-signature',
      path: 'GIAMDINHHS.CHUKYDONVI',
      found: { vi: 'Tệp chưa ký số.', en: 'The file is not signed.' },
      fix: {
        vi: 'Ký số trước khi gửi đề nghị thanh toán; Y Bạ nhận cả tệp chưa ký.',
        en: 'Sign it before asking for payment; Y Bạ takes it unsigned too.',
      },
    });
}

function noteVisit(key: string, at: number, findings: Findings, seen: Seen, name: string): void {
  const place = `${name} HOSO[${at + 1}]`;
  const before = seen.visits.get(key);
  if (before === undefined) return void seen.visits.set(key, place);
  findings.add({
    rule: 'xml-visit-twice',
    path: `HOSO[${at + 1}] XML1.MA_LK`,
    found: { vi: `MA_LK này đã dùng ở ${before}.`, en: `This MA_LK was used in ${before}.` },
    fix: {
      vi: 'Mỗi đợt khám một MA_LK riêng; cùng một đợt thì gộp thành một hồ sơ.',
      en: 'Each visit has a MA_LK of its own; one visit is one dossier.',
    },
  });
}

type Looking = {
  findings: Findings;
  options: CheckOptions;
  /** The one table there is, when it came without an envelope. */
  alone?: string;
  /** Put before each path. */
  name: string;
  /** Line of the nth file of the dossier. */
  line: (file: number) => number | undefined;
};

async function checkOne(
  raw: RawDossier,
  looking: Looking,
): Promise<{ maLk: string | undefined; facility: string }> {
  const { findings, options, alone, name } = looking;
  const before = findings.list.length;
  const texts = tableTexts(raw, findings);
  const dossier = await readDossier(raw);
  for (const one of dossier.findings) {
    if (alone && alone !== 'XML1' && one.table === 'XML1') continue; // there is no XML1 to speak of
    findings.add({
      ...said(one, undefined, findings),
      ...(one.rule === 'required' && inOneVersion(one) ? { severity: 'information' as const } : {}),
    });
  }
  // rows set aside because their dossier has no XML1 are not at fault themselves
  for (const one of dossier.quarantine)
    if (one.rule !== 'mapping') findings.add(said(one, rawOf(one), findings));
  const tables = tablesOf(dossier);
  const summary = tables.find((table) => table.name === 'XML1')?.rows[0]?.fields;
  const add = (fault: Fault) => findings.add(fault);
  if (summary) {
    checkSummary(summary, add);
    checkTables(tables, summary, add);
    if (options.facility && alone && summary['MA_CSKCB'] && summary['MA_CSKCB'] !== options.facility)
      add(foreign('XML1.MA_CSKCB', summary['MA_CSKCB'], options.facility, 'nơi gửi'));
  }
  checkSums(tables, alone ? undefined : summary, add);
  checkFieldFacts(tables, findings);
  for (const { table, text } of texts) checkSpaces(table, text, findings);
  checkDossierCodes(tables, summary, findings, options.lists);
  for (const table of tables)
    for (const { number, fields } of table.rows)
      for (const [field, value] of Object.entries(fields))
        checkLetters(value, () => ({ path: pathOf(table.name, number, field) }), findings);
  for (const found of findings.list.slice(before)) {
    const file = texts.findIndex(
      ({ table }) => found.path.startsWith(table) && !/^\d/.test(found.path.slice(table.length)),
    );
    const line = found.line ?? (file < 0 ? undefined : looking.line(file));
    if (line !== undefined) found.line = line;
    found.path = name + found.path;
  }
  return { maLk: dossier.maLk, facility: summary?.['MA_CSKCB'] ?? '' };
}

/** Whether only one of the two versions of the standard has the field: a sender of the other leaves it out. */
const inOneVersion = ({ table, field }: { table: string; field?: string }) =>
  dossierFields().some(
    (one) => one.table === table && one.name === field && (one.order4750 === null || one.order3176 === null),
  );

/** XML1 has one row, and names no number. */
const pathOf = (table: string, row: number, field: string) =>
  `${table}${table === 'XML1' ? '' : `[${row}]`}.${field}`;

/** The tables as they were sent, with what was set aside: sums and comparisons are about what is there. */
function tablesOf(dossier: Dossier): Table[] {
  const tables = new Map<string, Map<number, Row['fields']>>();
  const rowOf = (table: string, number: number) => {
    const rows = tables.get(table) ?? tables.set(table, new Map()).get(table)!;
    return rows.get(number) ?? rows.set(number, {}).get(number)!;
  };
  for (const { name, rows } of dossier.tables)
    for (const { number, fields } of rows) Object.assign(rowOf(name, number), fields);
  for (const { table, row, field, raw, rule } of dossier.quarantine) {
    if (row === undefined || rule === 'nesting' || rule === 'repeated-table') continue;
    if (typeof raw !== 'string') Object.assign(rowOf(table, row), raw);
    else if (field) rowOf(table, row)[field] ??= raw;
  }
  return [...tables].map(([name, rows]) => ({
    name,
    xml: '',
    rows: [...rows].sort(([a], [b]) => a - b).map(([number, fields]) => ({ number, fields })),
  }));
}

/** The value that a finding set aside is about; undefined for a row or a table. */
function rawOf({
  raw,
  field,
}: {
  raw: Dossier['quarantine'][number]['raw'];
  field?: string;
}): string | undefined {
  if (typeof raw === 'string') return raw.length > 200 || raw.startsWith('<') ? undefined : raw;
  return field === undefined ? undefined : raw[field];
}

/** Line of each FILEHOSO, in the order of the file. */
function fileLines(text: string): number[] {
  const lines: number[] = [];
  let line = 1;
  let from = 0;
  for (const match of text.matchAll(/<(?:[\w.-]+:)?FILEHOSO[\s>]/g)) {
    for (let at = text.indexOf('\n', from); at >= 0 && at < match.index; at = text.indexOf('\n', at + 1))
      line++;
    from = match.index;
    lines.push(line);
  }
  return lines;
}
