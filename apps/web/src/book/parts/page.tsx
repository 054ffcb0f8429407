import { Button, ErrorState, LoadingState, OtherLanguage } from '@yba/ui';
import { IconChevronLeft, IconPlugConnectedX } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useEffect, useRef, type ReactNode } from 'react';
import { useBook, useMissing, useWords } from '../book-context.tsx';
import type { BookKey } from '../messages.ts';
import type { RecordKind } from '../record/record.ts';
import { EmptyBook } from './empty-book.tsx';
import { useErrorWords } from './error-words.ts';
import { WhoseBook } from './family-books.tsx';
import { ReadAloud } from './read-aloud.tsx';
import { isFinal } from '../../fhir/read-failed.tsx';
import { SilentHospitals } from './silent-hospitals.tsx';

/** A page behind a door of the book: back, title, read aloud; then its content, or why there is none. */
export function Page({
  title,
  back = '/book',
  actions,
  kinds = [],
  children,
}: {
  title: string;
  back?: string;
  actions?: ReactNode;
  /** The kinds this page shows: said to be incomplete when one could not be read. */
  kinds?: readonly RecordKind[];
  children: ReactNode;
}) {
  const t = useWords();
  const content = useRef<HTMLElement>(null);
  usePageTitle(title);
  return (
    <>
      <header className="bar sub">
        <Link to={back} className="ib" aria-label={t('back')}>
          <IconChevronLeft className="i" aria-hidden />
        </Link>
        <h1>{title}</h1>
        <ReadAloud of={() => content.current} />
        {actions}
        <OtherLanguage />
      </header>
      <main className="stack" ref={content}>
        <WhoseBook />
        <Opened kinds={kinds}>{children}</Opened>
      </main>
    </>
  );
}

/** Its children when the book is open; else the loading, empty or error state in kind words. */
export function Opened({ kinds, children }: { kinds: readonly RecordKind[]; children: ReactNode }) {
  const t = useWords();
  const wordsOf = useErrorWords();
  const { state, error, reload, patient, record } = useBook();
  if (state === 'loading') return <LoadingBook />;
  if (state === 'failed') {
    return (
      <section className="sheet">
        <ErrorState title={t('errorTitle')}>{t('errorBody', { why: wordsOf(error) })}</ErrorState>
        {!isFinal(error) && (
          <div className="retry">
            <Button tap look="primary" onClick={reload}>
              {t('retry')}
            </Button>
          </div>
        )}
      </section>
    );
  }
  if (!patient) return <EmptyBook />;
  const missing = record.missing.filter((kind) => kinds.includes(kind));
  return (
    <>
      {missing.length > 0 && (
        <div className="partial" role="status">
          <IconPlugConnectedX className="i" aria-hidden />
          <span>
            {t('partial', {
              kinds: kindWords(missing)
                .map((word) => t(word))
                .join(', '),
            })}
          </span>
          <Button onClick={reload}>{t('retry')}</Button>
        </div>
      )}
      {kinds.length > 0 && <SilentHospitals />}
      {children}
    </>
  );
}

function LoadingBook() {
  const t = useWords();
  return (
    <section className="sheet pad">
      <LoadingState rows={7} label={t('loading')} />
    </section>
  );
}

/** Kinds that have a name of their own in the book, in the order they are listed. */
const namedKinds = [
  'Patient',
  'AllergyIntolerance',
  'Condition',
  'MedicationRequest',
  'Observation',
  'DiagnosticReport',
  'DocumentReference',
  'Encounter',
  'Appointment',
  'ServiceRequest',
  'Procedure',
  'Coverage',
  'Organization',
];

/** The message key that names a kind of resource; kinds the book does not name are "other parts". */
const kindWord = (kind: string): BookKey =>
  namedKinds.includes(kind) ? (`kind${kind}` as BookKey) : 'kindOther';

/** Message keys that name several kinds, each once, "other parts" last. */
export const kindWords = (kinds: readonly string[]): BookKey[] => [
  ...new Set([
    ...namedKinds.filter((kind) => kinds.includes(kind)).map(kindWord),
    ...kinds.filter((kind) => !namedKinds.includes(kind)).map(kindWord),
  ]),
];

/** Names the browser's tab after the page. */
export const usePageTitle = (page: string): void => {
  const t = useWords();
  const title = t('title', { page });
  useEffect(() => {
    document.title = title;
  }, [title]);
};

/** The state of a list that has nothing yet: what would be here. Of kinds that were not read whole it says just that. */
export function Nothing({
  title,
  children,
  icon,
  of = [],
}: {
  title: string;
  children?: ReactNode;
  icon: ReactNode;
  of?: readonly RecordKind[];
}) {
  const t = useWords();
  const missing = useMissing();
  if (missing(...of)) return <p className="sheet pad">{t('notLoaded')}</p>;
  return (
    <section className="sheet nothing">
      {icon}
      <p className="what">{title}</p>
      {children && <p>{children}</p>}
    </section>
  );
}
