import { IconFileText } from '@tabler/icons-react';
import { useBook, useWords } from '../book-context.tsx';
import { Nothing, Page } from '../parts/page.tsx';
import { PaperRow } from '../parts/paper-row.tsx';
import { useDayWords } from '../parts/words-of-day.ts';
import { paperDays, papersOf } from '../record/documents.ts';

/** All papers that hospitals sent, day by day. */
export function PapersPage() {
  const t = useWords();
  const dayWords = useDayWords();
  const { record, places } = useBook();
  const papers = papersOf(record, places);
  return (
    <Page title={t('papersTitle')} kinds={['DocumentReference', 'DiagnosticReport', 'Organization']}>
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
    </Page>
  );
}
