import { dossierFields } from '../data.ts';
import { codeList } from './code-lists.ts';
import { type DateShape, isDossierDate } from './dates.ts';
import type { FieldDefinition } from './field-definition.ts';
import { type Finding, finding, type Rule } from './finding.ts';

/** The compiled checks of one field. `test` answers the finding for a value, or undefined when it is right. */
export type FieldCheck = {
  name: string;
  required: boolean;
  test(value: string, at: Place): Finding | undefined;
  missing(at: Place): Finding;
};

type Place = { table: string; row?: number; field: string };
type Fault = { rule: Rule; expected?: { vi: string; en: string } };

/** Lengths the insurance gateway takes beyond the decision's own. Source: validation sheet of QĐ 4750. */
const gatewayLengths: Readonly<Record<string, number>> = {
  'XML0.MA_LY_DO_VNT': 10,
  'XML0.MA_DOITUONG_KCB': 5,
  'XML0.TEN_THUOC': 2000,
  'XML0.TEN_VAT_TU': 2000,
  'XML1.NHOM_MAU': 10,
  'XML1.MA_TAI_NAN': 2,
  'XML3.GOI_VTYT': 4,
  'XML3.TT_THAU': 100,
  'XML13.SO_HOSO': 100,
  'XML13.SO_CHUYENTUYEN': 100,
};

/** Said to be required but empty by the standard's own notes. */
const notRequired = new Set(['XML3.MA_BENH']);

const compiled = new Map<string, ReadonlyMap<string, FieldCheck>>();

/** The checks of a table's fields by name; undefined for a table the standard does not have. */
export function fieldChecks(table: string): ReadonlyMap<string, FieldCheck> | undefined {
  if (compiled.size === 0) {
    for (const [name, fields] of Map.groupBy(dossierFields(), (field) => field.table))
      compiled.set(name, new Map(fields.map((field) => [field.name, compile(field)])));
  }
  return compiled.get(table);
}

function compile(definition: FieldDefinition): FieldCheck {
  const key = `${definition.table}.${definition.name}`;
  const meaning = { vi: definition.vi, en: definition.en };
  const tests = [lengthTest(key, definition), typeTest(definition), codeTest(definition)].filter(
    (test) => !!test,
  );
  return {
    name: definition.name,
    required: definition.required && !notRequired.has(key),
    test: (value, at) => {
      for (const test of tests) {
        const fault = test(value);
        if (fault)
          return finding('error', fault.rule, at, {
            meaning,
            ...(fault.expected ? { expected: fault.expected } : {}),
          });
      }
      return undefined;
    },
    missing: (at) => finding('error', 'required', at, { meaning }),
  };
}

type Test = (value: string) => Fault | undefined;

/** The longer length of the two versions and the gateway. */
function lengthTest(key: string, { len4750, len3176 }: FieldDefinition): Test | undefined {
  if (len4750 === 'n' || len3176 === 'n') return undefined;
  const longest = Math.max(
    Number.parseInt(len4750 ?? '0', 10),
    Number.parseInt(len3176 ?? '0', 10),
    gatewayLengths[key] ?? 0,
  );
  if (!(longest > 0)) return undefined;
  const expected = { vi: `nhiều nhất ${longest} ký tự`, en: `at most ${longest} characters` };
  return (value) =>
    value.length > longest && [...value].length > longest ? { rule: 'length', expected } : undefined;
}

function typeTest({ name, type, rule }: FieldDefinition): Test | undefined {
  if (type === 'number') {
    if (name === 'STT') return (value) => (/^[1-9]\d*$/.test(value) ? undefined : { rule: 'number' });
    return (value) => (/^\d+(\.\d+)?$/.test(value) ? undefined : { rule: 'number' });
  }
  if (!rule || !/yyyyMMdd/.test(rule)) return undefined;
  const shape = shapeOf(name, rule);
  const expected = expectedDates[shape];
  const joined = rule.includes('";"') || name === 'NGAY_TAI_KHAM';
  const fault: Fault = { rule: 'date', expected };
  if (!joined) return (value) => (isDossierDate(value, shape) ? undefined : fault);
  return (value) =>
    value.split(';').every((part) => part === '' || isDossierDate(part, shape)) ? undefined : fault;
}

function shapeOf(name: string, rule: string): DateShape {
  if (name === 'NGAY_SINH' || name === 'NGAYSINH_NND') return 'birth';
  if (/yyyyMMddHHmm/.test(rule) && /yyyyMMdd(?!H)/.test(rule)) return 'either';
  return /yyyyMMddHHmm/.test(rule) ? 'minute' : 'day';
}

const expectedDates: Record<DateShape, { vi: string; en: string }> = {
  minute: { vi: 'yyyyMMddHHmm', en: 'yyyyMMddHHmm' },
  day: { vi: 'yyyyMMdd', en: 'yyyyMMdd' },
  either: { vi: 'yyyyMMdd hoặc yyyyMMddHHmm', en: 'yyyyMMdd or yyyyMMddHHmm' },
  birth: {
    vi: 'yyyyMMddHHmm, chưa rõ ngày tháng thì 0000',
    en: 'yyyyMMddHHmm, 0000 when month and day are unknown',
  },
};

function codeTest({ name }: FieldDefinition): Test | undefined {
  const list = codeList(name);
  if (!list) return undefined;
  const fault: Fault = { rule: list.rule, expected: list.expected };
  if (!list.joined) return (value) => (list.allows(value) ? undefined : fault);
  return (value) => (value.split(';').every((part) => part === '' || list.allows(part)) ? undefined : fault);
}
