const root = 'https://yba.vn/fhir';

/** The person number (số định danh cá nhân): 12 digits, one per person for life. */
export const PERSON = `${root}/sid/cccd`;
/** The social-insurance number: 10 digits, the last ten characters of an insurance card. */
export const INSURANCE = `${root}/sid/bhyt`;
/** The 5-character code of a health facility. */
export const FACILITY = `${root}/sid/facility`;
/** Practice licence (chứng chỉ or giấy phép hành nghề), normalised by `normaliseLicence`. */
export const LICENCE = `${root}/sid/licence`;
/** The older 9-digit identity card (CMND). */
export const OLD_ID_CARD = `${root}/sid/cmnd`;
/** Passport number: one capital letter and seven digits for a Vietnamese one. */
export const PASSPORT = `${root}/sid/passport`;
/** The 15-character insurance card code. */
export const INSURANCE_CARD = `${root}/sid/bhyt-card`;
/** A facility's own patient number (MA_BN). */
export const mrn = (facility: string): string => `${root}/sid/mrn/${facility}`;
/** A facility's key of one visit (MA_LK); unique inside the facility only. */
export const maLk = (facility: string): string => `${root}/sid/ma-lk/${facility}`;
/** A facility's number of one medical record (MA_HSBA). */
export const recordNumber = (facility: string): string => `${root}/sid/ma-hsba/${facility}`;
/** Key of one row that came from a dossier: `<MA_LK>/<table>/<row>`. */
export const dossierRow = (facility: string): string => `${root}/sid/dossier-row/${facility}`;
/** `meta.source` of everything a facility submits. */
export const facilitySource = (facility: string): string => `${root}/facility/${facility}`;

/** ICD-10 as published in Viet Nam; the version goes by the day the visit ended. */
export const ICD10_VN = `${root}/CodeSystem/icd-10-vn`;
/** Diseases of traditional medicine (MA_BENH_YHCT). */
export const TRADITIONAL_DISEASE = `${root}/CodeSystem/traditional-disease`;
/** Result indices of tests (MA_CHI_SO). */
export const TEST = `${root}/CodeSystem/test`;
/** Active-ingredient codes (MA_THUOC). */
export const DRUG = `${root}/CodeSystem/drug`;
/** Service codes (MA_DICH_VU). */
export const SERVICE = `${root}/CodeSystem/service`;
/** Medical supply codes (MA_VAT_TU). */
export const SUPPLY = `${root}/CodeSystem/supply`;
/** Routes of administration (DUONG_DUNG). */
export const ROUTE = `${root}/CodeSystem/route`;
/** Kinds of visit (MA_LOAI_KCB). */
export const VISIT_TYPE = `${root}/CodeSystem/visit-type`;
/** How the patient came (MA_DOITUONG_KCB). */
export const ACCESS_CATEGORY = `${root}/CodeSystem/access-category`;
/** Hospital departments (MA_KHOA). */
export const DEPARTMENT = `${root}/CodeSystem/department`;
/** Cost groups of services, drugs and supplies (MA_NHOM). */
export const COST_GROUP = `${root}/CodeSystem/cost-group`;
/** Outcome of treatment (KET_QUA_DTRI). */
export const TREATMENT_RESULT = `${root}/CodeSystem/treatment-result`;
/** Kind of discharge (MA_LOAI_RV). */
export const DISCHARGE_KIND = `${root}/CodeSystem/discharge-kind`;
/** Cause of an injury (MA_TAI_NAN). */
export const INJURY_CAUSE = `${root}/CodeSystem/injury-cause`;
/** The tables of the national dossier, XML0 to XML15. */
export const DOSSIER_TABLE = `${root}/CodeSystem/dossier-table`;
/** The 54 ethnic groups, codes 01 to 54. */
export const ETHNIC_GROUP = `${root}/CodeSystem/ethnic-group`;
/** Nationalities, 3 digits, 000 for Viet Nam. */
export const NATIONALITY = `${root}/CodeSystem/nationality`;
/** Occupations, 5 digits. */
export const OCCUPATION = `${root}/CodeSystem/occupation`;
/** Provinces; `version` says which list of the country's units (2024 or 2026). */
export const PROVINCE = `${root}/CodeSystem/province`;
/** Communes, wards and special zones; `version` as for provinces. */
export const COMMUNE = `${root}/CodeSystem/commune`;
/** Sensitivity labels of our own for `meta.security`; code `tuberculosis`. */
export const SENSITIVITY = `${root}/CodeSystem/sensitivity`;
/** Sensitivity labels of HL7 for `meta.security`: HIV, PSY, SDV. */
export const ACT_CODE = 'http://terminology.hl7.org/CodeSystem/v3-ActCode';
/** HL7 confidentiality codes for `meta.security`: R and V hide a resource from other facilities. */
export const CONFIDENTIALITY = 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality';

/** The extension of ours with this kebab-case name. */
export const extension = (name: string): string => `${root}/StructureDefinition/${name}`;
