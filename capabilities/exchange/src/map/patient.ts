import type { Resource } from '@yba/fhir';
import {
  COMMUNE,
  ETHNIC_GROUP,
  extension,
  foldName,
  humanName,
  INSURANCE,
  mrn,
  NATIONALITY,
  OCCUPATION,
  OLD_ID_CARD,
  parseInsuranceCard,
  PASSPORT,
  PERSON,
  PROVINCE,
} from '@yba/vietnam';
import { commune, ethnicGroups, legacyUnit, province } from '@yba/vietnam/data';
import { fhirBirthDate, fhirDate, fhirDateTime } from '@yba/vietnam/dossier';
import { element } from './elements.ts';
import { partsOf } from './visit.ts';

type Summary = Readonly<Record<string, string>>;

/** The facility's own Patient as XML1 tells it. */
export function patientOf(summary: Summary, facility: string): Resource {
  return {
    resourceType: 'Patient',
    ...element('extension', background(summary)),
    identifier: identifiers(summary, facility),
    active: true,
    name: [humanName(summary.HO_TEN!)],
    ...element('telecom', summary.DIEN_THOAI ? [{ system: 'phone', value: summary.DIEN_THOAI }] : []),
    gender: genders[summary.GIOI_TINH!] ?? 'unknown',
    ...birth(summary),
    ...element('address', address(summary)),
  };
}

const genders: Record<string, string> = { '1': 'male', '2': 'female', '3': 'other' };

function identifiers(summary: Summary, facility: string) {
  const number = summary.SO_CCCD ?? '';
  const system = /^\d{12}$/.test(number) ? PERSON : /^\d{9}$/.test(number) ? OLD_ID_CARD : PASSPORT;
  const card = partsOf(summary.MA_THE_BHYT)
    .map(parseInsuranceCard)
    .findLast((one) => one.valid);
  return [
    { use: 'usual', system: mrn(facility), value: summary.MA_BN },
    ...(number ? [{ use: 'official', system, value: number }] : []),
    ...(card?.valid ? [{ use: 'official', system: INSURANCE, value: card.number }] : []),
  ];
}

/** The hour of birth is kept for the newborn only: others carry 0000 there. */
function birth(summary: Summary) {
  const born = summary.NGAY_SINH!;
  const birthDate = fhirBirthDate(born);
  const days = (Date.parse(fhirDate(summary.NGAY_VAO) ?? '') - Date.parse(birthDate ?? '')) / 86_400_000;
  const timed = born.length === 12 && birthDate?.length === 10 && days >= 0 && days <= 28;
  const time = timed && [
    { url: 'http://hl7.org/fhir/StructureDefinition/patient-birthTime', valueDateTime: fhirDateTime(born) },
  ];
  return { ...element('birthDate', birthDate), ...(time ? { _birthDate: { extension: time } } : {}) };
}

/** Ethnic group, nationality and occupation. Ethnicity 55 and up means unknown in some systems and is left out. */
function background(summary: Summary) {
  const group = ethnicGroups().find((one) => one.code === summary.MA_DANTOC);
  const coded = (name: string, system: string, code: string | undefined, display?: string) =>
    code ? [{ url: extension(name), valueCoding: { system, code, ...element('display', display) } }] : [];
  return [
    ...coded('ethnic-group', ETHNIC_GROUP, group?.code, group?.name),
    ...coded('nationality', NATIONALITY, summary.MA_QUOCTICH),
    ...coded('occupation', OCCUPATION, /^\d+$/.exec(summary.MA_NGHE_NGHIEP ?? '')?.[0]),
  ];
}

/** First day of the 34 provinces: before it the codes are those of the older list. */
const reform = '20250701';

function address(summary: Summary) {
  const { DIA_CHI: text, MATINH_CU_TRU: provinceCode, MAXA_CU_TRU: communeCode } = summary;
  if (!text && !provinceCode) return [];
  const now = summary.NGAY_RA! >= reform;
  const version = now ? '2026' : '2024';
  const twoDigits = provinceCode?.replace(/^0+(?=\d{2})/, '');
  const state = now
    ? province(provinceCode ?? '-')?.fullName
    : legacyUnit('province', twoDigits ?? '')?.fullName;
  const city = now
    ? commune(communeCode ?? '')?.fullName
    : legacyUnit('commune', communeCode ?? '')?.fullName;
  const unit = (name: string, system: string, code: string | undefined) =>
    code ? [{ url: extension(name), valueCoding: { system, version, code } }] : [];
  return [
    {
      ...element('extension', [
        ...unit('province', PROVINCE, twoDigits),
        ...unit('commune', COMMUNE, communeCode),
      ]),
      use: 'home',
      ...element('text', text),
      ...element('city', city),
      ...element('state', state),
      country: 'VN',
    },
  ];
}

/** An identifier of a Patient. */
export type Identifier = { system?: string; value?: string };

/**
 * Whether two Patients of one facility are the same person as far as name, sex and birth date tell. Asked only of
 * those that share a number: a newborn may carry its mother's.
 */
export function samePerson(one: Resource, other: Resource): boolean {
  const name = (resource: Resource) =>
    foldName((resource.name as { text?: string }[] | undefined)?.[0]?.text ?? '');
  const [born, otherBorn] = [one.birthDate, other.birthDate].map((date) => String(date ?? ''));
  const dates = born!.startsWith(otherBorn!) || otherBorn!.startsWith(born!);
  return name(one) === name(other) && dates && one.gender === other.gender;
}

/**
 * The stored Patient with what this dossier says: what it says replaces, what it leaves out stays, and identifiers
 * of other systems (an identity officer's, another message's) and further patient numbers are kept.
 */
export function mergePatient(stored: Resource, said: Resource): Resource {
  const merged: Resource = { ...stored };
  for (const [name, value] of Object.entries(said)) merged[name] = value;
  const told = new Map((said.identifier as Identifier[]).map(({ system, value }) => [system, value]));
  const kept = ((stored.identifier ?? []) as Identifier[]).filter(
    ({ system, value }) => !told.has(system) || (system?.startsWith(mrn('')) && told.get(system) !== value),
  );
  merged.identifier = [...(said.identifier as object[]), ...kept];
  const urls = new Set(((said.extension ?? []) as { url: string }[]).map(({ url }) => url));
  const others = ((stored.extension ?? []) as { url: string }[]).filter(({ url }) => !urls.has(url));
  Object.assign(merged, element('extension', [...((said.extension ?? []) as object[]), ...others]));
  delete merged.meta;
  return merged;
}
