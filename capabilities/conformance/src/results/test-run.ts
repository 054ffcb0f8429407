import type { Sql } from '@yba/postgres';
import { checkFile, type FileReport, type Source } from '../check.ts';
import { type Finding, grouped } from '../finding.ts';
import type { Lists } from '../lists/read-lists.ts';
import { nothingSeen } from '../options.ts';
import { reportParameters } from '../report/parameters.ts';
import { reportOn } from '../report/report.ts';
import { ruleOf } from '../rules/index.ts';
import type { Words } from '../rules/rule.ts';
import { keepRun } from './keep-run.ts';

/** One thing that is not as a rule asks, with all that is needed to show it; values by their shape. */
export type JudgedFinding = Finding & { file: string; title: Words; source: string };

/** What files of a test run are, and what is wrong with them. */
export type Judged = {
  resources: number;
  dossiers: number;
  messages: number;
  /** Whole visits: a Patient with an Encounter, a dossier, a message. Says nothing where there are errors. */
  visits: number;
  errors: number;
  warnings: number;
  /** One for each kind of place, the gravest first. */
  findings: JudgedFinding[];
  /** The parts `rule` and `file` of a report, as `$conform` answers them. */
  report: object[];
};

/**
 * Judges the files that a facility sends in a test run as `$conform` does, all as one delivery, and keeps the figures among
 * the facility's results. Nothing of the files is stored.
 */
export async function judgeTestRun(
  sql: Sql,
  sources: readonly Source[],
  { facility, vendor, by, lists }: { facility: string; vendor: string; by: string; lists?: Lists },
): Promise<Judged> {
  const seen = nothingSeen();
  const files: FileReport[] = [];
  for (const source of sources) files.push(await checkFile(source, { facility, lists }, seen));
  const report = reportOn(files);
  if (sources.length > 0) await keepRun(sql, { facility, vendor, by, report });
  const sum = (...names: string[]) =>
    files.reduce((all, { content }) => all + names.reduce((n, name) => n + (content[name] ?? 0), 0), 0);
  const fhir = files.filter(({ format }) => format === 'fhir');
  return {
    resources: fhir
      .flatMap(({ content }) => Object.entries(content))
      .reduce((all, [type, n]) => all + (type === 'Bundle' ? 0 : n), 0),
    dossiers: sum('Dossiers'),
    messages: sum('Messages'),
    visits:
      fhir.filter(({ content }) => content['Patient'] && content['Encounter']).length +
      sum('Dossiers', 'Messages'),
    errors: report.errors + report.unread,
    warnings: report.warnings,
    findings: report.files.flatMap(({ name, findings }) =>
      grouped(findings).map((one) => {
        const { title, source } = ruleOf(one.rule);
        return { ...one, file: name, title, source: source.name };
      }),
    ),
    report: reportParameters(report).parameter.filter(
      ({ name }) => name === 'rule' || name === 'unchecked' || name === 'file',
    ),
  };
}
