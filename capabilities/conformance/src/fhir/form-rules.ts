import type { Resource } from '@yba/fhir';
import type { Fault } from '../finding.ts';

type Add = (fault: Fault) => void;
type Fields = Record<string, unknown>;

const LOCAL = /^https?:\/\/(localhost|127\.|10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.)/;
/** Systems as vendors misspell them, by the right one. Source: https://hl7.org/fhir/R4/terminologies-systems.html */
const MISSPELT: readonly [RegExp, string][] = [
  [
    /^(https:\/\/(www\.)?loinc\.org\/?|http:\/\/(www\.loinc\.org\/?|loinc\.org\/)|loinc|urn:oid:2\.16\.840\.1\.113883\.6\.1)$/i,
    'http://loinc.org',
  ],
  [
    /^(https:\/\/(www\.)?snomed\.info\/sct\/?|http:\/\/(www\.snomed\.info\/sct|snomed\.info\/sct\/|snomed\.info\/?)|snomed(-?ct)?)$/i,
    'http://snomed.info/sct',
  ],
  [/^(https:\/\/unitsofmeasure\.org\/?|http:\/\/unitsofmeasure\.org\/|ucum)$/i, 'http://unitsofmeasure.org'],
  [
    /^https?:\/\/hl7\.org\/fhir\/sid\/icd-?10\/$|^http:\/\/hl7\.org\/fhir\/sid\/icd10$|^https:\/\/hl7\.org\/fhir\/sid\/icd-10$/i,
    'http://hl7.org/fhir/sid/icd-10',
  ],
];
const LOINC = /^\d{1,7}-\d$/;

/** What R4 leaves open and receivers stumble over: references inwards, systems, LOINC, circles, days to come. */
export function checkForms(resource: Resource, add: Add): void {
  const visit = (value: unknown, path: string): void => {
    if (Array.isArray(value)) return value.forEach((one, at) => visit(one, `${path}[${at}]`));
    if (typeof value !== 'object' || value === null) return;
    const object = value as Fields;
    if (typeof object['resourceType'] === 'string') checkResource(object, path, add);
    checkReference(object['reference'], path, add);
    checkCoding(object, path, add);
    for (const [name, one] of Object.entries(object))
      if (typeof one === 'object') visit(one, `${path}.${name}`);
  };
  visit(resource, resource.resourceType);
}

function checkReference(reference: unknown, path: string, add: Add): void {
  if (typeof reference !== 'string' || !LOCAL.test(reference)) return;
  add({
    rule: 'fhir-reference',
    path: `${path}.reference`,
    severity: 'warning',
    found: {
      vi: 'Tham chiếu trỏ tới máy trong mạng nội bộ.',
      en: 'The reference points to a machine of an inner network.',
    },
    fix: {
      vi: 'Ghi tương đối (Patient/123), hoặc urn:uuid của một mục trong Bundle.',
      en: 'Write it relative (Patient/123), or as the urn:uuid of an entry of the Bundle.',
    },
  });
}

function checkCoding({ system, code }: Fields, path: string, add: Add): void {
  if (typeof system !== 'string') return;
  const right = MISSPELT.find(([wrong]) => wrong.test(system))?.[1];
  if (right)
    return add({
      rule: 'fhir-code-system',
      path: `${path}.system`,
      found: { vi: `Hệ thống mã “${system}” viết sai.`, en: `The code system “${system}” is misspelt.` },
      fix: { vi: `Ghi đúng từng ký tự: ${right}.`, en: `Write it letter by letter: ${right}.` },
    });
  if (system !== 'http://loinc.org' || typeof code !== 'string' || (LOINC.test(code) && hasCheckDigit(code)))
    return;
  if (/^(LP|LA|LL|LG|MTHU)\d+-\d$/.test(code)) return; // parts, answers, lists
  add({
    rule: 'fhir-loinc',
    path: `${path}.code`,
    found: {
      vi: `“${code}” không phải mã LOINC: sai dạng hoặc chữ số kiểm.`,
      en: `“${code}” is no code of LOINC: its form or check digit is wrong.`,
    },
    fix: {
      vi: 'Tra mã LOINC (dạng 4548-4); mã nội bộ dùng hệ thống riêng của bệnh viện.',
      en: 'Look up the LOINC (such as 4548-4); a code of your own has a system of your own.',
    },
  });
}

/** The check digit of LOINC is Luhn’s. Source: LOINC Users’ Guide, appendix B */
function hasCheckDigit(code: string): boolean {
  const [digits = '', check] = code.split('-');
  const sum = [...digits].toReversed().reduce((all, digit, at) => {
    const n = Number(digit) * (at % 2 === 0 ? 2 : 1);
    return all + (n > 9 ? n - 9 : n);
  }, 0);
  return (10 - (sum % 10)) % 10 === Number(check);
}

const AHEAD_MS = 36 * 3_600_000;

function checkResource(resource: Fields, path: string, add: Add): void {
  const { birthDate, contained } = resource;
  if (
    resource['resourceType'] === 'Patient' &&
    typeof birthDate === 'string' &&
    Date.parse(birthDate) > Date.now() + AHEAD_MS
  )
    add({
      rule: 'fhir-future',
      path: `${path}.birthDate`,
      found: { vi: 'Ngày sinh ở tương lai.', en: 'The date of birth is in the future.' },
      fix: {
        vi: 'Sửa năm sinh; xem năm hai chữ số có bị đọc thành 20xx không.',
        en: 'Mend the year; see whether a year of two digits was read as 20xx.',
      },
    });
  if (Array.isArray(contained)) checkContained(contained as Fields[], path, add);
}

function checkContained(contained: readonly (Fields | null)[], path: string, add: Add): void {
  const ids = new Map(
    contained.flatMap((one, at) => (typeof one?.['id'] === 'string' ? [[one['id'], at] as const] : [])),
  );
  const leadsTo = contained.map((one) =>
    [...JSON.stringify(one ?? {}).matchAll(/"reference":"#([^"]+)"/g)].flatMap(
      ([, id]) => ids.get(id!) ?? [],
    ),
  );
  const turning = contained.findIndex((_, at) => comesBack(at, leadsTo));
  if (turning < 0) return;
  add({
    rule: 'fhir-contained',
    severity: 'warning',
    path: `${path}.contained[${turning}]`,
    found: {
      vi: 'Các tài nguyên lồng trỏ vòng lại nhau.',
      en: 'Contained resources refer to each other in a circle.',
    },
    fix: { vi: 'Bỏ một chiều của tham chiếu.', en: 'Remove one direction of the references.' },
  });
}

function comesBack(start: number, leadsTo: readonly (readonly number[])[]): boolean {
  const seen = new Set<number>();
  const waiting = [...leadsTo[start]!];
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    if (at === start) return true;
    if (seen.has(at)) continue;
    seen.add(at);
    waiting.push(...leadsTo[at]!);
  }
  return false;
}
