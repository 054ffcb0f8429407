import { BrandMark, Button, initials, LanguageSwitch, usePageTitle } from '@yba/ui';
import { IconFingerprint, IconFlask2, IconLock, IconId, IconUsers } from '@tabler/icons-react';
import { useRef, useState } from 'react';
import { useLockText } from './messages.ts';
import { own, OwnError } from './own.ts';
import { canUsePasskeys, PasskeyStopped, provePasskey } from './passkey.ts';
import { openScreen, type SessionInfo } from './screen-lock.ts';
import type { Door } from './settings.ts';
import { signInBeside, signOut, startSignIn } from './sign-in.ts';
import '../sign-in/sign-in.css';
import './lock-screen.css';

type LockScreenProps = { door: Door; info: SessionInfo; facility: string | undefined };

/**
 * What covers a locked screen of any door: the same person goes on by passkey, by password or, a citizen, by VNeID; another
 * signs in anew.
 */
export function LockScreen({ door, info, facility }: LockScreenProps) {
  const t = useLockText();
  usePageTitle(t('title'));
  const [password, setPassword] = useState('');
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState<string>();
  const box = useRef<HTMLInputElement>(null);
  const attempt = async (enter: () => Promise<{ change?: string }>) => {
    setBusy(true);
    setRefused(undefined);
    try {
      openScreen((await enter()).change);
    } catch (error) {
      setBusy(false);
      setRefused(
        error instanceof OwnError
          ? error.message
          : t(info.password ? 'passkeyStopped' : 'passkeyStoppedVneid'),
      );
      if (!(error instanceof PasskeyStopped)) box.current?.select();
    }
  };
  const withPassword = (secret: string) =>
    secret
      ? void attempt(() => own('session/enter', { method: 'POST', body: { password: secret } }))
      : setRefused(t('fill'));
  const withPasskey = () =>
    void attempt(async () => {
      const options = await own<Parameters<typeof provePasskey>[0]>('session/enter/passkey/options', {
        method: 'POST',
      });
      const response = await provePasskey(options);
      return own('session/enter/passkey', { method: 'POST', body: { response } });
    });
  const { rehearsalPassword } = info;
  const passkeyFirst = info.passkeys && canUsePasskeys();
  return (
    <div className="lockpage">
      <header>
        <BrandMark />
        <LanguageSwitch />
      </header>
      <main>
        <div className="card lock">
          <h1>
            <IconLock className="i" aria-hidden />
            {t('title')}
          </h1>
          <p className="lead">{t('lead', { name: info.name })}</p>
          <div className="whose">
            <span className="ava" aria-hidden="true">
              {initials(info.name)}
            </span>
            <div>
              <b>{info.name}</b>
              <small>{facility ?? ''}</small>
            </div>
          </div>
          {passkeyFirst && (
            <>
              <Button look="primary" className="pk" autoFocus disabled={busy} onClick={withPasskey}>
                <IconFingerprint className="i" aria-hidden />
                {t('passkey')}
              </Button>
              <p className="pkhint">{t('passkeyHint')}</p>
            </>
          )}
          {info.password || (
            <>
              <Button
                tap
                look={passkeyFirst ? 'plain' : 'primary'}
                className="pk"
                disabled={busy}
                onClick={() => void signInBeside(door)}
              >
                <IconId className="i" aria-hidden />
                {t('vneid')}
              </Button>
              <p className="pkhint">{t('vneidHint')}</p>
              <p className="refused" role="alert">
                {refused}
              </p>
            </>
          )}
          {info.password && (
            <form
              onSubmit={(event) => {
                event.preventDefault();
                withPassword(password);
              }}
            >
              <input type="hidden" name="username" autoComplete="username" value={info.username} />
              <div className="field">
                <label htmlFor="lock-password">{t('password')}</label>
                <input
                  id="lock-password"
                  type="password"
                  ref={box}
                  autoFocus={!passkeyFirst}
                  autoComplete="current-password"
                  value={password}
                  aria-invalid={refused !== undefined}
                  aria-describedby="lock-refused"
                  onChange={(event) => setPassword(event.target.value)}
                />
              </div>
              <p id="lock-refused" className="refused" role="alert">
                {refused}
              </p>
              <Button type="submit" look={passkeyFirst ? 'plain' : 'primary'} keys="↵" disabled={busy}>
                {t(busy ? 'entering' : 'enter')}
              </Button>
            </form>
          )}
          {info.password && rehearsalPassword && (
            <Button className="rehearsal" disabled={busy} onClick={() => withPassword(rehearsalPassword)}>
              <IconFlask2 className="i" aria-hidden />
              {t('rehearsal')}
            </Button>
          )}
          <button
            type="button"
            className="doorlink"
            onClick={() => void startSignIn(door, `/${door}/`, true)}
          >
            <IconUsers className="i" aria-hidden />
            <span>
              <b>{t('someoneElse')}</b>
              <small>{t('someoneElseHint')}</small>
            </span>
          </button>
          <button type="button" className="textlink" onClick={signOut}>
            {t('signOut')}
          </button>
        </div>
      </main>
    </div>
  );
}
