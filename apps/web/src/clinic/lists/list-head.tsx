import type { ReactNode } from 'react';

/** A part of a list that one chooses: what it is called, how many are in it (unless not known), by its key in `chosen`. */
export type Segment<Key extends string> = { key: Key; label: string; count?: number | undefined };

/** The head of a list: what it is, how much is in it, the parts to choose among, and what can be done. */
export function ListHead<Key extends string = never>({
  title,
  count,
  segments,
  children,
}: {
  title: string;
  /** How much there is, in words. */
  count?: string;
  segments?: { label: string; chosen: Key; of: readonly Segment<Key>[]; onChoose: (key: Key) => void };
  children?: ReactNode;
}) {
  return (
    <div className="qh">
      <h1>{title}</h1>
      {count !== undefined && <span className="q">{count}</span>}
      {segments && (
        <div className="segs" role="group" aria-label={segments.label}>
          {segments.of.map(({ key, label, count: rows }) => (
            <button
              key={key}
              type="button"
              className={key === segments.chosen ? 'on' : ''}
              aria-pressed={key === segments.chosen}
              onClick={() => segments.onChoose(key)}
            >
              {rows !== undefined && <b>{rows}</b>}
              {label}
            </button>
          ))}
        </div>
      )}
      {children}
    </div>
  );
}
