import { Button, formatDate } from '@yba/ui';
import { IconFingerprint } from '@tabler/icons-react';
import { useState } from 'react';
import { own } from '../auth/own.ts';
import { canUsePasskeys, makePasskey, PasskeyStopped } from '../auth/passkey.ts';
import { readSession } from '../auth/screen-lock.ts';
import type { Account, Change } from './account.ts';
import { useAccountText } from './messages.ts';

/** One's passkeys: fingerprint, face, security keys. */
export function PasskeysSection({ account, change }: { account: Account; change: Change }) {
  const t = useAccountText();
  const [name, setName] = useState('');
  const add = () =>
    change.run(async () => {
      const options = await own<Parameters<typeof makePasskey>[0]>('account/passkeys/options', {
        method: 'POST',
      });
      const response = await makePasskey(options).catch((error: unknown) => {
        throw error instanceof PasskeyStopped ? new Error(t('passkeyStopped')) : error;
      });
      await own('account/passkeys', {
        method: 'POST',
        body: { name: name.trim() || t('passkeyNameUsual'), response },
      });
      setName('');
      await readSession(); // the lock screen offers it from now on
      return t('passkeyAdded');
    });
  const remove = (id: string) =>
    change.run(async () => {
      await own(`account/passkeys/${encodeURIComponent(id)}`, { method: 'DELETE' });
      await readSession();
      return t('passkeyRemoved');
    });
  return (
    <section className="ac" aria-labelledby="ac-passkeys">
      <h2 id="ac-passkeys">{t('passkeys')}</h2>
      <p className="hint">{t('passkeysHint')}</p>
      {account.passkeys.length > 0 && (
        <ul className="aclist">
          {account.passkeys.map((key) => (
            <li key={key.id}>
              <IconFingerprint className="i" aria-hidden />
              <span className="what">
                <b>{key.name}</b>
                <small>
                  {[
                    t('created', { date: formatDate(key.created) }),
                    key.lastUsed ? t('usedLast', { date: formatDate(key.lastUsed) }) : t('neverUsed'),
                    ...(key.synced ? [t('synced')] : []),
                  ].join(' · ')}
                </small>
              </span>
              <Button
                className="mini"
                disabled={change.busy}
                aria-label={t('removePasskeyNamed', { name: key.name })}
                onClick={() => remove(key.id)}
              >
                {t('removePasskey')}
              </Button>
            </li>
          ))}
        </ul>
      )}
      {account.passkeys.length === 0 && <p className="none">{t('passkeysNone')}</p>}
      {canUsePasskeys() ? (
        <form
          className="acform inline"
          onSubmit={(event) => {
            event.preventDefault();
            add();
          }}
        >
          <div className="field">
            <label htmlFor="passkey-name">{t('passkeyName')}</label>
            <input
              id="passkey-name"
              maxLength={60}
              placeholder={t('passkeyNameUsual')}
              value={name}
              onChange={(event) => setName(event.target.value)}
            />
          </div>
          <Button
            type="submit"
            look={account.passkeys.length === 0 ? 'primary' : 'plain'}
            disabled={change.busy}
          >
            {t('addPasskey')}
          </Button>
        </form>
      ) : (
        <p className="hint">{t('passkeysUnusable')}</p>
      )}
    </section>
  );
}
