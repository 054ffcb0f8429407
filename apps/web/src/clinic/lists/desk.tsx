import type { ReactNode } from 'react';
import { IconCircleCheck } from '@tabler/icons-react';
import { EmptyState, LoadingState } from '@yba/ui';
import { ReadFailed } from '../../fhir/read-failed.tsx';
import { useClinicText } from '../messages.ts';
import { DeskRow } from './desk-row.tsx';
import { ListHead } from './list-head.tsx';
import { useChosenRow } from './use-chosen-row.ts';

/** One part of what waits at a desk; `empty` and `hint` are said when nothing is in it. */
export type DeskView<View extends string> = {
  key: View;
  label: string;
  count: number | undefined;
  empty: string;
  hint: string;
};

type DeskProps<Row extends { id: string }, View extends string> = {
  title: string;
  /** What the views are called together, for whoever hears the screen. */
  viewsLabel: string;
  className?: string;
  views: readonly DeskView<View>[];
  view: View;
  onView: (view: View) => void;
  /** How the list of this view came, and its rows. */
  list: { isPending: boolean; isError: boolean; isSuccess: boolean; error: Error | null };
  rows: readonly Row[];
  chosen: string | undefined;
  onChoose: (id: string) => void;
  onReload: () => void;
  /** What was done last, in words. */
  said: string | undefined;
  /** What is new, above the list. */
  news?: ReactNode;
  /** A row of the list. */
  option: (row: Row) => ReactNode;
  /** What is done with the row chosen. */
  children: (row: Row) => ReactNode;
};

/** Things that wait, in views, one chosen and worked on beside the list. Keys: ↑ ↓, 1 to the number of views, Alt R. */
export function Desk<Row extends { id: string }, View extends string>(props: DeskProps<Row, View>) {
  const { title, views, view, list, rows, said, option, onView, onChoose, onReload } = props;
  const t = useClinicText();
  const shown = views.find(({ key }) => key === view)!;
  const current = useChosenRow(rows, ({ id }) => id, {
    chosen: props.chosen,
    onChoose,
    onReload,
    more: (views.length > 1 ? views : []).map(({ key, label }, at) => ({
      keys: String(at + 1),
      label: at === 0 ? t('filterKeys') : label,
      ...(at === 0 ? { printed: `1 – ${views.length}` } : {}),
      run: () => onView(key),
      quiet: at > 0,
    })),
  });
  return (
    <section className={['qm alerts', props.className].filter(Boolean).join(' ')}>
      <ListHead
        title={title}
        segments={{ label: props.viewsLabel, chosen: view, onChoose: onView, of: views }}
      />
      {said && (
        <p className="done" role="status">
          <IconCircleCheck className="i" aria-hidden />
          {said}
        </p>
      )}
      {props.news}
      {list.isPending && <LoadingState rows={8} />}
      {list.isError && <ReadFailed of={{ error: list.error, refetch: onReload }} />}
      {list.isSuccess && !current && <EmptyState title={shown.empty}>{shown.hint}</EmptyState>}
      {current && (
        <div className="pairdesk">
          <div className="pairs" role="listbox" aria-label={shown.label} tabIndex={0}>
            {rows.map((row) => (
              <DeskRow key={row.id} chosen={row === current} onChoose={() => onChoose(row.id)}>
                {option(row)}
              </DeskRow>
            ))}
          </div>
          {props.children(current)}
        </div>
      )}
    </section>
  );
}
