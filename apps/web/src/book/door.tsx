import { DemoRibbon } from '@yba/ui';
import { Outlet } from '@tanstack/react-router';
import { CallbackPage, SignedIn } from '../auth/signed-in.tsx';
import { useServerInfo } from '../shell/server-info.ts';
import { BookProvider, useWords } from './book-context.tsx';
import { useLargeText } from './parts/large-text.ts';
import './book.css';

/** The shell of /book, for people signed in at this door. */
export function BookDoor() {
  return (
    <SignedIn door="book">
      <BookProvider>
        <Shell />
      </BookProvider>
    </SignedIn>
  );
}

function Shell() {
  const { large } = useLargeText();
  const t = useWords();
  const demo = useServerInfo()?.demo;
  return (
    <div className={large ? 'book large' : 'book'}>
      {demo && (
        <aside aria-label={t('rehearsal')}>
          <DemoRibbon />
        </aside>
      )}
      <div className="column">
        <Outlet />
      </div>
    </div>
  );
}

/** The page that the authorization server answers to. */
export function BookCallback() {
  return <CallbackPage door="book" />;
}
