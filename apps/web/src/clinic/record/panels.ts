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
];

const PLACES = new Map(
  PANELS.flatMap((codes, panel) => codes.map((code, order) => [code, { panel, order }] as const)),
);
const LAST = { panel: PANELS.length, order: 0 };

/** Where a test stands: its panel and its place in the panel; tests we do not know come last. */
export function panelOf(code: string): { panel: number; order: number } {
  return PLACES.get(code.toUpperCase()) ?? LAST;
}
