import { type Caller, forbidden, outcomeError } from '@yba/fhir';
import type { Operation } from '@yba/http';
import { facilityCode, facilityNumber } from '@yba/repository';
import { isFacilityCode } from '@yba/vietnam';
import type { ConformanceOptions } from '../create-conformance.ts';
import { ruleOf } from '../rules/index.ts';

type Failed = { rule: string; errors: number; warnings: number };
type Run = {
  id: string;
  facility: number;
  vendor: string;
  at: Date;
  formats: string[];
  errors: number;
  warnings: number;
  rules_checked: number;
  rules_passed: number;
  failed: Failed[];
};
/** The newest run of a facility, with how it went in those before, oldest first. */
type Latest = Run & { runs: number; trend: { errors: number; warnings: number }[] };

/** Facilities listed in one answer. */
const LISTED = 500;
/** Runs that a trend tells of. */
const TREND = 12;

/**
 * `GET $conformance-results`: how far each facility's data is, as Parameters with one `result` each: its newest run and the
 * trend of the last ones. With `facility`, one `result` for each run of that facility, newest first. The ministry's
 * officers see all, a facility's software and IT officer their own; throws `forbidden` for others.
 */
export function conformanceResults(options: ConformanceOptions): Operation {
  return {
    code: 'conformance-results',
    on: { system: true },
    methods: ['GET'],
    async handle({ context: { caller }, query }) {
      const facility = seenBy(caller, query.get('facility'));
      const found = facility === undefined ? await latest(options) : await runsOf(options, facility);
      const names = await options.ports.namesOf([...new Set(found.map((run) => facilityCode(run.facility)))]);
      return {
        resource: {
          resourceType: 'Parameters',
          parameter: [
            { name: 'asOf', valueInstant: new Date().toISOString() },
            ...found.slice(0, LISTED).map((run) => resultPart(run, names)),
            ...(found.length > LISTED ? [{ name: 'more', valueBoolean: true }] : []),
          ],
        },
        headers: { 'cache-control': 'no-store' },
      };
    },
  };
}

function seenBy(caller: Caller, asked: string | null): string | undefined {
  if (asked !== null && !isFacilityCode(asked))
    throw outcomeError('value', 'facility is a 5-character code, such as 27001', 'facility');
  if (caller.role === 'ministry') return asked ?? undefined;
  if (
    (caller.role !== 'system' && caller.role !== 'admin') ||
    !caller.facility ||
    (asked ?? caller.facility) !== caller.facility
  )
    throw forbidden(
      'Results are for the ministry, and of their own facility for its software and IT officer',
    );
  return caller.facility;
}

const latest = ({ sql }: ConformanceOptions) => sql<Latest[]>`
  with ranked as (
    select *, row_number() over (partition by facility order by id desc) as nth, count(*) over (partition by facility)::int as runs
    from conformance_run
  ), trends as (
    select facility, jsonb_agg(jsonb_build_object('errors', errors, 'warnings', warnings) order by id) as trend
    from ranked where nth <= ${TREND} group by facility
  )
  select r.id::text, r.facility, r.vendor, r.at, r.formats, r.errors, r.warnings, r.rules_checked, r.rules_passed, r.failed,
    r.runs, t.trend
  from ranked r join trends t using (facility)
  where r.nth = 1 order by r.at desc, r.id desc limit ${LISTED + 1}`;

const runsOf = ({ sql }: ConformanceOptions, facility: string) => sql<Run[]>`
  select id::text, facility, vendor, at, formats, errors, warnings, rules_checked, rules_passed, failed
  from conformance_run where facility = ${facilityNumber(facility)} order by conformance_run.id desc limit ${LISTED}`;

function resultPart(run: Run | Latest, names: ReadonlyMap<string, string>): object {
  const code = facilityCode(run.facility);
  const whole = (name: string, valueInteger: number) => ({ name, valueInteger });
  return {
    name: 'result',
    part: [
      { name: 'facility', valueCode: code },
      { name: 'facilityName', valueString: names.get(code) ?? code },
      { name: 'vendor', valueString: run.vendor },
      { name: 'at', valueInstant: run.at.toISOString() },
      { name: 'passed', valueBoolean: run.errors === 0 },
      ...run.formats.map((valueCode) => ({ name: 'format', valueCode })),
      whole('errors', run.errors),
      whole('warnings', run.warnings),
      whole('rulesChecked', run.rules_checked),
      whole('rulesPassed', run.rules_passed),
      ...run.failed.map((one) => failedPart(one)),
      ...('trend' in run
        ? [
            whole('runs', run.runs),
            ...run.trend.map(({ errors, warnings }) => ({
              name: 'trend',
              part: [whole('errors', errors), whole('warnings', warnings)],
            })),
          ]
        : []),
    ],
  };
}

/** A rule that did not hold; one of an older release may be gone from the table. */
function failedPart({ rule, errors, warnings }: Failed): object {
  const title = titleOf(rule);
  return {
    name: 'rule',
    part: [
      { name: 'code', valueCode: rule },
      { name: 'vi', valueString: title.vi },
      { name: 'en', valueString: title.en },
      { name: 'errors', valueInteger: errors },
      { name: 'warnings', valueInteger: warnings },
    ],
  };
}

function titleOf(rule: string): { vi: string; en: string } {
  try {
    return ruleOf(rule).title;
  } catch {
    return { vi: rule, en: rule };
  }
}
