import type { ReactNode } from 'react';

/** A row of a desk's list, to be chosen. */
export function DeskRow({
  chosen,
  onChoose,
  children,
}: {
  chosen: boolean;
  onChoose: () => void;
  children: ReactNode;
}) {
  return (
    <button
      type="button"
      role="option"
      aria-selected={chosen}
      className={chosen ? 'pair sel' : 'pair'}
      onClick={onChoose}
    >
      {children}
    </button>
  );
}
