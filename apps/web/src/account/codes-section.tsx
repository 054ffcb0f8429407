import { Button, Dialog, StatusWord } from '@yba/ui';
import { useState } from 'react';
import { own } from '../auth/own.ts';
import { Qr } from '../clinic/print/qr.tsx';
import type { Account, Change } from './account.ts';
import { useAccountText } from './messages.ts';

/** One-time codes: setting them up, recovery codes, turning them off. */
export function CodesSection({ account, change }: { account: Account; change: Change }) {
  const t = useAccountText();
  const [setUp, setSetUp] = useState<{ secret: string; uri: string }>();
  const [code, setCode] = useState('');
  const [recovery, setRecovery] = useState<string[]>();
  const { on, recoveryCodes } = account.codes;
  const begin = () =>
    change.run(async () => {
      setSetUp(await own<{ secret: string; uri: string }>('account/codes/begin', { method: 'POST' }));
      setCode('');
      return '';
    });
  const confirm = () =>
    change.run(async () => {
      const answer = await own<{ recoveryCodes: string[] }>('account/codes/confirm', {
        method: 'POST',
        body: { code: code.trim() },
      });
      setSetUp(undefined);
      setRecovery(answer.recoveryCodes);
      return '';
    });
  const renew = () =>
    change.run(async () => {
      const answer = await own<{ recoveryCodes: string[] }>('account/codes/recovery', { method: 'POST' });
      setRecovery(answer.recoveryCodes);
      return '';
    });
  const turnOff = () =>
    change.run(async () => {
      await own('account/codes', { method: 'DELETE' });
      return t('turnedOff');
    });
  return (
    <section className="ac" aria-labelledby="ac-codes">
      <h2 id="ac-codes">
        {t('codes')}
        <StatusWord tone={on ? 'ok' : 'plain'}>{t(on ? 'codesOn' : 'codesOff')}</StatusWord>
      </h2>
      <p className="hint">
        {t('codesHint')}
        {on && ` ${t('codesLeft', { count: recoveryCodes })}.`}
      </p>
      {!on && !setUp && (
        <Button disabled={change.busy} onClick={begin}>
          {t('setUp')}
        </Button>
      )}
      {setUp && (
        <form
          className="acform setup"
          onSubmit={(event) => {
            event.preventDefault();
            confirm();
          }}
        >
          <div className="qr">
            <Qr text={setUp.uri} label={t('setUpQr')} />
          </div>
          <div>
            <p>{t('setUpLead')}</p>
            <p className="hint">
              {t('setUpByHand')} <code>{setUp.secret.match(/.{1,4}/g)?.join(' ')}</code>
            </p>
            <div className="field">
              <label htmlFor="first-code">{t('code')}</label>
              <input
                id="first-code"
                inputMode="numeric"
                autoComplete="one-time-code"
                required
                autoFocus
                value={code}
                onChange={(event) => setCode(event.target.value)}
              />
            </div>
            <div className="buttons">
              <Button type="submit" look="primary" disabled={change.busy}>
                {t('confirmCode')}
              </Button>
              <Button look="quiet" onClick={() => setSetUp(undefined)}>
                {t('cancel')}
              </Button>
            </div>
          </div>
        </form>
      )}
      {on && (
        <div className="buttons">
          <Button disabled={change.busy} onClick={renew}>
            {t('newRecovery')}
          </Button>
          <Button disabled={change.busy} onClick={turnOff}>
            {t('turnOff')}
          </Button>
        </div>
      )}
      {recovery && (
        <Dialog title={t('recoveryTitle')} onClose={() => setRecovery(undefined)}>
          <p>{t('recoveryLead')}</p>
          <ol className="recovery">
            {recovery.map((one) => (
              <li key={one}>
                <code>{one}</code>
              </li>
            ))}
          </ol>
          <div className="buttons">
            <Button onClick={() => print()}>{t('print')}</Button>
            <Button look="primary" onClick={() => setRecovery(undefined)}>
              {t('kept')}
            </Button>
          </div>
        </Dialog>
      )}
    </section>
  );
}
