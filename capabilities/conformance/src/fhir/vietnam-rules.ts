import { type Resource, validateFor } from '@yba/fhir';
import {
  ICD10_VN,
  INSURANCE,
  INSURANCE_CARD,
  isFacilityCode,
  isGlobalLocationNumber,
  OLD_ID_CARD,
  parseInsuranceCard,
  parsePersonNumber,
  PERSON,
} from '@yba/vietnam';
import { structureDefinitions } from '@yba/vietnam/profiles';
import type { Fault } from '../finding.ts';
import type { CheckOptions } from '../options.ts';
import { nearSystem, systemFault } from './identifier-systems.ts';
import { type Show, told } from './words.ts';

type Add = (fault: Fault) => void;

const PROFILE = 'https://yba.vn/fhir/StructureDefinition/';

/**
 * What Viet Nam asks of resources beyond R4: its profiles, numbers, facility codes. `national`: the file uses our
 * systems, so that its resources are held to the profiles of their type even when they do not claim them. `isTold`: a fault of this
 * place is told already.
 */
export function checkVietnam(
  root: Resource,
  national: boolean,
  add: Add,
  show: Show,
  options: CheckOptions,
  isTold: (path: string) => boolean,
): void {
  eachResource(root, root.resourceType, (resource, path) => {
    if (resource.resourceType === 'Patient') checkPerson(resource, path, add);
    walk(resource, path, (object, at) => checkObject(object, at, add, show, options));
    if (national) checkProfile(resource, path, add, show, isTold);
  });
}

/** The resource and those in the entries of a Bundle. */
function eachResource(root: Resource, path: string, visit: (resource: Resource, path: string) => void): void {
  const { entry } = root;
  if (root.resourceType !== 'Bundle' || !Array.isArray(entry)) return visit(root, path);
  (entry as ({ resource?: Resource } | null)[]).forEach((one, at) => {
    if (typeof one?.resource === 'object' && one.resource)
      eachResource(one.resource, `${path}.entry[${at}].resource`, visit);
  });
}

type Fields = Record<string, unknown>;

function walk(value: unknown, path: string, visit: (object: Fields, path: string) => void): void {
  if (Array.isArray(value)) value.forEach((one, at) => walk(one, `${path}[${at}]`, visit));
  else if (typeof value === 'object' && value !== null) {
    visit(value as Fields, path);
    for (const [name, one] of Object.entries(value))
      if (typeof one === 'object') walk(one, `${path}.${name}`, visit);
  }
}

/** The profile a resource of this kind has to meet in Viet Nam; undefined when there is none for it. */
function profileOf(resource: Resource): string | undefined {
  const has = (system: string) =>
    Array.isArray(resource['identifier']) &&
    (resource['identifier'] as Fields[]).some((one) => one?.['system'] === system);
  switch (resource.resourceType) {
    case 'Patient':
      return 'vn-patient';
    case 'Encounter':
      return 'vn-encounter';
    case 'Condition':
      return 'vn-condition';
    case 'MedicationRequest':
      return 'vn-medication-request';
    case 'Coverage':
      return has(INSURANCE_CARD) ? 'vn-coverage' : undefined;
    case 'Observation':
      return JSON.stringify(resource['category'] ?? '').includes('"laboratory"')
        ? 'vn-laboratory-result'
        : undefined;
    default:
      return undefined;
  }
}

function checkProfile(
  resource: Resource,
  path: string,
  add: Add,
  show: Show,
  isTold: (path: string) => boolean,
): void {
  const profile = profileOf(resource);
  const claimed = resource.meta?.['profile'];
  if (!profile || (Array.isArray(claimed) && claimed.includes(PROFILE + profile))) return;
  const { issue } = validateFor(resource, { profile: PROFILE + profile });
  const name = structureDefinitions.find(({ url }) => url === PROFILE + profile)?.name ?? profile;
  for (const one of issue) {
    if (!one.diagnostics?.endsWith(`(Profile ${name})`)) continue;
    const place = path + (one.expression?.[0] ?? '').replace(/^[A-Za-z]+/, '');
    if (isTold(place)) continue;
    const { found, fix } = told(one, show);
    add({ rule: 'fhir-vietnam-profile', path: place, found, fix });
  }
}

/** What a person number says of its holder, beside what the Patient says. */
function checkPerson(patient: Resource, path: string, add: Add): void {
  const identifiers = (Array.isArray(patient['identifier']) ? patient['identifier'] : []) as ({
    system?: string;
    value?: string;
  } | null)[];
  identifiers.forEach((one, at) => {
    const { system, value } = one ?? {};
    if (system !== PERSON || typeof value !== 'string') return;
    const { gender, birthDate } = patient as { gender?: string; birthDate?: string };
    const number = parsePersonNumber(value, {
      ...(gender ? { gender } : {}),
      ...(birthDate && /^\d{4}/.test(birthDate) ? { birthDate } : {}),
    });
    if (!number.valid) return;
    const differs = number.warnings.filter((one) => one === 'sex' || one === 'birth-year');
    if (differs.length === 0) return;
    const vi = differs.map((one) => (one === 'sex' ? 'giới tính' : 'năm sinh')).join(', ');
    const en = differs.map((one) => (one === 'sex' ? 'sex' : 'year of birth')).join(', ');
    add({
      rule: 'fhir-person-facts',
      path: `${path}.identifier[${at}].value`,
      found: {
        vi: `Số định danh cho biết ${vi} khác với hồ sơ.`,
        en: `The person number tells another ${en} than the record.`,
      },
      fix: {
        vi: 'Đối chiếu thẻ căn cước: chữ số thứ 4 là thế kỷ và giới tính, chữ số 5–6 là năm sinh.',
        en: 'Compare with the card: the fourth digit is century and sex, the fifth and sixth the year of birth.',
      },
    });
  });
}

