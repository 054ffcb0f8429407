import { invalid } from '@yba/fhir';
import type { Operation } from '@yba/http';
import { facilityCode, facilityNumber } from '@yba/repository';
import { isFacilityCode } from '@yba/vietnam';
import type { RegistryOptions } from '../create-registry.ts';
import { storedFacts } from '../facilities/stored-facts.ts';
import { facilityAsked } from '../officer.ts';
import {
  codePart,
  datePart,
  dayBefore,
  given,
  instantPart,
  localDay,
  parametersAnswer,
  stringPart,
} from '../parameters.ts';

const LISTED = 1_000;

/**
 * `GET $connectivity?from=&to=&facility=`: who was connected with whom in a time: visits sent to the platform, referrals to
 * another, records opened and read of persons whom the other knows too, with counts and the last time. No person is in it.
 */
export function matrixOperation({ sql, now = () => new Date() }: RegistryOptions): Operation {
  return {
    code: 'connectivity',
    on: { system: true },
    methods: ['GET'],
    handle: async ({ context, query }) => {
      const asked = given(['from', 'to', 'facility'], { query });
      const facility = facilityAsked(context, asked.text('facility')?.toUpperCase());
      if (facility !== undefined && !isFacilityCode(facility))
        throw invalid('facility', 'A facility code has five characters');
      const to = asked.day('to') ?? localDay(now());
      const from = asked.day('from') ?? daysBefore(to, 30);
      if (from > to)
        throw invalid('from', {
          en: 'from lies before to',
          vi: 'Ngày đầu phải trước ngày cuối. Hãy chọn lại.',
        });
      const one = facility === undefined ? null : facilityNumber(facility);
      const rows = await sql<
        { facility: number; other: number; kind: string; n: number; last: Date; total: number }[]
      >`
        select facility, other, kind, sum(n)::int as n, max(last) as last, count(*) over ()::int as total from connectivity_day
        where day between ${from} and ${to} and (${one}::int is null or facility = ${one} or other = ${one})
        group by 1, 2, 3 order by n desc, 1, 2, 3 limit ${LISTED}`;
      const codes = [...new Set(rows.flatMap((row) => [row.facility, row.other]))].map(facilityCode);
      const facts = await storedFacts(sql)(codes);
      return parametersAnswer([
        ...datePart('from', from),
        ...datePart('to', to),
        ...codes.flatMap((code) =>
          code === ''
            ? []
            : [
                {
                  name: 'facility',
                  part: [{ name: 'code', valueCode: code }, ...stringPart('name', facts.get(code)?.name)],
                },
              ],
        ),
        ...rows.map((row) => ({
          name: 'pair',
          part: [
            ...codePart('facility', facilityCode(row.facility)),
            ...codePart('other', facilityCode(row.other)),
            { name: 'kind', valueCode: row.kind },
            { name: 'n', valueInteger: row.n },
            ...instantPart('last', row.last),
          ],
        })),
        ...((rows[0]?.total ?? 0) > LISTED
          ? [{ name: 'omitted', valueInteger: rows[0]!.total - LISTED }]
          : []),
      ]);
    },
  };
}

function daysBefore(day: string, days: number): string {
  let before = day;
  for (let n = 0; n < days; n++) before = dayBefore(before);
  return before;
}
