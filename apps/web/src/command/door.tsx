import { BrandMark, DemoRibbon, initials, LanguageSwitch, useKeys } from '@yba/ui';
import { IconLock, IconLogout, IconPrinter } from '@tabler/icons-react';
import { Link, Outlet } from '@tanstack/react-router';
import { useAccountText } from '../account/messages.ts';
import { useLockText } from '../auth/messages.ts';
import { lockScreen } from '../auth/screen-lock.ts';
import { CallbackPage, SignedIn } from '../auth/signed-in.tsx';
import { useOpenPartInView } from '../open-part.ts';
import { useSession } from '../auth/session.ts';
import { signOut } from '../auth/sign-in.ts';
import { useServerInfo } from '../shell/server-info.ts';
import { useLicenceText } from '../licences/messages.ts';
import { useConformanceText } from './conformance/messages.ts';
import { useCommandText } from './messages.ts';
import './command.css';

/** The shell of /command, for people signed in at this door. */
export function CommandDoor() {
  return (
    <SignedIn door="command">
      <div className="command">
        <TopBar />
        <Outlet />
      </div>
    </SignedIn>
  );
}

function TopBar() {
  const t = useCommandText();
  const words = useConformanceText();
  const licence = useLicenceText();
  const lock = useLockText();
  const account = useAccountText();
  useKeys([{ keys: 'Ctrl Alt L', label: lock('lockNow'), run: lockScreen, inText: true }]);
  const name = useSession()?.claims.name ?? '';
  const demo = useServerInfo()?.demo;
  const parts = useOpenPartInView();
  return (
    <header className="topbar">
      <BrandMark />
      <h1>{t('board')}</h1>
      <nav ref={parts} aria-label={t('parts')}>
        <Link to="/command" activeOptions={{ exact: true }} activeProps={{ 'aria-current': 'page' }}>
          {t('exchange')}
        </Link>
        <Link to="/command/directory" activeProps={{ 'aria-current': 'page' }}>
          {t('directory')}
        </Link>
        <Link to="/command/onboarding" activeProps={{ 'aria-current': 'page' }}>
          {t('onboarding')}
        </Link>
        <Link to="/command/connectivity" activeProps={{ 'aria-current': 'page' }}>
          {t('connectivity')}
        </Link>
        <Link to="/command/messages" activeProps={{ 'aria-current': 'page' }}>
          {t('messages')}
        </Link>
        <Link to="/command/security" activeProps={{ 'aria-current': 'page' }}>
          {t('security')}
        </Link>
        <Link to="/command/requests" activeProps={{ 'aria-current': 'page' }}>
          {t('requests')}
        </Link>
        <Link to="/command/licences" activeProps={{ 'aria-current': 'page' }}>
          {licence('nav')}
        </Link>
        <Link to="/command/conformance" activeProps={{ 'aria-current': 'page' }}>
          {words('nav')}
        </Link>
      </nav>
      <div className="r">
        {demo && <DemoRibbon />}
        <LanguageSwitch />
        <button type="button" className="btn" title={t('print')} onClick={() => window.print()}>
          <IconPrinter className="i" aria-hidden />
          <span className="word">{t('print')}</span>
        </button>
        <Link
          to="/command/account"
          className="ava"
          title={`${account('title')} · ${name}`}
          activeProps={{ 'aria-current': 'page' }}
        >
          <span aria-hidden="true">{initials(name)}</span>
          <span className="vh">
            {account('title')} · {name}
          </span>
        </Link>
        <button type="button" className="btn" title={`${lock('lockNow')} · Ctrl Alt L`} onClick={lockScreen}>
          <IconLock className="i" aria-hidden />
          <span className="word">{lock('lockNow')}</span>
        </button>
        <button type="button" className="btn" title={t('signOut')} onClick={signOut}>
          <IconLogout className="i" aria-hidden />
          <span className="word">{t('signOut')}</span>
        </button>
      </div>
    </header>
  );
}

/** The page that the authorization server answers to. */
export function CommandCallback() {
  return <CallbackPage door="command" />;
}
