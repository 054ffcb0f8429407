import { Button } from '@yba/ui';
import { useState } from 'react';
import { own } from '../auth/own.ts';
import type { Account, Change } from './account.ts';
import { useAccountText } from './messages.ts';

/** Changing one's password. */
export function PasswordSection({ account, change }: { account: Account; change: Change }) {
  const t = useAccountText();
  const [current, setCurrent] = useState('');
  const [password, setPassword] = useState('');
  return (
    <section className="ac" aria-labelledby="ac-password">
      <h2 id="ac-password">{t('password')}</h2>
      <p className="hint">{t(account.demo ? 'passwordHintDemo' : 'passwordHint')}</p>
      <form
        className="acform"
        onSubmit={(event) => {
          event.preventDefault();
          change.run(async () => {
            await own('account/password', { method: 'POST', body: { current, password } });
            setCurrent('');
            setPassword('');
            return t('passwordChanged');
          });
        }}
      >
        <input type="hidden" name="username" autoComplete="username" value={account.username} />
        <div className="field">
          <label htmlFor="current-password">{t('current')}</label>
          <input
            id="current-password"
            type="password"
            required
            autoComplete="current-password"
            value={current}
            onChange={(event) => setCurrent(event.target.value)}
          />
        </div>
        <div className="field">
          <label htmlFor="fresh-password">{t('fresh')}</label>
          <input
            id="fresh-password"
            type="password"
            required
            autoComplete="new-password"
            value={password}
            onChange={(event) => setPassword(event.target.value)}
          />
        </div>
        <Button type="submit" disabled={change.busy}>
          {t('changePassword')}
        </Button>
      </form>
    </section>
  );
}
