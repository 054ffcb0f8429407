import type { Sql } from '@yba/postgres';
import { facilityNumber } from '@yba/repository';
import { passed, type Report } from '../report/report.ts';

/** Runs kept for one facility; older ones go. */
const KEPT = 200;

type Run = { facility: string; vendor: string; by: string; report: Report };

/** Keeps the figures of a check for a facility: how many, by which rules, of which software; nothing of what was checked. */
export async function keepRun(sql: Sql, { facility, vendor, by, report }: Run): Promise<void> {
  const number = facilityNumber(facility);
  const failed = report.rules
    .filter(({ errors, warnings }) => errors + warnings > 0)
    .map(({ id, errors, warnings }) => ({ rule: id, errors, warnings }));
  const formats = report.files.map(({ format }) => format);
  await sql`
    insert into conformance_run
      (facility, vendor, by, formats, errors, warnings, rules_checked, rules_passed, failed)
    values (${number}, ${vendor}, ${by}, ${formats}, ${report.errors}, ${report.warnings}, ${report.rules.length},
      ${passed(report)}, ${sql.json(failed)})`;
  await sql`
    delete from conformance_run
    where facility = ${number} and id <= (
      select id from conformance_run where facility = ${number} order by id desc offset ${KEPT} limit 1)`;
}
