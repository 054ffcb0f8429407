import { Button, facilityLetters } from '@yba/ui';
import { IconChevronRight } from '@tabler/icons-react';
import { useState } from 'react';
import { useSignInText } from './messages.ts';
import { SecretField } from './secret-field.tsx';

type StepProps = {
  busy: boolean;
  refused: string | undefined;
  onSend: (step: string, body: object) => Promise<void>;
};

/** The second factor: a one-time code, or a recovery code when the phone is lost. */
export function CodeStep({ busy, refused, onSend }: StepProps) {
  const t = useSignInText();
  const [code, setCode] = useState('');
  return (
    <>
      <h2>{t('codeTitle')}</h2>
      <p className="lead">{t('codeLead')}</p>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (code.trim()) void onSend('code', { code: code.trim() });
        }}
      >
        <div className="field">
          <label htmlFor="code">{t('code')}</label>
          <input
            id="code"
            autoFocus
            autoComplete="one-time-code"
            autoCapitalize="none"
            spellCheck={false}
            value={code}
            aria-invalid={refused !== undefined}
            aria-describedby="refused"
            onChange={(event) => setCode(event.target.value)}
          />
        </div>
        <Refused words={refused} />
        <Button type="submit" look="primary" className="pk" keys="↵" disabled={busy}>
          {t('goOn')}
        </Button>
      </form>
    </>
  );
}

/** A password of one's own in place of one that somebody else chose, or that is too short by itself. */
export function NewPasswordStep({
  busy,
  refused,
  onSend,
  why,
  username,
}: StepProps & { why: 'first' | 'short'; username: string }) {
  const t = useSignInText();
  const [password, setPassword] = useState('');
  return (
    <>
      <h2>{t('newPasswordTitle')}</h2>
      <p className="lead">{t(why === 'first' ? 'newPasswordFirst' : 'newPasswordShort')}</p>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (password) void onSend('new-password', { password });
        }}
      >
        <input type="hidden" name="username" autoComplete="username" value={username} />
        <SecretField
          id="new-password"
          label={t('newPassword')}
          autoComplete="new-password"
          focus
          value={password}
          invalid={refused !== undefined}
          describedBy="new-password-hint refused"
          onChange={setPassword}
        />
        <p id="new-password-hint" className="pkhint under">
          {t('newPasswordHint')}
        </p>
        <Refused words={refused} />
        <Button type="submit" look="primary" className="pk" keys="↵" disabled={busy}>
          {t('goOn')}
        </Button>
      </form>
    </>
  );
}

const ROLES = ['doctor', 'nurse', 'receptionist', 'identity-officer', 'privacy-officer', 'admin'] as const;

/** Which of one's facilities this session is at. */
export function FacilityStep({
  busy,
  refused,
  onSend,
  facilities,
}: StepProps & { facilities: { facility: string; facilityName: string; role: string }[] }) {
  const t = useSignInText();
  return (
    <>
      <h2>{t('facilityTitle')}</h2>
      <p className="lead">{t('facilityLead')}</p>
      <Refused words={refused} />
      <ul className="places">
        {facilities.map(({ facility, facilityName, role }, at) => {
          const known = ROLES.find((one) => one === role);
          return (
            <li key={facility}>
              <button
                type="button"
                className="place"
                disabled={busy}
                autoFocus={at === 0}
                onClick={() => void onSend('facility', { facility })}
              >
                <span className="m" aria-hidden="true">
                  {facilityLetters(facilityName)}
                </span>
                <span>
                  <b>{facilityName}</b>
                  <small>{known ? t(`role-${known}`) : role}</small>
                </span>
                <IconChevronRight className="i" aria-hidden />
              </button>
            </li>
          );
        })}
      </ul>
    </>
  );
}

function Refused({ words }: { words: string | undefined }) {
  return (
    <p id="refused" className="refused" role="alert">
      {words}
    </p>
  );
}