function checkObject(object: Fields, path: string, add: Add, show: Show, options: CheckOptions): void {
  const { system, value, code } = object;
  if (typeof system !== 'string') return;
  if (typeof code === 'string') checkCodeSystem(system, path, add);
  if (typeof value === 'string' && code === undefined && !/telecom\[/.test(path))
    checkIdentifier(system, value, path, add, show, options);
}

function checkCodeSystem(system: string, path: string, add: Add): void {
  const right = system.startsWith('https://yba.vn/fhir/CodeSystem/')
    ? undefined
    : nearSystem(system, 'CodeSystem');
  if (right)
    add({
      rule: 'fhir-code-system',
      path: `${path}.system`,
      found: { vi: `Hệ thống mã ${system} viết sai.`, en: `The code system ${system} is misspelt.` },
      fix: { vi: `Ghi đúng từng ký tự: ${right}.`, en: `Write it letter by letter: ${right}.` },
    });
  else if (/^(icd-?10|ICD10.*)$/i.test(system))
    add({
      rule: 'fhir-code-system',
      path: `${path}.system`,
      found: { vi: `“${system}” không phải URI.`, en: `“${system}” is not a URI.` },
      fix: { vi: `Ghi ${ICD10_VN}.`, en: `Write ${ICD10_VN}.` },
    });
}

function checkIdentifier(
  system: string,
  value: string,
  path: string,
  add: Add,
  show: Show,
  { facility }: CheckOptions,
): void {
  const fault = systemFault(system);
  if (fault) return add({ rule: 'fhir-identifier-system', path: `${path}.system`, ...fault });
  const number = (rule: string, vi: string, en: string, fixVi: string, fixEn: string) =>
    add({ rule, path: `${path}.value`, found: { vi, en }, fix: { vi: fixVi, en: fixEn } });
  if (system === PERSON && !/^\d{12}$/.test(value))
    number(
      'fhir-person-number',
      `${show(value)} không phải số định danh 12 chữ số.`,
      `${show(value)} is not a person number of 12 digits.`,
      /^\d{9}$/.test(value)
        ? `Số 9 chữ số là CMND cũ: dùng hệ thống ${OLD_ID_CARD}.`
        : 'Ghi đủ 12 chữ số dưới dạng chuỗi, giữ số 0 ở đầu, không khoảng trắng hay dấu chấm.',
      /^\d{9}$/.test(value)
        ? `Nine digits are the older card: use the system ${OLD_ID_CARD}.`
        : 'Write all 12 digits as a string, leading zero included, without spaces or dots.',
    );
  if (system === INSURANCE && !/^\d{10}$/.test(value))
    number(
      'fhir-insurance-number',
      `${show(value)} không phải mã số BHXH 10 chữ số.`,
      `${show(value)} is not a social-insurance number of 10 digits.`,
      `Ghi 10 ký tự cuối của thẻ; cả thẻ 15 ký tự thì dùng hệ thống ${INSURANCE_CARD}.`,
      `Write the last ten characters of the card; the whole card of 15 has the system ${INSURANCE_CARD}.`,
    );
  if (system === INSURANCE_CARD && !parseInsuranceCard(value).valid)
    number(
      'fhir-insurance-number',
      `${show(value)} không phải thẻ BHYT.`,
      `${show(value)} is not an insurance card.`,
      'Ghi 15 ký tự: 2 chữ cái, mức hưởng 1–5, rồi 12 chữ số, không khoảng trắng.',
      'Write 15 characters: two letters, the level 1–5, then 12 digits, without spaces.',
    );
  const of = /^https:\/\/yba\.vn\/fhir\/sid\/(?:mrn|ma-lk|ma-hsba|dossier-row)\/(.*)$/.exec(system)?.[1];
  const named = system === 'https://yba.vn/fhir/sid/facility' ? value : of;
  if (named === undefined) return;
  if (!isFacilityCode(named))
    add({
      rule: 'fhir-facility',
      path: of === undefined ? `${path}.value` : `${path}.system`,
      found: { vi: `“${named}” không phải mã cơ sở.`, en: `“${named}” is not a facility code.` },
      fix: isGlobalLocationNumber(named)
        ? {
            vi: 'Ghi mã 5 ký tự do BHXH cấp, không phải mã GLN 13 số.',
            en: 'Write the five-character code, not the 13-digit GLN.',
          }
        : {
            vi: 'Ghi mã 5 ký tự: hai chữ số rồi ba chữ số hoặc chữ hoa, ví dụ 27001.',
            en: 'Write five characters: two digits, then three digits or capitals, such as 27001.',
          },
    });
  else if (facility && of !== undefined && of !== facility)
    add({
      rule: 'fhir-facility',
      path: `${path}.system`,
      found: {
        vi: `Mã thuộc cơ sở ${of}, nơi gửi là ${facility}.`,
        en: `The number is of facility ${of}, the sender is ${facility}.`,
      },
      fix: {
        vi: `Ghi mã của cơ sở ${facility}; mã do nơi khác cấp thì không gửi.`,
        en: `Write numbers of facility ${facility}; do not send those that another one gave.`,
      },
    });
}
