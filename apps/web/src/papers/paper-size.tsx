import { useState } from 'react';

/** The sheets that the papers are laid out for. */
export const PAPER_SIZES = ['A5', 'A4'] as const;
export type PaperSize = (typeof PAPER_SIZES)[number];

const KEY = 'yba.paper-size';

/** The sheet this machine's printer holds, as it was chosen last; A5 at first, as the ministry's forms are cut. */
export function usePaperSize(): [PaperSize, (size: PaperSize) => void] {
  const [size, setSize] = useState<PaperSize>(() => (localStorage.getItem(KEY) === 'A4' ? 'A4' : 'A5'));
  return [
    size,
    (next) => {
      localStorage.setItem(KEY, next);
      setSize(next);
    },
  ];
}

type PaperSizeChoiceProps = { label: string; size: PaperSize; onChange: (size: PaperSize) => void };

/** A5 or A4, by one tap. */
export function PaperSizeChoice({ label, size, onChange }: PaperSizeChoiceProps) {
  return (
    <span className="segs papersize" role="group" aria-label={label}>
      {PAPER_SIZES.map((one) => (
        <button
          key={one}
          type="button"
          className={one === size ? 'on' : ''}
          aria-pressed={one === size}
          onClick={() => onChange(one)}
        >
          {one}
        </button>
      ))}
    </span>
  );
}
