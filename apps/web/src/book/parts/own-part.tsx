import { LoadingState } from '@yba/ui';
import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { ReadFailed } from '../../fhir/read-failed.tsx';
import { useWords } from '../book-context.tsx';
import type { OwnChange } from './use-own.ts';

/** A part of the page about one's own account: its heading, its list as it stands with loading, what came of the last change. */
export function OwnPart<Answer>({
  title,
  query,
  change,
  children,
}: {
  title: string;
  query: UseQueryResult<Answer>;
  change: OwnChange;
  children: (answer: Answer) => ReactNode;
}) {
  const t = useWords();
  const { data, error, refetch } = query;
  return (
    <section aria-label={title}>
      <h2 className="d">{title}</h2>
      {data ? (
        children(data)
      ) : error ? (
        <div className="sheet">
          <ReadFailed of={{ error, refetch }} title={t('errorTitle')} />
        </div>
      ) : (
        <div className="sheet pad">
          <LoadingState rows={2} label={t('loading')} />
        </div>
      )}
      <p role="status" className={change.done ? 'done' : 'vh'}>
        {change.done}
      </p>
      {change.failed && (
        <p role="alert" className="failed">
          {change.failed}
        </p>
      )}
    </section>
  );
}
