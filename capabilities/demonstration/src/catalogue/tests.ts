export type TestGroup = 'blood' | 'chemistry' | 'immunology' | 'urine' | 'vital';

/** A test or vital sign of the demonstration, in our own code system. */
export type Test = {
  code: string;
  vi: string;
  en: string;
  group: TestGroup;
  /** UCUM; absent for results in words. */
  unit?: string;
  /** The unit as printed. */
  shown?: string;
  decimals: number;
  /** Reference range, by sex where it differs; either end may be open. */
  range: { male: Range; female: Range };
  /** Values at or beyond these must be reported at once. */
  danger?: Range;
};

export type Range = readonly [low: number | undefined, high: number | undefined];

type Row = readonly [
  code: string,
  vi: string,
  en: string,
  unit: string,
  shown: string,
  decimals: number,
  range: Range,
  more?: { female?: Range; danger?: Range },
];

const open = undefined;

const blood: readonly Row[] = [
  ['WBC', 'Bạch cầu', 'White cells', '10*9/L', 'G/L', 1, [4, 10], { danger: [1.5, 30] }],
  ['NEU', 'Bạch cầu trung tính', 'Neutrophils', '%', '%', 1, [40, 74]],
  ['LYM', 'Bạch cầu lympho', 'Lymphocytes', '%', '%', 1, [19, 48]],
  ['RBC', 'Hồng cầu', 'Red cells', '10*12/L', 'T/L', 2, [4.3, 5.8], { female: [3.9, 5.4] }],
  [
    'HGB',
    'Hemoglobin',
    'Haemoglobin',
    'g/L',
    'g/L',
    0,
    [130, 170],
    { female: [120, 160], danger: [65, 210] },
  ],
  ['HCT', 'Hematocrit', 'Haematocrit', '%', '%', 1, [40, 50], { female: [36, 46] }],
  ['MCV', 'Thể tích hồng cầu', 'Red cell size', 'fL', 'fL', 1, [80, 100]],
  ['PLT', 'Tiểu cầu', 'Platelets', '10*9/L', 'G/L', 0, [150, 400], { danger: [30, 1000] }],
  ['ESR', 'Tốc độ máu lắng', 'Sedimentation', 'mm/h', 'mm/giờ', 0, [open, 20]],
  ['INR', 'INR', 'INR', '{INR}', '', 2, [0.8, 1.2], { danger: [open, 5] }],
  ['DDIMER', 'D-dimer', 'D-dimer', 'mg/L', 'mg/L FEU', 2, [open, 0.5]],
];

const chemistry: readonly Row[] = [
  ['GLU', 'Glucose đói', 'Fasting glucose', 'mmol/L', 'mmol/L', 1, [3.9, 6.4], { danger: [2.5, 25] }],
  ['HBA1C', 'HbA1c', 'HbA1c', '%', '%', 1, [open, 7]],
  ['UREA', 'Urê', 'Urea', 'mmol/L', 'mmol/L', 1, [2.8, 7.2]],
  [
    'CREA',
    'Creatinin',
    'Creatinine',
    'umol/L',
    'µmol/L',
    0,
    [62, 106],
    { female: [44, 80], danger: [open, 700] },
  ],
  ['EGFR', 'eGFR', 'eGFR', 'mL/min/{1.73_m2}', 'mL/ph/1,73 m²', 0, [60, open]],
  ['URIC', 'Acid uric', 'Uric acid', 'umol/L', 'µmol/L', 0, [200, 420], { female: [140, 360] }],
  ['NA', 'Natri', 'Sodium', 'mmol/L', 'mmol/L', 0, [135, 145], { danger: [120, 160] }],
  ['K', 'Kali', 'Potassium', 'mmol/L', 'mmol/L', 1, [3.5, 5.1], { danger: [2.5, 6.2] }],
  ['CL', 'Clo', 'Chloride', 'mmol/L', 'mmol/L', 0, [98, 107]],
  ['CA', 'Calci', 'Calcium', 'mmol/L', 'mmol/L', 2, [2.15, 2.55]],
  ['CHOL', 'Cholesterol', 'Cholesterol', 'mmol/L', 'mmol/L', 1, [open, 5.2]],
  ['LDL', 'LDL-C', 'LDL cholesterol', 'mmol/L', 'mmol/L', 1, [open, 3.4]],
  ['HDL', 'HDL-C', 'HDL cholesterol', 'mmol/L', 'mmol/L', 1, [1, open]],
  ['TRIG', 'Triglycerid', 'Triglycerides', 'mmol/L', 'mmol/L', 1, [open, 1.7]],
  ['AST', 'AST', 'AST', 'U/L', 'U/L', 0, [open, 40], { female: [open, 32] }],
  ['ALT', 'ALT', 'ALT', 'U/L', 'U/L', 0, [open, 41], { female: [open, 33] }],
  ['GGT', 'GGT', 'GGT', 'U/L', 'U/L', 0, [open, 60], { female: [open, 40] }],
  ['BILT', 'Bilirubin toàn phần', 'Bilirubin', 'umol/L', 'µmol/L', 1, [open, 21]],
  ['ALB', 'Albumin', 'Albumin', 'g/L', 'g/L', 0, [35, 52]],
  ['PROT', 'Protein toàn phần', 'Total protein', 'g/L', 'g/L', 0, [64, 83]],
  ['CRP', 'CRP', 'CRP', 'mg/L', 'mg/L', 1, [open, 5]],
  ['PCT', 'Procalcitonin', 'Procalcitonin', 'ng/mL', 'ng/mL', 2, [open, 0.5]],
  ['TROP', 'Troponin T siêu nhạy', 'Troponin T', 'ng/L', 'ng/L', 0, [open, 14], { danger: [open, 52] }],
  ['BNP', 'NT-proBNP', 'NT-proBNP', 'pg/mL', 'pg/mL', 0, [open, 125]],
  ['CK', 'CK', 'CK', 'U/L', 'U/L', 0, [open, 190]],
  ['AMY', 'Amylase', 'Amylase', 'U/L', 'U/L', 0, [28, 100]],
  ['FER', 'Ferritin', 'Ferritin', 'ug/L', 'µg/L', 0, [30, 400], { female: [13, 150] }],
  ['IRON', 'Sắt huyết thanh', 'Iron', 'umol/L', 'µmol/L', 1, [11, 28], { female: [9, 27] }],
  ['OGTT', 'Glucose sau uống đường 2 giờ', 'Glucose 2 h after load', 'mmol/L', 'mmol/L', 1, [open, 8.5]],
  ['TSH', 'TSH', 'TSH', 'm[IU]/L', 'mIU/L', 2, [0.27, 4.2]],
  ['FT4', 'FT4', 'Free T4', 'pmol/L', 'pmol/L', 1, [12, 22]],
  ['AFP', 'AFP', 'AFP', 'ng/mL', 'ng/mL', 1, [open, 7]],
  ['PSA', 'PSA', 'PSA', 'ng/mL', 'ng/mL', 2, [open, 4]],
];

