import { useState, type ReactNode } from 'react';
import { flushSync } from 'react-dom';

/**
 * Printing of a paper that is made only once it was asked for: `print` puts it on the page, opens the browser's dialogue and takes it
 * away again; `printed` is the paper meanwhile.
 */
export function usePrint(): { printed: ReactNode; print: (paper: ReactNode) => void } {
  const [printed, setPrinted] = useState<ReactNode>(null);
  return {
    printed,
    print(paper) {
      flushSync(() => setPrinted(paper));
      window.addEventListener('afterprint', () => setPrinted(null), { once: true });
      window.print();
    },
  };
}
