import { forbidden } from '@yba/fhir';
import type { Operation } from '@yba/http';
import { facilityCode } from '@yba/repository';
import type { LookRequestOptions } from './options.ts';

type Row = {
  facility: number;
  name: string | null;
  open: number;
  overdue: number;
  answered: number;
  late: number;
  oldest: Date | null;
};

/** Days that answered requests count in the figures. */
const COUNTED_DAYS = 365;

/**
 * `GET AuditEvent/$overdue-requests`: for the ministry, by facility: requests of persons that wait, those whose deadline
 * has passed and since when, and what was answered in the last year, in time or late. Of nobody by name. Facilities with
 * something overdue come first. Throws `forbidden` for other roles.
 */
export function overdueOperation({ sql, now = () => new Date() }: LookRequestOptions): Operation {
  return {
    code: 'overdue-requests',
    on: { type: 'AuditEvent' },
    methods: ['GET'],
    limit: { perMinute: 60, burst: 60 },
    async handle({ context }) {
      if (context.caller.role !== 'ministry')
        throw forbidden('How facilities keep their deadlines is told to the ministry’s officers');
      const at = now();
      const rows = await sql<Row[]>`
        select r.facility, max(r.facility_name) as name,
          count(*) filter (where answered is null)::int as open,
          count(*) filter (where answered is null and due < ${at})::int as overdue,
          count(*) filter (where answered is not null)::int as answered,
          count(*) filter (where answered > due)::int as late,
          min(due) filter (where answered is null and due < ${at}) as oldest
        from look_request r
        where answered is null or answered > ${new Date(at.getTime() - COUNTED_DAYS * 86_400_000)}
        group by r.facility order by oldest nulls last, open desc, r.facility`;
      return {
        resource: {
          resourceType: 'Parameters',
          parameter: rows.map((row) => ({
            name: 'facility',
            part: [
              { name: 'code', valueCode: facilityCode(row.facility) },
              ...(row.name ? [{ name: 'name', valueString: row.name }] : []),
              { name: 'open', valueInteger: row.open },
              { name: 'overdue', valueInteger: row.overdue },
              ...(row.oldest ? [{ name: 'oldest', valueInstant: row.oldest.toISOString() }] : []),
              { name: 'answered', valueInteger: row.answered },
              { name: 'late', valueInteger: row.late },
            ],
          })),
        },
        headers: { 'cache-control': 'no-store' },
      };
    },
  };
}
