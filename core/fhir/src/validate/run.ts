import type { Issue, IssueType } from '../outcome.ts';

/** One validation: what was found so far and where we are. */
export type Run = {
  issues: Issue[];
  /** FHIRPath of the place, in parts: names and indexes. */
  path: (string | number)[];
};

/** More than this many issues say nothing new. */
const maxIssues = 100;

/** Notes an issue at the place the run is at, or at a child of it. */
export function report(
  run: Run,
  code: IssueType,
  diagnostics: string,
  child?: string,
  severity: Issue['severity'] = 'error',
): void {
  if (run.issues.length >= maxIssues) return;
  const expression = pathOf(child === undefined ? run.path : [...run.path, child]);
  run.issues.push({
    severity,
    code,
    diagnostics: `${expression}: ${diagnostics}`,
    expression: [expression],
  });
}

function pathOf(parts: readonly (string | number)[]): string {
  let text = '';
  for (const part of parts) {
    if (typeof part === 'number') text += `[${part}]`;
    else text += text === '' ? part : `.${part}`;
  }
  return text;
}

/** A value for a message: short, and by kind when it is not plain. */
export function shown(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'string') return value.length > 60 ? `'${value.slice(0, 57)}…'` : `'${value}'`;
  return typeof value === 'object' && value.constructor === Object ? 'an object' : String(value);
}
