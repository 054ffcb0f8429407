import { useKeys, type KeyBinding } from '@yba/ui';
import { useClinicText } from '../messages.ts';

/**
 * The row of a list that is worked on: the one chosen by its key, else the first. ↑ and ↓ choose its neighbours, Alt R asks
 * for the list anew; `more` are the keys told between them.
 */
export function useChosenRow<Row, Key>(
  rows: readonly Row[],
  keyOf: (row: Row) => Key,
  { chosen, onChoose, onReload, more = [] }: ChosenRow<Key>,
): Row | undefined {
  const t = useClinicText();
  const index = Math.max(
    0,
    rows.findIndex((row) => keyOf(row) === chosen),
  );
  const move = (step: number) => {
    const next = rows[Math.max(0, Math.min(rows.length - 1, index + step))];
    if (next !== undefined) onChoose(keyOf(next));
  };
  useKeys([
    { keys: '↑', label: t('choose'), run: () => move(-1), quiet: true },
    { keys: '↓', label: t('choose'), printed: '↑ ↓', run: () => move(1) },
    ...more,
    { keys: 'Alt R', label: t('reload'), run: onReload },
  ]);
  return rows[index];
}

type ChosenRow<Key> = {
  chosen: Key | undefined;
  onChoose: (key: Key) => void;
  onReload: () => void;
  more?: readonly KeyBinding[];
};
