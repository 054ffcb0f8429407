import { useEffect } from 'react';

/** Names the page in the browser's title while shown. Say the screen, never the person: titles are seen in window lists. */
export function usePageTitle(screen: string): void {
  useEffect(() => {
    const before = document.title;
    document.title = screen ? `${screen} · Y Bạ` : 'Y Bạ';
    return () => {
      document.title = before;
    };
  }, [screen]);
}
