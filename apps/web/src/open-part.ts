import { useLocation } from '@tanstack/react-router';
import { useEffect, useRef, type RefObject } from 'react';

/**
 * For the parts of a door beside each other: a phone shows some at a time, and the one that is open is among them, also
 * when what makes a part wider (its count, all of them as `counts`) has changed.
 */
export function useOpenPartInView(counts = ''): RefObject<HTMLElement | null> {
  const parts = useRef<HTMLElement>(null);
  const { pathname } = useLocation();
  useEffect(() => {
    parts.current?.querySelector('[aria-current]')?.scrollIntoView({ inline: 'nearest', block: 'nearest' });
  }, [pathname, counts]);
  return parts;
}