const immunology: readonly Row[] = [
  ['HBSAG', 'HBsAg', 'HBsAg', '', '', 0, [open, open]],
  ['HCV', 'Kháng thể viêm gan C', 'Hepatitis C antibody', '', '', 0, [open, open]],
  ['HBVDNA', 'HBV DNA', 'HBV DNA', '[IU]/mL', 'IU/mL', 0, [open, 20]],
  ['NS1', 'Dengue NS1', 'Dengue NS1', '', '', 0, [open, open]],
  ['FLU', 'Cúm A/B nhanh', 'Influenza rapid test', '', '', 0, [open, open]],
  ['GXP', 'Tìm vi khuẩn lao trong đờm', 'Tuberculosis in sputum', '', '', 0, [open, open]],
  ['ABO', 'Nhóm máu', 'Blood group', '', '', 0, [open, open]],
];

const urine: readonly Row[] = [
  ['ACR', 'ACR niệu', 'Urine ACR', 'mg/mmol', 'mg/mmol', 1, [open, 3]],
  ['UPRO', 'Protein niệu', 'Urine protein', 'g/L', 'g/L', 2, [open, 0.15]],
  ['UWBC', 'Bạch cầu niệu', 'Urine white cells', '/uL', '/µL', 0, [open, 25]],
  ['URBC', 'Hồng cầu niệu', 'Urine red cells', '/uL', '/µL', 0, [open, 10]],
  ['UPH', 'pH niệu', 'Urine pH', '[pH]', '', 1, [4.8, 7.4]],
  ['USG', 'Tỷ trọng niệu', 'Urine density', '{ratio}', '', 3, [1.01, 1.03]],
];

const vital: readonly Row[] = [
  ['BP', 'Huyết áp', 'Blood pressure', 'mm[Hg]', 'mmHg', 0, [open, open]],
  ['SYS', 'Huyết áp tâm thu', 'Systolic pressure', 'mm[Hg]', 'mmHg', 0, [90, 140], { danger: [70, 200] }],
  [
    'DIA',
    'Huyết áp tâm trương',
    'Diastolic pressure',
    'mm[Hg]',
    'mmHg',
    0,
    [50, 90],
    { danger: [open, 120] },
  ],
  ['PULSE', 'Mạch', 'Pulse', '/min', 'lần/phút', 0, [50, 100], { danger: [40, 150] }],
  ['TEMP', 'Nhiệt độ', 'Temperature', 'Cel', '°C', 1, [36, 37.5], { danger: [34, 40.5] }],
  ['RESP', 'Nhịp thở', 'Breathing rate', '/min', 'lần/phút', 0, [12, 20]],
  ['SPO2', 'SpO₂', 'Oxygen saturation', '%', '%', 0, [94, open], { danger: [88, open] }],
  ['WEIGHT', 'Cân nặng', 'Weight', 'kg', 'kg', 1, [open, open]],
  ['HEIGHT', 'Chiều cao', 'Height', 'cm', 'cm', 0, [open, open]],
  ['BMI', 'BMI', 'Body mass index', 'kg/m2', 'kg/m²', 1, [18.5, 23]],
];

const make =
  (group: TestGroup) =>
  ([code, vi, en, unit, shown, decimals, range, more]: Row): [string, Test] => [
    code,
    {
      code,
      vi,
      en,
      group,
      ...(unit ? { unit, shown } : {}),
      decimals,
      range: { male: range, female: more?.female ?? range },
      ...(more?.danger ? { danger: more.danger } : {}),
    },
  ];

/** The tests and vital signs of the demonstration; names are our own, no title of any nomenclature is shipped. */
export const tests: ReadonlyMap<string, Test> = new Map([
  ...blood.map(make('blood')),
  ...chemistry.map(make('chemistry')),
  ...immunology.map(make('immunology')),
  ...urine.map(make('urine')),
  ...vital.map(make('vital')),
]);

/** The test with this code; throws when the demonstration has none. */
export function test(code: string): Test {
  const found = tests.get(code);
  if (!found) throw new Error(`no test ${code} in the demonstration`);
  return found;
}
