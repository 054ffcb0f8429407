import { IconChevronRight, IconFileText, IconSend } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useBook, useWords } from '../book-context.tsx';
import { Nothing, Page } from '../parts/page.tsx';
import { PaperRow } from '../parts/paper-row.tsx';
import { useCareWords } from '../referrals/messages.ts';
import { WithdrawnList } from '../parts/withdrawn-list.tsx';
import { useDayWords } from '../parts/words-of-day.ts';
import { paperDays, papersOf } from '../record/documents.ts';

/** All papers that hospitals sent, day by day. */
export function PapersPage() {
  const t = useWords();
  const dayWords = useDayWords();
  const care = useCareWords();
  const { record, places } = useBook();
  const papers = papersOf(record, places);
  return (
    <Page title={t('papersTitle')} kinds={['DocumentReference', 'DiagnosticReport', 'Organization']}>
      <ul className="sheet list choices">
        <li>
          <Link to="/book/referrals">
            <IconSend className="i" aria-hidden />
            <span>
              <b>{care('open')}</b>
              <small>{care('openHint')}</small>
            </span>
            <IconChevronRight className="i" aria-hidden />
          </Link>
        </li>
      </ul>
      {papers.length === 0 && (
        <Nothing
          of={['DocumentReference', 'DiagnosticReport']}
          icon={<IconFileText className="i" aria-hidden />}
          title={t('papersNone')}
        >
          {t('papersNoneBody')}
        </Nothing>
      )}
      {paperDays(papers).map(({ day, items }) => (
        <section key={day}>
          <h2 className="d">{dayWords(day)}</h2>
          <ul className="sheet list">
            {items.map((paper) => (
              <PaperRow key={paper.id} paper={paper} />
            ))}
          </ul>
        </section>
      ))}
      <WithdrawnList kinds={['DocumentReference', 'DiagnosticReport']} />
    </Page>
  );
}
