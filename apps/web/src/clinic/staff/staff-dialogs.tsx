import { Button, Dialog } from '@yba/ui';
import { useState, type FormEvent } from 'react';
import { own } from '../../auth/own.ts';
import type { Change } from '../../account/account.ts';
import { useAccountText } from '../../account/messages.ts';
import type { StaffRole } from '../shell/roles.ts';
import type { StaffAccount } from './staff.ts';

/** A first password to be handed over, and whose. */
export type First = { name: string; username: string; password: string };

type Made = { change: Change; onClose: () => void; onMade: (first: First) => void };

const ROLES: readonly StaffRole[] = [
  'doctor',
  'nurse',
  'receptionist',
  'identity-officer',
  'privacy-officer',
  'admin',
];

const FIELDS = ['name', 'username', 'department', 'licenceNumber', 'licenceScope', 'licenceUntil'] as const;
const LABELS = {
  name: 'name',
  username: 'username',
  department: 'department',
  licenceNumber: 'licence',
  licenceScope: 'licenceScope',
  licenceUntil: 'licenceUntil',
} as const;

/** Opens an account at this facility. */
export function OpenAccountDialog({ change, onClose, onMade }: Made) {
  const t = useAccountText();
  const [role, setRole] = useState<StaffRole>('doctor');
  const [values, setValues] = useState<Partial<Record<(typeof FIELDS)[number], string>>>({});
  const send = (event: FormEvent) => {
    event.preventDefault();
    change.run(async () => {
      const given = Object.fromEntries(Object.entries(values).filter(([, value]) => value.trim()));
      const { firstPassword } = await own<{ firstPassword: string }>('accounts', {
        method: 'POST',
        body: { ...given, role },
      });
      onClose();
      onMade({ name: values.name ?? '', username: values.username ?? '', password: firstPassword });
      return '';
    });
  };
  return (
    <Dialog title={t('openAccountTitle')} onClose={onClose}>
      <form className="acform" onSubmit={send}>
        {FIELDS.map((field, at) => (
          <div className="field" key={field}>
            <label htmlFor={`new-${field}`}>
              {t(LABELS[field])}
              {at > 1 && ` (${t('optional')})`}
            </label>
            <input
              id={`new-${field}`}
              required={at < 2}
              autoFocus={at === 0}
              autoComplete="off"
              type={field === 'licenceUntil' ? 'date' : 'text'}
              {...(field === 'username'
                ? {
                    pattern: '[a-z0-9][a-z0-9._\\-]{2,59}',
                    title: t('usernameHint'),
                    placeholder: t('usernameHint'),
                  }
                : {})}
              value={values[field] ?? ''}
              onChange={(event) => setValues({ ...values, [field]: event.target.value })}
            />
          </div>
        ))}
        <div className="field">
          <label htmlFor="new-role">{t('role')}</label>
          <select id="new-role" value={role} onChange={(event) => setRole(event.target.value as StaffRole)}>
            {ROLES.map((one) => (
              <option key={one} value={one}>
                {t(`role-${one}`)}
              </option>
            ))}
          </select>
        </div>
        <Failure change={change} />
        <Button type="submit" look="primary" keys="↵" disabled={change.busy}>
          {t('openAccount')}
        </Button>
      </form>
    </Dialog>
  );
}

/** Takes away all somebody signs in with, for a first password. */
export function ResetDialog({ who, change, onClose, onMade }: Made & { who: StaffAccount }) {
  const t = useAccountText();
  const reset = () =>
    change.run(async () => {
      const { firstPassword } = await own<{ firstPassword: string }>(`accounts/${who.id}/reset`, {
        method: 'POST',
      });
      onClose();
      onMade({ name: who.name, username: who.username, password: firstPassword });
      return '';
    });
  return (
    <Dialog title={t('resetTitle', { name: who.name })} onClose={onClose}>
      <div className="acform">
        <p>{t('resetLead')}</p>
        <Failure change={change} />
        <Button look="danger" disabled={change.busy} onClick={reset}>
          {t('reset')}
        </Button>
      </div>
    </Dialog>
  );
}

/** Ends somebody's work at this facility. */
export function EndWorkDialog({
  who,
  change,
  onClose,
}: {
  who: StaffAccount;
  change: Change;
  onClose: () => void;
}) {
  const t = useAccountText();
  const end = () =>
    change.run(async () => {
      await own(`accounts/${who.id}`, { method: 'DELETE' });
      onClose();
      return t('workEnded', { name: who.name });
    });
  return (
    <Dialog title={t('endWorkTitle', { name: who.name })} onClose={onClose}>
      <div className="acform">
        <p>{t('endWorkLead')}</p>
        <Failure change={change} />
        <Button look="danger" disabled={change.busy} onClick={end}>
          {t('endWork')}
        </Button>
      </div>
    </Dialog>
  );
}

/** A first password, shown once. */
export function FirstPasswordDialog({ first, onClose }: { first: First; onClose: () => void }) {
  const t = useAccountText();
  return (
    <Dialog title={t('firstTitle', { name: first.name })} onClose={onClose}>
      <div className="acform">
        <p>{t('firstLead')}</p>
        <p>
          {t('username')}: <b>{first.username}</b>
        </p>
        <p className="secretword">{first.password}</p>
        <div className="buttons">
          <Button onClick={() => print()}>{t('print')}</Button>
          <Button look="primary" onClick={onClose}>
            {t('done')}
          </Button>
        </div>
      </div>
    </Dialog>
  );
}

function Failure({ change }: { change: Change }) {
  return (
    <p className="failure" role="alert">
      {change.failed}
    </p>
  );
}
