import type { ReactNode } from 'react';
import { useState } from 'react';
import { IconCircleCheck } from '@tabler/icons-react';
import { EmptyState, ErrorState, LoadingState, useKeys, usePageTitle } from '@yba/ui';
import type { UseQueryResult } from '@tanstack/react-query';
import { errorWords } from '../../fhir/client.ts';
import { ListHead } from '../lists/list-head.tsx';
import { useClinicText } from '../messages.ts';

const SIDES = ['open', 'done'] as const;
type Side = (typeof SIDES)[number];

type SideWords = {
  /** On the button that shows this side of the list. */
  label: string;
  /** When there is nothing on it. */
  empty: string;
  hint: string;
};

export type DeskListProps<Row extends { id: string }> = {
  title: string;
  list: UseQueryResult<readonly Row[]>;
  isOpen: (row: Row) => boolean;
  words: Record<Side, SideWords>;
  /** A row of the list. */
  option: (row: Row) => ReactNode;
  /** What is done with the row chosen; `onDone` says what came of it, or that nothing is to be said. */
  desk: (row: Row, onDone: (said: string | undefined) => void) => ReactNode;
};

/** What waits for the privacy officer and what is done, one chosen and worked on beside the list. Keys: ↑ ↓, 1, 2, Alt R. */
export function DeskList<Row extends { id: string }>({
  title,
  list,
  isOpen,
  words,
  option,
  desk,
}: DeskListProps<Row>) {
  const clinic = useClinicText();
  usePageTitle(title);
  const [side, setSide] = useState<Side>('open');
  const [chosen, setChosen] = useState<string>();
  const [done, setDone] = useState<string>();
  const rowsOf = (one: Side) => (list.data ?? []).filter((row) => isOpen(row) === (one === 'open'));
  const rows = rowsOf(side);
  const index = Math.max(
    0,
    rows.findIndex(({ id }) => id === chosen),
  );
  const current = rows[index];
  const move = (step: number) => setChosen(rows[Math.max(0, Math.min(rows.length - 1, index + step))]?.id);
  const show = (next: Side) => {
    setDone(undefined);
    setSide(next);
  };
  useKeys([
    { keys: '↑', label: clinic('choose'), run: () => move(-1), quiet: true },
    { keys: '↓', label: clinic('choose'), run: () => move(1) },
    ...SIDES.map((one, at) => ({
      keys: String(at + 1),
      label: at === 0 ? clinic('filterKeys') : words[one].label,
      ...(at === 0 ? { printed: `1 – ${SIDES.length}` } : {}),
      run: () => show(one),
      quiet: at > 0,
    })),
    { keys: 'Alt R', label: clinic('reload'), run: () => void list.refetch() },
  ]);
  return (
    <section className="qm alerts">
      <ListHead
        title={title}
        segments={{
          label: clinic('filterLabel'),
          chosen: side,
          onChoose: show,
          of: SIDES.map((key) => ({ key, label: words[key].label, count: rowsOf(key).length })),
        }}
      />
      {done && (
        <p className="done" role="status">
          <IconCircleCheck className="i" aria-hidden />
          {done}
        </p>
      )}
      {list.isPending && <LoadingState rows={8} />}
      {list.isError && <ErrorState onRetry={() => void list.refetch()}>{errorWords(list.error)}</ErrorState>}
      {list.isSuccess && !current && <EmptyState title={words[side].empty}>{words[side].hint}</EmptyState>}
      {current && (
        <div className="pairdesk">
          <div className="pairs" role="listbox" aria-label={title} tabIndex={0}>
            {rows.map((row) => (
              <button
                key={row.id}
                type="button"
                role="option"
                aria-selected={row === current}
                className={row === current ? 'pair sel' : 'pair'}
                onClick={() => setChosen(row.id)}
              >
                {option(row)}
              </button>
            ))}
          </div>
          {desk(current, setDone)}
        </div>
      )}
    </section>
  );
}
