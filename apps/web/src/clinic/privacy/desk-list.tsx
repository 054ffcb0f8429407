import type { ReactNode } from 'react';
import { useState } from 'react';
import { usePageTitle } from '@yba/ui';
import type { UseQueryResult } from '@tanstack/react-query';
import { Desk } from '../lists/desk.tsx';
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

/** What waits for the privacy officer and what is done: one list in two views. */
export function DeskList<Row extends { id: string }>(props: DeskListProps<Row>) {
  const { title, list, isOpen, words, option, desk } = props;
  const clinic = useClinicText();
  usePageTitle(title);
  const [side, setSide] = useState<Side>('open');
  const [chosen, setChosen] = useState<string>();
  const [said, setSaid] = useState<string>();
  const rowsOf = (one: Side) => (list.data ?? []).filter((row) => isOpen(row) === (one === 'open'));
  return (
    <Desk
      title={title}
      viewsLabel={clinic('filterLabel')}
      views={SIDES.map((key) => ({ key, ...words[key], count: rowsOf(key).length }))}
      view={side}
      onView={(next) => {
        setSaid(undefined);
        setSide(next);
      }}
      list={list}
      rows={rowsOf(side)}
      chosen={chosen}
      onChoose={setChosen}
      onReload={() => void list.refetch()}
      said={said}
      option={option}
    >
      {(row) => desk(row, setSaid)}
    </Desk>
  );
}
