import { Button, Dialog } from '@yba/ui';
import { useState } from 'react';
import { own, OwnError } from '../auth/own.ts';
import type { Change } from './account.ts';
import { useAccountText } from './messages.ts';

/** Asks for the password when the server wants a proof of who one is, then repeats what was refused. */
export function ConfirmDialog({ change }: { change: Change }) {
  const t = useAccountText();
  const [password, setPassword] = useState('');
  const [refused, setRefused] = useState<string>();
  const { again } = change;
  if (!again) return null;
  const confirm = () =>
    own('session/enter', { method: 'POST', body: { password } }).then(
      () => {
        setPassword('');
        setRefused(undefined);
        again();
      },
      (error: unknown) => setRefused(error instanceof OwnError ? error.message : String(error)),
    );
  return (
    <Dialog title={t('confirmTitle')} onClose={change.giveUp}>
      <form
        className="acform"
        onSubmit={(event) => {
          event.preventDefault();
          void confirm();
        }}
      >
        <p>{t('confirmLead')}</p>
        <div className="field">
          <label htmlFor="confirm-password">{t('current')}</label>
          <input
            id="confirm-password"
            type="password"
            autoFocus
            required
            autoComplete="current-password"
            value={password}
            aria-invalid={refused !== undefined}
            aria-describedby="confirm-refused"
            onChange={(event) => setPassword(event.target.value)}
          />
          <p id="confirm-refused" className="hint bad" role="alert">
            {refused}
          </p>
        </div>
        <Button type="submit" look="primary" keys="↵">
          {t('confirm')}
        </Button>
      </form>
    </Dialog>
  );
}
