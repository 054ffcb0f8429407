import { Button, ErrorState, LanguageSwitch, LoadingState } from '@yba/ui';
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useState, type ReactNode } from 'react';
import { useShellText } from '../shell/messages.ts';
import { KeptScreen } from './kept-screen.tsx';
import { LockScreen } from './lock-screen.tsx';
import { OwnError } from './own.ts';
import { readSession, tellEntered, useIdleLock, useScreenLock } from './screen-lock.ts';
import { useSession } from './session.ts';
import type { Door } from './settings.ts';
import { finishSignIn, renewSession, SignInError, startSignIn } from './sign-in.ts';

/** How long to wait before the server is asked again how the session stands. */
const ASK_AGAIN_MS = 3_000;

/** How long before its end a token is renewed. */
const RENEW_MS = 60_000;

/** Shows its children to a person signed in at this door; sends anybody else to sign in and back to this address. */
export function SignedIn({ door, children }: { door: Door; children: ReactNode }) {
  const session = useSession();
  const here = session?.door === door;
  useEffect(() => {
    if (here) return;
    void renewSession(door).then((renewed) => (renewed ? undefined : startSignIn(door)));
  }, [here, door]);
  useEffect(() => {
    if (!session || !here) return;
    const timer = setTimeout(
      () => void renewSession(door),
      Math.max(5000, session.expiresAt - Date.now() - RENEW_MS),
    );
    return () => clearTimeout(timer);
  }, [session, here, door]);
  if (!here) return <WaitPage />;
  return (
    <Lockable door={door} token={session.accessToken}>
      {children}
    </Lockable>
  );
}

/** A screen locks when nobody is at it, shows nothing while locked, and goes on where it was. */
function Lockable({ door, token, children }: { door: Door; token: string; children: ReactNode }) {
  const { info, owner, locked } = useScreenLock();
  const session = useSession();
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const ask = () =>
      void readSession().catch((error: unknown) => {
        if (error instanceof OwnError && error.status === 401) void startSignIn(door);
        else timer = setTimeout(ask, ASK_AGAIN_MS);
      });
    ask();
    return () => clearTimeout(timer);
  }, [door, token]);
  useIdleLock(info?.idleLockMinutes);
  if (!info) return <WaitPage />;
  return (
    <>
      {locked && <LockScreen door={door} info={info} facility={session?.claims.facility_name} />}
      <KeptScreen key={owner} locked={locked}>
        {children}
      </KeptScreen>
    </>
  );
}

function WaitPage() {
  const t = useShellText();
  return (
    <main className="waitpage">
      <h1 className="vh">Y Bạ</h1>
      <LoadingState rows={3} label={t('signingIn')} />
    </main>
  );
}

/** The page that the authorization server answers to: makes the session and goes on to where the person wanted. */
export function CallbackPage({ door }: { door: Door }) {
  const t = useShellText();
  const navigate = useNavigate();
  const [failure, setFailure] = useState<SignInError['reason']>();
  useEffect(() => {
    let shown = true;
    finishSignIn().then(
      ({ returnTo, beside }) => {
        if (!shown) return;
        if (beside) {
          tellEntered(door);
          window.close(); // where the browser does not let it, this window goes on
        }
        void navigate({ href: returnTo, replace: true });
      },
      (error: unknown) => shown && setFailure(error instanceof SignInError ? error.reason : 'refused'),
    );
    return () => {
      shown = false;
    };
  }, [door, navigate]);
  if (!failure) return <WaitPage />;
  return (
    <main className="waitpage">
      <h1 className="vh">Y Bạ</h1>
      <ErrorState title={t('signInFailed')}>{t(failure)}</ErrorState>
      <Button look="primary" onClick={() => void startSignIn(door, `/${door}/`)}>
        {t('signInAgain')}
      </Button>
      <LanguageSwitch />
    </main>
  );
}
