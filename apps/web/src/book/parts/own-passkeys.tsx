import { Button, formatDate } from '@yba/ui';
import { IconFingerprint, IconLock } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { own, OwnError } from '../../auth/own.ts';
import { canUsePasskeys, makePasskey, PasskeyStopped } from '../../auth/passkey.ts';
import { lockScreen, readSession, useScreenLock } from '../../auth/screen-lock.ts';
import { startSignIn } from '../../auth/sign-in.ts';
import { useBook, useWords } from '../book-context.tsx';
import { OwnPart } from './own-part.tsx';
import { useOwnChange } from './use-own.ts';

/** The passkeys of one's account. Times ISO 8601. */
type Passkeys = { passkeys: { id: string; name: string; created: string; lastUsed: string | null }[] };

/** When the book locks by itself, locking it now, and the passkeys that open it again on this device. */
export function OwnPasskeys() {
  const t = useWords();
  const { isFamily } = useBook();
  const minutes = useScreenLock().info?.idleLockMinutes ?? 30;
  const change = useOwnChange('account');
  const [stale, setStale] = useState(false);
  const query = useQuery({
    queryKey: ['account'],
    queryFn: () => own<Passkeys>('account'),
    enabled: !isFamily,
  });
  if (isFamily) return null;
  /** Runs a change that the server may first want a new proof for of who one is. */
  const prove = (work: () => Promise<string>) =>
    change.run(() =>
      work().then(
        (done) => {
          setStale(false);
          return done;
        },
        (error: unknown) => {
          setStale(error instanceof OwnError && error.status === 403);
          throw error instanceof PasskeyStopped ? new OwnError(0, t('passkeyStopped')) : error;
        },
      ),
    );
  const add = () =>
    prove(async () => {
      const options = await own<Parameters<typeof makePasskey>[0]>('account/passkeys/options', {
        method: 'POST',
      });
      const response = await makePasskey(options);
      await own('account/passkeys', { method: 'POST', body: { name: t('passkeyNameUsual'), response } });
      await readSession(); // the lock screen offers it from now on
      return t('passkeyAdded');
    });
  const remove = (id: string) =>
    prove(async () => {
      await own(`account/passkeys/${encodeURIComponent(id)}`, { method: 'DELETE' });
      await readSession();
      return t('passkeyRemoved');
    });
  return (
    <OwnPart title={t('lockTitle')} query={query} change={change}>
      {({ passkeys }) => (
        <>
          <p className="nt">
            <span>{t('lockHint', { minutes })}</span>
          </p>
          {passkeys.length > 0 && (
            <ul className="sheet lst">
              {passkeys.map(({ id, name, created, lastUsed }) => (
                <li key={id} className="decision">
                  <span className="n">{name}</span>
                  <span className="o">
                    {t('passkeyMade', { date: formatDate(created) })}
                    {lastUsed && ` · ${t('passkeyUsed', { date: formatDate(lastUsed) })}`}
                  </span>
                  <Button
                    tap
                    disabled={change.busy}
                    aria-label={t('passkeyRemoveOf', { name })}
                    onClick={() => remove(id)}
                  >
                    {t('passkeyRemove')}
                  </Button>
                </li>
              ))}
            </ul>
          )}
          {canUsePasskeys() && (
            <Button tap className="wide" disabled={change.busy} onClick={add}>
              <IconFingerprint className="i" aria-hidden />
              {t('passkeyAdd')}
            </Button>
          )}
          {stale && (
            <Button
              tap
              look="primary"
              className="wide"
              onClick={() => void startSignIn('book', undefined, true)}
            >
              {t('confirmByVneid')}
            </Button>
          )}
          <Button tap className="wide" onClick={lockScreen}>
            <IconLock className="i" aria-hidden />
            {t('lockNow')}
          </Button>
        </>
      )}
    </OwnPart>
  );
}
