import { ruleSeverity } from './rules/index.ts';
import type { RuleId, Severity, Words } from './rules/rule.ts';

/** One thing that is not as a rule asks, and what to do about it. */
export type Finding = {
  severity: Severity;
  rule: RuleId;
  /** FHIRPath, `XML2[3].NGAY_YL`, `PID-3.1`; a dossier or message of several is named before it: `HOSO[2] XML1`. */
  path: string;
  /** In the text of the file, from 1. */
  line?: number;
  column?: number;
  /** What stands there. Values are shown by their shape alone unless the caller wants them. */
  found: Words;
  /** What to do. */
  fix: Words;
  /** Further places with the same fault. */
  more?: number;
};

/** A finding before its rule says how grave it is. */
export type Fault = Omit<Finding, 'severity' | 'more'> & { severity?: Severity };

/** More findings of one file than this say nothing new. */
const MOST = 2_000;

/** Collects what is found in one file. */
export class Findings {
  readonly list: Finding[] = [];
  /** What was met and could not be checked, with how often. */
  readonly left = new Map<string, number>();
  private readonly showValues: boolean;

  constructor({ showValues = false }: { showValues?: boolean | undefined } = {}) {
    this.showValues = showValues;
  }

  add({ severity, ...fault }: Fault): void {
    if (this.list.length < MOST) this.list.push({ severity: severity ?? ruleSeverity(fault.rule), ...fault });
  }

  /** Notes that something was met which the kit cannot check: a list that is not shipped, an authority it does not know. */
  leaveUnchecked(id: string): void {
    this.left.set(id, (this.left.get(id) ?? 0) + 1);
  }

  /** A value for people: as it is when asked for, else its shape, `99/99/9999` for a date. */
  show(value: string): string {
    const text = this.showValues ? value : shapeOf(value);
    return `“${text.length > 60 ? `${text.slice(0, 57)}…` : text}”`;
  }
}

/** The shape of a value: digits as 9, letters as A and a, the rest as it is. Tells what form it has, not what it says. */
export const shapeOf = (value: string): string =>
  value
    .replace(/\p{Nd}/gu, '9')
    .replace(/[\p{Lu}\p{Lt}]/gu, 'A')
    .replace(/[\p{Ll}\p{Lm}\p{Lo}]/gu, 'a');

/** Findings of the same rule at the same kind of place as one, with how many more there are. */
export function grouped(findings: readonly Finding[]): Finding[] {
  const groups = new Map<string, Finding>();
  for (const one of findings) {
    const key = `${one.severity} ${one.rule} ${one.path.replace(/\[\d+\]/g, '[]')}`;
    const first = groups.get(key);
    if (first) first.more = (first.more ?? 0) + 1;
    else groups.set(key, { ...one });
  }
  return [...groups.values()];
}
