import type { FileReport } from '../check.ts';
import { type Unchecked, uncheckedWords } from '../lists/unchecked.ts';
import { type Finding, grouped } from '../finding.ts';
import { RULES, ruleOf } from '../rules/index.ts';
import type { Area, Rule, RuleId, Severity } from '../rules/rule.ts';

/** How often a rule that was looked at was broken. */
export type RuleResult = { id: RuleId; rule: Rule; errors: number; warnings: number; information: number };

/** What was looked at, and what is wrong with it. */
export type Report = {
  /** When, as an instant of UTC. */
  at: string;
  files: FileReport[];
  /** The areas whose rules were looked at. */
  areas: Area[];
  errors: number;
  warnings: number;
  information: number;
  /** Rules of those areas. One has passed when it has neither errors nor warnings. */
  rules: RuleResult[];
  /** What was met in any file and could not be checked, by name. */
  unchecked: Unchecked[];
  /** Files that are none of the formats. */
  unread: number;
};

const GRAVITY: Readonly<Record<Severity, number>> = { error: 3, warning: 2, information: 1 };

export type ReportOptions = {
  at?: Date;
  /** Lesser findings are left out of the files; the counts of rules keep them. */
  level?: Severity;
  /** Every place by itself; else the places of one kind are told together. */
  all?: boolean;
};

/** Puts together what was found in files. */
export function reportOn(
  files: readonly FileReport[],
  { at = new Date(), level = 'information', all = false }: ReportOptions = {},
): Report {
  const findings = files.flatMap((file) => file.findings);
  const areas = [
    ...new Set(
      files.flatMap(({ format }) =>
        format === 'unknown' ? [] : format === 'endpoint' ? [format] : (['text', format] as Area[]),
      ),
    ),
  ];
  const count = (severity: Severity) => findings.filter((one) => one.severity === severity).length;
  return {
    at: at.toISOString(),
    files: files.map((file) => ({ ...file, findings: shown(file.findings, level, all) })),
    areas,
    errors: count('error'),
    warnings: count('warning'),
    information: count('information'),
    rules: resultsOf(areas, findings),
    unchecked: sumOf(files),
    unread: files.filter(({ format }) => format === 'unknown').length,
  };
}

function sumOf(files: readonly FileReport[]): Unchecked[] {
  const left = new Map<string, number>();
  for (const { id, count } of files.flatMap(({ unchecked }) => unchecked))
    left.set(id, (left.get(id) ?? 0) + count);
  return uncheckedWords(left);
}

function shown(findings: readonly Finding[], level: Severity, all: boolean): Finding[] {
  const heard = findings.filter(({ severity }) => GRAVITY[severity] >= GRAVITY[level]);
  return (all ? [...heard] : grouped(heard)).sort((a, b) => GRAVITY[b.severity] - GRAVITY[a.severity]);
}

function resultsOf(areas: readonly Area[], findings: readonly Finding[]): RuleResult[] {
  const results = new Map<RuleId, RuleResult>();
  const of = (id: RuleId) => {
    const known = results.get(id) ?? { id, rule: ruleOf(id), errors: 0, warnings: 0, information: 0 };
    results.set(id, known);
    return known;
  };
  for (const area of areas) for (const id of Object.keys(RULES[area])) of(id);
  for (const { rule, severity } of findings) {
    if (severity === 'error') of(rule).errors++;
    else if (severity === 'warning') of(rule).warnings++;
    else of(rule).information++;
  }
  return [...results.values()];
}

/** Rules that hold: nothing graver than a remark was found against them. */
export const passed = ({ rules }: Report): number =>
  rules.filter(({ errors, warnings }) => errors + warnings === 0).length;
