import type { Language } from '../record/dates.ts';
import { directionOf, type Verdict } from '../record/verdict.ts';
import type { PlainTest } from './plain-words.ts';
import { testsEn } from './tests-en.ts';
import { testsVi } from './tests-vi.ts';

const tests = { vi: testsVi, en: testsEn };

/** Everyday names and laboratory spellings of a test, written with letters and digits only. */
const spellings: [RegExp, string][] = [
  [/^hba1c|hemoglobin a1c/, 'HBA1C'],
  [/^glucose|duong (huyet|mau)/, 'GLU'],
  [/creatinin/, 'CREA'],
  [/egfr|muc loc cau than/, 'EGFR'],
  [/^ure\b|^urea|^ure mau/, 'UREA'],
  [/axit uric|acid uric|uric acid/, 'URIC'],
  [/^ast\b|^got\b|\bast\b/, 'AST'],
  [/^alt\b|^gpt\b|\balt\b/, 'ALT'],
  [/^ggt|gamma gt/, 'GGT'],
  [/phosphatase|^alp\b/, 'ALP'],
  [/^bilirubin/, 'BILI'],
  [/albumin.*creatinin|^acr\b|microalbumin/, 'ACR'],
  [/^albumin/, 'ALB'],
  [/^protein (toan phan|mau)|^total protein/, 'PROT'],
  [/hdl/, 'HDL'],
  [/ldl/, 'LDL'],
  [/triglycerid/, 'TG'],
  [/cholesterol/, 'CHOL'],
  [/^natri|^na\b|sodium/, 'NA'],
  [/^kali|^k\b|potassium/, 'K'],
  [/^clo\b|^cl\b|chlorid/, 'CL'],
  [/^canxi|^calci/, 'CA'],
  [/^crp|protein c/, 'CRP'],
  [/procalcitonin/, 'PCT'],
  [/mau lang|^esr\b|^vs\b/, 'ESR'],
  [/bach cau trung tinh|neutrophil/, 'NEU'],
  [/lympho/, 'LYM'],
  [/bach cau.*(nieu|nuoc tieu)/, 'ULEU'],
  [/^bach cau|^wbc|so luong bach cau/, 'WBC'],
  [/(hong cau|mau).*(nieu|nuoc tieu)/, 'UERY'],
  [/^hong cau|^rbc|so luong hong cau/, 'RBC'],
  [/huyet sac to|hemoglobin|^hgb/, 'HGB'],
  [/hematocrit|^hct/, 'HCT'],
  [/^mcv|the tich (trung binh )?hong cau/, 'MCV'],
  [/tieu cau|^plt|platelet/, 'PLT'],
  [/^inr\b/, 'INR'],
  [/d ?dimer/, 'DDIM'],
  [/^tsh/, 'TSH'],
  [/^ft4/, 'FT4'],
  [/^ft3/, 'FT3'],
  [/ferritin/, 'FERR'],
  [/vitamin b12/, 'B12'],
  [/vitamin d/, 'VITD'],
  [/^psa/, 'PSA'],
  [/troponin/, 'TROP'],
  [/bnp/, 'BNP'],
  [/hbsag/, 'HBSAG'],
  [/hcv/, 'HCV'],
  [/tai luong.*hiv/, 'HIVVL'],
  [/hiv/, 'HIV'],
  [/ns1/, 'NS1'],
  [/dengue|sot xuat huyet/, 'DENGUE'],
  [/xpert|gen lao|\bmtb\b/, 'MTB'],
  [/\bafb\b|lao trong dom|nhuom soi.*lao/, 'GXP'],
  [/pylori/, 'HP'],
  [/protein.*(nieu|nuoc tieu)|dam nieu/, 'UPRO'],
  [/huyet ap|blood pressure/, 'BP'],
  [/^mach\b|nhip tim|heart rate/, 'PULSE'],
  [/nhiet do|temperature|than nhiet/, 'TEMP'],
  [/spo2|bao hoa oxy/, 'SPO2'],
  [/can nang|body weight/, 'WEIGHT'],
  [/chieu cao|body height/, 'HEIGHT'],
  [/^bmi|chi so khoi/, 'BMI'],
  [/nhip tho|respiratory rate/, 'RESP'],
];

/** Other codes in use for the same test. */
const sameTest: Record<string, string> = {
  IRON: 'FE',
  TRIG: 'TG',
  DDIMER: 'DDIM',
  BILT: 'BILI',
  FER: 'FERR',
  UWBC: 'ULEU',
  URBC: 'UERY',
  AFB: 'GXP',
  MTB: 'GXP',
};

const fold = (text: string): string =>
  text
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll('đ', 'd')
    .replace(/[^a-z0-9]+/g, ' ')
    .trim();

const keyOf = (code: string | undefined, name: string): string | undefined => {
  const plainCode = code?.toUpperCase().replace(/[^A-Z0-9]/g, '');
  if (plainCode && Object.hasOwn(testsVi, plainCode)) return plainCode;
  if (plainCode && Object.hasOwn(sameTest, plainCode)) return sameTest[plainCode];
  const folded = fold(name);
  return spellings.find(([spelling]) => spelling.test(folded))?.[1];
};

/** The plain words for a test, found by its code or by its name; undefined when the book has none. */
export const plainTest = (
  code: string | undefined,
  name: string,
  language: Language,
): PlainTest | undefined => {
  const key = keyOf(code, name);
  return key === undefined ? undefined : tests[language][key];
};

/** The sentence for a verdict: what high or low means for this very test; undefined when there is none. */
export const meaningOf = (test: PlainTest | undefined, verdict: Verdict): string | undefined => {
  const direction = directionOf(verdict);
  if (direction === 'down' || direction === 'doubleDown') return test?.low;
  return direction === undefined ? undefined : test?.high;
};
