import { formatDate } from '@yba/ui';
import { IconChevronRight, IconStethoscope } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useBook, useWords } from '../book-context.tsx';
import type { BookKey } from '../messages.ts';
import { Nothing, Page } from '../parts/page.tsx';
import { PrivateMark } from '../parts/private-mark.tsx';
import { visitsOf, type Visit, type VisitKind } from '../record/visits.ts';

/** The words for a kind of visit. */
export const kindKey: Record<VisitKind, BookKey> = {
  outpatient: 'outpatient',
  inpatient: 'inpatient',
  emergency: 'emergency',
  home: 'homeVisit',
  remote: 'remote',
  other: 'otherVisit',
};

/** All visits, latest first, year by year. */
export function VisitsPage() {
  const t = useWords();
  const { record, places } = useBook();
  const visits = visitsOf(record, places);
  const years = [...Map.groupBy(visits, (visit) => visit.start.slice(0, 4))];
  return (
    <Page title={t('visitsTitle')} kinds={['Encounter', 'Condition', 'Organization']}>
      {visits.length === 0 ? (
        <Nothing
          of={['Encounter']}
          icon={<IconStethoscope className="i" aria-hidden />}
          title={t('visitsNone')}
        >
          {t('visitsNoneBody')}
        </Nothing>
      ) : (
        <p className="sum">
          {t('visitsCount', {
            count: visits.length,
            places: new Set(visits.map(({ place }) => place)).size,
          })}
        </p>
      )}
      {years.map(([year, items]) => (
        <section key={year}>
          <h2 className="d">{year}</h2>
          <ul className="sheet list">
            {items.map((visit) => (
              <VisitRow key={visit.id} visit={visit} />
            ))}
          </ul>
        </section>
      ))}
    </Page>
  );
}

function VisitRow({ visit }: { visit: Visit }) {
  const t = useWords();
  const what = visit.diagnoses[0]?.name ?? visit.reason ?? visit.service;
  return (
    <li>
      <Link className="vrow" to="/book/visits/$id" params={{ id: visit.id }}>
        <span className="date">
          <b>{formatDate(visit.start).slice(0, 5)}</b>
          <small>{visit.start.slice(0, 4)}</small>
        </span>
        <span className="what">
          <b>{what ?? t(kindKey[visit.kind])}</b>
          <small>
            {t(kindKey[visit.kind])} · {visit.place ?? t('placeUnknown')}
          </small>
          {visit.open && <small className="open">{t('visitOpen')}</small>}
          {(visit.sensitive || visit.diagnoses.some((diagnosis) => diagnosis.sensitive)) && <PrivateMark />}
        </span>
        <IconChevronRight className="i" aria-hidden />
      </Link>
    </li>
  );
}
