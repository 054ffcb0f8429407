import { invalid } from '@yba/fhir';
import type { Operation } from '@yba/http';
import type { RegistryOptions } from '../create-registry.ts';
import { storedFacts } from '../facilities/stored-facts.ts';
import { assertOfficer } from '../officer.ts';
import { codePart, datePart, given, localDay, parametersAnswer, stringPart } from '../parameters.ts';
import { reportOf, type View } from './report.ts';

const DAYS_MOST = 400;

/**
 * `GET Organization/$visit-report?from=&to=&by=province|facility&view=as-then|as-now`: visits of a time, in the units of
 * their days or of today. Both views have the same total.
 */
export function reportOperation({ sql, visitsOf, now = () => new Date() }: RegistryOptions): Operation {
  return {
    code: 'visit-report',
    on: { type: 'Organization' },
    methods: ['GET'],
    handle: async ({ context, query }) => {
      assertOfficer(context);
      const asked = given(['from', 'to', 'by', 'view'], { query });
      const today = localDay(now());
      const to = asked.day('to') ?? today;
      const from = asked.day('from') ?? `${to.slice(0, 7)}-01`;
      const days = (Date.parse(to) - Date.parse(from)) / 86_400_000;
      if (days < 0 || days > DAYS_MOST)
        throw invalid('from', {
          en: `from lies before to, ${DAYS_MOST} days at most`,
          vi: `Ngày đầu phải trước ngày cuối, cách nhau nhiều nhất ${DAYS_MOST} ngày. Hãy chọn lại.`,
        });
      const by = asked.text('by') ?? 'province';
      const view = asked.text('view') ?? 'as-now';
      if (by !== 'province' && by !== 'facility') throw invalid('by', 'by is province or facility');
      if (view !== 'as-then' && view !== 'as-now') throw invalid('view', 'view is as-then or as-now');
      const facts = await visitsOf(from, to);
      const lines = await reportOf(facts, { by, view: view as View, today, factsOf: storedFacts(sql) });
      return parametersAnswer([
        ...datePart('from', from),
        ...datePart('to', to),
        { name: 'view', valueCode: view },
        { name: 'total', valueInteger: lines.reduce((sum, { count }) => sum + count, 0) },
        ...lines.map((line) => ({
          name: 'line',
          part: [
            ...codePart('code', line.key),
            ...stringPart('name', line.name),
            ...codePart('list', line.list),
            { name: 'count', valueInteger: line.count },
          ],
        })),
      ]);
    },
  };
}
