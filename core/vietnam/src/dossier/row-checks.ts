import { fieldChecks } from './field-checks.ts';
import { type Finding, finding } from './finding.ts';
import { mappedTables } from './layout.ts';
import type { Row } from './table-file.ts';

/** Fields of XML1 without which there is no person or no visit to file. */
const essential = new Set([
  'MA_LK',
  'MA_BN',
  'HO_TEN',
  'NGAY_SINH',
  'GIOI_TINH',
  'NGAY_VAO',
  'NGAY_RA',
  'MA_LOAI_KCB',
  'MA_BENH_CHINH',
  'MA_CSKCB',
]);

/** What is wrong with one row: what concerns the row as a whole, and each field that fails. */
export type RowCheck = { findings: Finding[]; failing: Finding[]; unknown: Finding[] };

/**
 * Checks a row by the data of the standard. An error keeps a row of XML2 to XML4 out; in XML1 only an essential field
 * can, any other is left out alone; the other tables are kept as sent, so that their faults are warnings.
 */
export function checkRow(table: string, row: Row): RowCheck {
  const checks = fieldChecks(table);
  const result: RowCheck = { findings: [], failing: [], unknown: [] };
  if (!checks) return result;
  for (const name in row.fields) {
    const value = row.fields[name]!;
    const check = checks.get(name);
    const at = { table, row: row.number, field: name };
    if (!check) result.unknown.push(finding('warning', 'unknown-field', at));
    else if (value !== '') {
      const found = check.test(value, at);
      if (found) result.failing.push(weighed(table, name, found));
    }
  }
  for (const check of checks.values()) {
    if (check.required && !row.fields[check.name])
      result.findings.push(
        weighed(table, check.name, check.missing({ table, row: row.number, field: check.name })),
      );
  }
  result.findings.push(...conditions(table, row));
  return result;
}

function weighed(table: string, field: string, found: Finding): Finding {
  const error = table === 'XML1' ? essential.has(field) : mappedTables.has(table);
  return error ? found : { ...found, severity: 'warning' };
}

/** Groups whose services are carried out by someone at some time: tests, imaging, operations, procedures. */
const performed = new Set(['1', '2', '3', '8', '18']);

function conditions(table: string, row: Row): Finding[] {
  const value = (field: string) => row.fields[field] ?? '';
  const lacks = (severity: Finding['severity'], field: string, when: { vi: string; en: string }) =>
    value(field)
      ? []
      : [finding(severity, 'required', { table, row: row.number, field }, { expected: when })];
  switch (table) {
    case 'XML1':
      return visitOrder(row);
    case 'XML2':
      return lacks('warning', 'MA_BAC_SI', { vi: 'người chỉ định', en: 'who ordered it' });
    case 'XML3': {
      const group = value('MA_NHOM');
      const code = value('MA_VAT_TU')
        ? []
        : lacks('error', 'MA_DICH_VU', { vi: 'hoặc MA_VAT_TU', en: 'or MA_VAT_TU' });
      const done = { vi: 'với nhóm 1, 2, 3, 8, 18', en: 'for groups 1, 2, 3, 8, 18' };
      return performed.has(group)
        ? [...code, ...lacks('warning', 'NGUOI_THUC_HIEN', done), ...lacks('warning', 'NGAY_TH_YL', done)]
        : code;
    }
    case 'XML4':
      return value('GIA_TRI')
        ? lacks('error', 'NGAY_KQ', { vi: 'khi có GIA_TRI', en: 'when GIA_TRI is given' })
        : [];
    default:
      return [];
  }
}

function visitOrder(row: Row): Finding[] {
  const { NGAY_VAO: arrival = '', NGAY_VAO_NOI_TRU: admitted = '', NGAY_RA: end = '' } = row.fields;
  const at = (field: string) => ({ table: 'XML1', row: row.number, field });
  const found: Finding[] = [];
  if (arrival && end && arrival > end) found.push(finding('error', 'order-of-times', at('NGAY_RA')));
  else if (admitted && (admitted < arrival || admitted > end))
    found.push(finding('warning', 'order-of-times', at('NGAY_VAO_NOI_TRU')));
  return [...found, ...cardLists(row)];
}

function cardLists(row: Row): Finding[] {
  const cards = parts(row.fields.MA_THE_BHYT);
  if (cards === 0) return [];
  return ['MA_DKBD', 'GT_THE_TU', 'GT_THE_DEN']
    .filter((field) => parts(row.fields[field]) !== cards)
    .map((field) => finding('warning', 'parallel-lists', { table: 'XML1', row: row.number, field }));
}

const parts = (list: string | undefined) => (list ? list.split(';').length : 0);
