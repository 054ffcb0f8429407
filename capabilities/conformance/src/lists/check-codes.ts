import { departments } from '@yba/vietnam/data';
import type { Table } from '@yba/vietnam/dossier';
import type { Fault, Findings } from '../finding.ts';
import type { Words } from '../rules/rule.ts';
import { CATALOGUE_IDS, CATALOGUES, type CatalogueId } from './catalogues.ts';
import { isNeverPrincipal, sexOf } from './icd-facts.ts';
import { keyOf, type ListedCode, type Lists } from './read-lists.ts';

const NO_LISTS: Lists = new Map();

/** One code in its place: which list it is of, and the day that says which of its versions. */
type Met = { id: CatalogueId; code: string; path: string; day: string };

/** Checks one code against its list. Where there is none, the report says so by name. */
function checkCode({ id, code, path, day }: Met, findings: Findings, lists: Lists): ListedCode | undefined {
  const { title, form, example, source } = CATALOGUES[id];
  const list = lists.get(id);
  const fault = (found: Words, fix: Words, rule = 'code-list') => findings.add({ rule, path, found, fix });
  if (!list) {
    findings.leaveUnchecked(id);
    if (form && !form.test(code))
      fault(
        {
          vi: `${findings.show(code)} không có dạng mã ${title.vi}.`,
          en: `${findings.show(code)} has not the form of: ${title.en}.`,
        },
        { vi: `Ghi mã như ${example} (${source}).`, en: `Write a code such as ${example} (${source}).` },
        'code-form',
      );
    return undefined;
  }
  const listed = list.codes.get(keyOf(id, code));
  if (!listed) {
    fault(
      {
        vi: `${code} không có trong danh mục ${title.vi} (${list.file}, ${list.codes.size} mã).`,
        en: `${code} is not in the list ${title.en} (${list.file}, ${list.codes.size} codes).`,
      },
      {
        vi: `Ánh xạ mã nội bộ sang mã của danh mục trước khi gửi; danh mục: ${source}.`,
        en: `Map your own code to one of the list before sending; the list: ${source}.`,
      },
    );
    return undefined;
  }
  const late = listed.to && day > listed.to;
  if (late || (listed.from && day && day < listed.from))
    fault(
      {
        vi: `${code} ${late ? `đã hết hiệu lực sau ${listed.to}` : `chỉ có hiệu lực từ ${listed.from}`}; ngày áp dụng là ${day}.`,
        en: `${code} ${late ? `ended after ${listed.to}` : `begins on ${listed.from}`}; the day that counts is ${day}.`,
      },
      {
        vi: 'Chọn phiên bản danh mục theo ngày: bệnh theo ngày ra viện, dịch vụ và thuốc theo ngày y lệnh.',
        en: 'Choose the version by the day: diagnoses by the end of the visit, services and drugs by the order.',
      },
    );
  if (listed.heading)
    fault(
      {
        vi: `${code} là đề mục, không dùng để mã hóa.`,
        en: `${code} is a heading, which is not used as a code.`,
      },
      { vi: 'Dùng mã chi tiết bên dưới đề mục.', en: 'Use a detailed code under the heading.' },
    );
  return listed;
}

const day8 = (time: string | undefined) => (time ?? '').slice(0, 8);
/** Codes of a field that are of no list: outside the covered ones, transport, decoctions. Source: QĐ 4750 MA_THUOC, MA_DICH_VU */
const PSEUDO = /^(00\.0000|(VM|BB|VC)\.\w{5})$/;
/** What is put behind a code of the list. Source: QĐ 4750 MA_DICH_VU, MA_THUOC */
const SUFFIX = /(_(GT|TB|TT)|\.K\.\w{5}|\.(KT|NAT|KTNAT))$/;

const fieldsOf = new Map(
  CATALOGUE_IDS.flatMap((id) => CATALOGUES[id].fields.map((field) => [field, id] as const)),
);
const shippedDepartments = new Set(departments().map(({ code }) => code));

