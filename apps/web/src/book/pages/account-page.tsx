import { Button, formatDate, formatPersonNumber, LanguageSwitch } from '@yba/ui';
import { IconFlask, IconLogout } from '@tabler/icons-react';
import { signOut } from '../../auth/sign-in.ts';
import { useServerInfo } from '../../shell/server-info.ts';
import { useBook, useWords } from '../book-context.tsx';
import { useSession } from '../../auth/session.ts';
import { PushSetting } from '../news/push-setting.tsx';
import { FamilyBooks } from '../parts/family-books.tsx';
import { OwnPasskeys } from '../parts/own-passkeys.tsx';
import { OwnSessions } from '../parts/own-sessions.tsx';
import { useLargeText } from '../parts/large-text.ts';
import { numberOf } from '../parts/citizen-code.ts';
import { usePageTitle } from '../parts/page.tsx';
import { IconChevronLeft } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';

/** Whose book is open, how it is shown, and the way out; works also when the book itself did not open. */
export function AccountPage() {
  const t = useWords();
  const { person, record } = useBook();
  const { large, setLarge } = useLargeText();
  const demo = useServerInfo()?.demo;
  const assurance = useSession()?.claims.assurance;
  const number = record.Patient.map(numberOf).find(Boolean);
  usePageTitle(t('accountTitle'));
  return (
    <>
      <header className="bar sub">
        <Link to="/book" className="ib" aria-label={t('back')}>
          <IconChevronLeft className="i" aria-hidden />
        </Link>
        <h1>{t('accountTitle')}</h1>
      </header>
      <main className="stack">
        <section className="sheet told">
          <p className="when">{t('signedInAs')}</p>
          <p className="where">{person.name}</p>
          <dl>
            {number && (
              <>
                <dt>{t('personNumber')}</dt>
                <dd>{formatPersonNumber(number)}</dd>
              </>
            )}
            {person.birthDate && (
              <>
                <dt>{t('birthDate')}</dt>
                <dd>{formatDate(person.birthDate)}</dd>
              </>
            )}
          </dl>
        </section>
        <FamilyBooks />
        <section>
          <h2 className="d">{t('settings')}</h2>
          <div className="sheet list">
            <label className="setting">
              <span>
                <b>{t('largeText')}</b>
                <small>{t('largeTextHint')}</small>
              </span>
              <input type="checkbox" role="switch" checked={large} onChange={() => setLarge(!large)} />
            </label>
            <div className="setting">
              <b>{t('language')}</b>
              <LanguageSwitch />
            </div>
          </div>
        </section>
        <OwnPasskeys />
        {assurance !== 1 && <PushSetting />}
        <OwnSessions />
        {demo && (
          <p className="simulated">
            <IconFlask className="i" aria-hidden />
            <span>{t('vneidSimulated')}</span>
          </p>
        )}
        <p className="nt">
          <span>{t('howKept')}</span>
        </p>
        <Button tap className="wide" onClick={signOut}>
          <IconLogout className="i" aria-hidden />
          {t('signOut')}
        </Button>
      </main>
    </>
  );
}
