/** Tests as a physician reads them together; within a panel in this order. Codes of our own test code system. */
const PANELS: readonly (readonly string[])[] = [
  ['HBA1C', 'GLU', 'GLUF'],
  ['CREA', 'EGFR', 'ACR', 'UREA', 'URIC', 'UPRO'],
  ['K', 'NA', 'CL', 'CA', 'MG'],
  ['LDL', 'TRIG', 'HDL', 'CHOL'],
  ['ALT', 'AST', 'GGT', 'BILT', 'ALB'],
  ['HGB', 'WBC', 'NEU', 'LYM', 'RBC', 'HCT', 'MCV', 'PLT'],
  ['CRP', 'PCT', 'ESR'],
  ['PT', 'INR', 'APTT', 'DDIMER'],
  ['TSH', 'FT4', 'FT3'],
  ['TROP', 'BNP', 'CK'],
  ['SYS', 'DIA'],
  ['PULSE', 'SPO2', 'TEMP', 'RESP', 'WEIGHT', 'HEIGHT', 'BMI'],
];

const PLACES = new Map(
  PANELS.flatMap((codes, panel) => codes.map((code, order) => [code, { panel, order }] as const)),
);
const LAST = { panel: PANELS.length, order: 0 };

/** Where a test stands: its panel and its place in the panel; tests we do not know come last. */
export function panelOf(code: string): { panel: number; order: number } {
  return PLACES.get(code.toUpperCase()) ?? LAST;
}

/** Whether a test is the upper value of blood pressure. */
export const isSystolic = (test: { key: string; name: string }): boolean =>
  test.key === 'SYS' || /tâm thu/i.test(test.name);

/** Whether a test is the lower value of blood pressure. */
export const isDiastolic = (test: { key: string; name: string }): boolean =>
  test.key === 'DIA' || /tâm trương/i.test(test.name);
