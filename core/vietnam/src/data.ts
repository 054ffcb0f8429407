import { readFileSync } from 'node:fs';
import { parseCsv } from './csv.ts';
import type { FieldDefinition } from './dossier/field-definition.ts';

const file = (name: string) => readFileSync(new URL(`../data/${name}`, import.meta.url), 'utf8');

function once<T>(load: () => T): () => T {
  let value: T | undefined;
  return () => (value ??= load());
}

function catalogue<T>(name: string, row: (fields: Record<string, string>) => T): () => readonly T[] {
  return once(() => parseCsv(file(name)).map(row));
}

const optional = <K extends string>(key: K, value: string | undefined): { [P in K]?: string } =>
  (value ? { [key]: value } : {}) as { [P in K]?: string };

/** A province or city of the list of July 2025, as of 30 April 2026. */
export type Province = {
  code: string;
  name: string;
  fullName: string;
  nameEn: string;
  kind: 'city' | 'province';
  communes: number;
};

/** The 34 provinces and cities of today. */
export const provinces = catalogue<Province>('admin-provinces-2026.csv', (row) => ({
  code: row.code!,
  name: row.name!,
  fullName: row.full_name!,
  nameEn: row.name_en!,
  kind: row.kind as Province['kind'],
  communes: Number(row.commune_units),
}));

/** A commune, ward or special zone of today. */
export type Commune = {
  code: string;
  name: string;
  fullName: string;
  kind: 'commune' | 'ward' | 'special_zone';
  province: string;
};

const allCommunes = catalogue<Commune>('admin-communes-2026.csv', (row) => ({
  code: row.code!,
  name: row.name!,
  fullName: row.full_name!,
  kind: row.kind as Commune['kind'],
  province: row.province_code!,
}));

const communesByProvince = once(() => Map.groupBy(allCommunes(), (commune) => commune.province));
const communesByCode = once(() => new Map(allCommunes().map((commune) => [commune.code, commune])));
const provincesByCode = once(() => new Map(provinces().map((province) => [province.code, province])));

/** The 3,321 communes, wards and special zones of today, or those of one province (2-digit code). */
export const communes = (province?: string): readonly Commune[] =>
  province === undefined ? allCommunes() : (communesByProvince().get(province) ?? []);

/** The commune of today with this 5-digit code. */
export const commune = (code: string): Commune | undefined => communesByCode().get(code);

/** The province of today with this code; leading zeros do not matter (`79`, `079`). */
export const province = (code: string): Province | undefined =>
  provincesByCode().get(code.replace(/^0+(?=\d)/, '').padStart(2, '0'));

/** A unit of the three-tier list in force until 30 June 2025. */
export type LegacyUnit = {
  level: 'province' | 'district' | 'commune';
  code: string;
  fullName: string;
  parent?: string;
};

/** The 63 provinces, 696 districts and 10,035 communes before July 2025. */
export const legacyUnits = catalogue<LegacyUnit>('admin-legacy-2024.csv', (row) => ({
  level: row.level as LegacyUnit['level'],
  code: row.code!,
  fullName: row.full_name!,
  ...optional('parent', row.parent_code),
}));

const legacyByKey = once(() => new Map(legacyUnits().map((unit) => [`${unit.level} ${unit.code}`, unit])));

/** The unit of the list before July 2025 with this level and code. */
export const legacyUnit = (level: LegacyUnit['level'], code: string): LegacyUnit | undefined =>
  legacyByKey().get(`${level} ${code}`);

/** What became of a province on 1 July 2025. `reused`: the old code now names another area. */
export type ProvinceSuccession = {
  oldCode: string;
  oldName: string;
  newCode: string;
  newName: string;
  reused: boolean;
};

/** The 63 old provinces with the one each became part of. A code without a date is ambiguous for seven of them. */
export const provinceSuccession = catalogue<ProvinceSuccession>('admin-province-merge-2025.csv', (row) => ({
  oldCode: row.old_code!,
  oldName: row.old_name!,
  newCode: row.new_code!,
  newName: row.new_name!,
  reused: row.code_reused_with_other_meaning === 'yes',
}));

const successors = once(() => new Map(provinceSuccession().map((row) => [row.oldCode, row.newCode])));

/** The province of today that holds the old province with this 2-digit code. */
export const successorOf = (oldProvince: string): Province | undefined =>
  province(successors().get(oldProvince) ?? '-');

/**
 * A commune before July 2025 and a commune of today that it became part of. `whole`: all of it did. A commune without a
 * row is one whose mapping the published merger texts do not tell beyond doubt (data/NOTICE.md).
 */
export type CommuneSuccession = { oldCode: string; newCode: string; whole: boolean };

/** What became of the communes on 1 July 2025, as far as it is known. */
export const communeSuccession = catalogue<CommuneSuccession>('admin-commune-merge-2025.csv', (row) => ({
  oldCode: row.old_code!,
  newCode: row.new_code!,
  whole: row.extent === 'whole',
}));

const communeSuccessors = once(() => Map.groupBy(communeSuccession(), ({ oldCode }) => oldCode));
const communePredecessors = once(() => Map.groupBy(communeSuccession(), ({ newCode }) => newCode));

/** The rows of `communeSuccession` of a commune before July 2025. */
export const communeSuccessors2026 = (oldCode: string): readonly CommuneSuccession[] =>
  communeSuccessors().get(oldCode) ?? [];

/** The rows of `communeSuccession` of a commune of today. */
export const communePredecessors2024 = (newCode: string): readonly CommuneSuccession[] =>
  communePredecessors().get(newCode) ?? [];

/** The 54 ethnic groups of the national list. Source: QĐ 121-TCTK/PPCĐ 1979. */
export const ethnicGroups = catalogue('ethnic-groups.csv', (row) => ({ code: row.code!, name: row.name! }));

/** Hospital departments K01 to K47. Source: QĐ 5937/2021. */
export const departments = catalogue('departments-k01-k47.csv', (row) => ({
  code: row.code!,
  name: row.name_vi!,
  nameEn: row.name_en!,
}));

/** Kinds of visit. `from`: first year or day of validity. Source: QĐ 824/2023, QĐ 1804/2026. */
export const visitTypes = catalogue('visit-types.csv', (row) => ({
  code: row.code!,
  name: row.name_vi!,
  nameEn: row.name_en!,
  from: row.from!,
}));

/** Access categories. Rates in percent of the card's level, before and from 1 July 2026. Source: QĐ 3276/2025. */
export const accessCategories = catalogue('access-categories-3276.csv', (row) => ({
  code: row.code!,
  meaning: row.meaning!,
  rateBefore: row.rate_to_2026_06_30!,
  rateFrom: row.rate_from_2026_07_01!,
  note: row.note!,
}));

/** Every field of the tables XML0 to XML15 with type, length and need in both versions of the standard. */
export const dossierFields = once(
  () =>
    (JSON.parse(file('xml-fields.json')) as { fields: FieldDefinition[] })
      .fields as readonly FieldDefinition[],
);
