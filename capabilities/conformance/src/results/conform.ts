import { type Caller, forbidden, outcomeError } from '@yba/fhir';
import type { Operation } from '@yba/http';
import { facilityNumber } from '@yba/repository';
import { isFacilityCode } from '@yba/vietnam';
import { checkFile } from '../check.ts';
import type { ConformanceOptions } from '../create-conformance.ts';
import { reportParameters } from '../report/parameters.ts';
import { reportOn } from '../report/report.ts';
import { keepRun } from './keep-run.ts';

const LONGEST_NAME = 80;

/**
 * `POST $conform`: what is wrong with the body, be it FHIR, a national XML dossier or an HL7 v2 message, as Parameters with
 * an OperationOutcome. Nothing of the body is stored or logged; figures of the run are kept for the facility unless
 * `keep=false`. `vendor` names the software, `facility` (the ministry's officers alone) the facility. For a facility's
 * software and its IT officer, and the ministry; throws `forbidden` for others.
 */
export function conform(options: ConformanceOptions): Operation {
  return {
    code: 'conform',
    on: { system: true },
    methods: ['POST'],
    consumes: 'bytes',
    limit: { perMinute: 60, burst: 30 },
    async handle({ context: { caller }, query, bytes }) {
      const facility = facilityFor(caller, query.get('facility'));
      if (!bytes || bytes.length === 0)
        throw outcomeError('required', {
          en: 'The body is empty. Send FHIR, a national XML file or an HL7 v2 message.',
          vi: 'Chưa có nội dung. Hãy dán hoặc chọn tệp FHIR, XML quốc gia hay thông điệp HL7 v2.',
        });
      const vendor = query.get('vendor')?.trim() || (await vendorOf(options, caller, facility));
      if (vendor.length > LONGEST_NAME || /\p{C}/u.test(vendor))
        throw outcomeError(
          'value',
          `vendor has at most ${LONGEST_NAME} characters, none of them a control character`,
          'vendor',
        );
      const showValues = query.get('values') === 'true';
      const file = await checkFile({ name: 'body', bytes }, { facility, showValues, lists: options.lists });
      const report = reportOn([file]);
      const keep = facility !== undefined && query.get('keep') !== 'false' && report.unread === 0;
      if (keep) await keepRun(options.sql, { facility, vendor, by: caller.subject, report });
      const answer = reportParameters(report);
      answer.parameter.push({ name: 'kept', valueBoolean: keep });
      return { resource: answer, headers: { 'cache-control': 'no-store' } };
    },
  };
}

/** Whose data it is. Throws `forbidden`, and `value` for a code that is none. */
function facilityFor(caller: Caller, asked: string | null): string | undefined {
  if (caller.role === 'ministry') {
    if (asked !== null && !isFacilityCode(asked))
      throw outcomeError('value', 'facility is a 5-character code, such as 27001', 'facility');
    return asked ?? undefined;
  }
  if ((caller.role !== 'system' && caller.role !== 'admin') || !caller.facility)
    throw forbidden('Data is checked for a facility’s software and its IT officer, and for the ministry');
  if (asked !== null && asked !== caller.facility)
    throw forbidden('Results are kept for your own facility; leave out the parameter facility');
  return caller.facility;
}

/** The software that calls; of a person who tries a file, what the facility's newest check named. */
async function vendorOf(
  { sql }: ConformanceOptions,
  caller: Caller,
  facility: string | undefined,
): Promise<string> {
  if (caller.role === 'system' || facility === undefined) return caller.name.slice(0, LONGEST_NAME);
  const [newest] = await sql<{ vendor: string }[]>`
    select vendor from conformance_run where facility = ${facilityNumber(facility)} order by id desc limit 1`;
  return newest?.vendor ?? '—';
}