/** The coded fields of a dossier against their lists, and diagnoses against what is certain of ICD-10 without one. */
export function checkDossierCodes(
  tables: readonly Table[],
  summary: Readonly<Record<string, string>> | undefined,
  findings: Findings,
  lists: Lists = NO_LISTS,
): void {
  const end = day8(summary?.['NGAY_RA']);
  for (const { name, rows } of tables)
    for (const { number, fields } of rows)
      for (const [field, id] of fieldsOf) {
        const value = fields[field] ?? '';
        if (value === '') continue;
        const path = `${name}${name === 'XML1' ? '' : `[${number}]`}.${field}`;
        const { joined } = CATALOGUES[id];
        const ordered = id === 'service' || id === 'drug' || id === 'supply' || id === 'route';
        const day = (ordered && day8(fields['NGAY_YL'])) || end;
        for (const part of joined ? value.split(joined) : [value]) {
          const code = part.trim().replace(SUFFIX, '');
          if (code === '' || PSEUDO.test(code)) continue;
          if (id === 'department' && shippedDepartments.has(code.slice(0, 3))) continue;
          const listed = checkCode({ id, code, path, day }, findings, lists);
          if (id === 'icd-10-vn') checkDiagnosis({ code, path, listed }, summary, findings);
        }
      }
}

const SEX_WORDS = { male: { vi: 'nam', en: 'men' }, female: { vi: 'nữ', en: 'women' } } as const;

function checkDiagnosis(
  { code, path, listed }: { code: string; path: string; listed: ListedCode | undefined },
  summary: Readonly<Record<string, string>> | undefined,
  findings: Findings,
): void {
  const add = (fault: Fault) => findings.add(fault);
  if (path.endsWith('.MA_BENH_CHINH') && (isNeverPrincipal(code) || listed?.notPrincipal))
    add({
      rule: 'xml-icd-principal',
      path,
      found: { vi: `${code} không được là bệnh chính.`, en: `${code} may not be the principal diagnosis.` },
      fix: {
        vi: 'Ghi bệnh nguyên nhân (mã dao găm †) làm bệnh chính, mã này ở MA_BENH_KT.',
        en: 'Make the underlying disease (dagger code †) the principal one, and put this code into MA_BENH_KT.',
      },
    });
  const sex = listed?.sex ?? sexOf(code);
  const person =
    summary?.['GIOI_TINH'] === '1' ? 'male' : summary?.['GIOI_TINH'] === '2' ? 'female' : undefined;
  if (sex && person && sex !== person)
    add({
      rule: 'xml-icd-sex',
      path,
      found: {
        vi: `${code} là bệnh của ${SEX_WORDS[sex].vi}, GIOI_TINH là ${SEX_WORDS[person].vi}.`,
        en: `${code} is of ${SEX_WORDS[sex].en}, GIOI_TINH says ${SEX_WORDS[person].en}.`,
      },
      fix: {
        vi: 'Kiểm lại GIOI_TINH và mã bệnh; đúng cả hai thì nêu lý do ở GHI_CHU.',
        en: 'Look at GIOI_TINH and the diagnosis again; where both are right, say why in GHI_CHU.',
      },
    });
}

const systems = new Map(
  CATALOGUE_IDS.flatMap((id) => (CATALOGUES[id].system ? [[CATALOGUES[id].system, id] as const] : [])),
);

/** The codings of a FHIR resource whose system is one of those lists. */
export function checkCodings(
  resource: unknown,
  at: string,
  findings: Findings,
  lists: Lists = NO_LISTS,
): void {
  const walk = (value: unknown, path: string): void => {
    if (Array.isArray(value)) return value.forEach((one, nth) => walk(one, `${path}[${nth}]`));
    if (typeof value !== 'object' || value === null) return;
    const { system, code } = value as { system?: unknown; code?: unknown };
    const id = typeof system === 'string' ? systems.get(system) : undefined;
    const known = id === 'department' && typeof code === 'string' && shippedDepartments.has(code.slice(0, 3));
    if (id && typeof code === 'string' && code !== '' && !known)
      checkCode({ id, code, path: `${path}.code`, day: '' }, findings, lists);
    for (const [name, one] of Object.entries(value))
      if (typeof one === 'object') walk(one, `${path}.${name}`);
  };
  walk(resource, at);
}
