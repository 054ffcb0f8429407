import { Button, formatDate, formatDateTime, LanguageSwitch, usePageTitle } from '@yba/ui';
import { useState } from 'react';
import { SignInFrame } from '../sign-in/sign-in-frame.tsx';
import { useLinkText } from './messages.ts';
import { linesOf, openLink, payloadIn, type Summary } from './open-link.ts';
import './link.css';

/** Why a link did not open: what is wrong with it, or how many tries are left. */
type Failed = Exclude<Awaited<ReturnType<typeof openLink>>, { summary: Summary }>;

/** Opens a SMART Health Link: asks who opens it and the passcode, decrypts in this browser, shows the summary. */
export function LinkPage() {
  const t = useLinkText();
  usePageTitle(t('title'));
  const [payload] = useState(() => payloadIn(location.hash));
  const [recipient, setRecipient] = useState('');
  const [passcode, setPasscode] = useState('');
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Failed>();
  const [summary, setSummary] = useState<Summary>();
  if (summary) return <Shown summary={summary} />;
  const open = async () => {
    if (!payload || busy) return;
    setBusy(true);
    const outcome = await openLink(payload, recipient.trim(), passcode);
    setBusy(false);
    if (typeof outcome === 'string' || 'left' in outcome) return setFailure(outcome);
    return setSummary(outcome.summary);
  };
  return (
    <SignInFrame>
      <form
        className="card"
        onSubmit={(event) => {
          event.preventDefault();
          void open();
        }}
      >
        <h2>{t('title')}</h2>
        {payload ? (
          <>
            <p>{t('lead')}</p>
            <div className="field">
              <label htmlFor="recipient">{t('recipient')}</label>
              <input
                id="recipient"
                required
                maxLength={120}
                placeholder={t('recipientHint')}
                value={recipient}
                onChange={(event) => setRecipient(event.target.value)}
              />
            </div>
            <div className="field">
              <label htmlFor="passcode">{t('passcode')}</label>
              <input
                id="passcode"
                required
                autoComplete="off"
                value={passcode}
                onChange={(event) => setPasscode(event.target.value)}
              />
            </div>
            <Button type="submit" look="primary" tap disabled={busy}>
              {t('open')}
            </Button>
          </>
        ) : (
          <p role="alert">{t('broken')}</p>
        )}
        {failure && (
          <p role="alert">{typeof failure === 'string' ? t(failure) : t('wrong', { left: failure.left })}</p>
        )}
      </form>
    </SignInFrame>
  );
}

function Shown({ summary }: { summary: Summary }) {
  const t = useLinkText();
  const [composition] = summary.entry.map(({ resource }) => resource);
  const patient = summary.entry.find(({ resource }) => resource.resourceType === 'Patient')?.resource;
  return (
    <main className="ips">
      <LanguageSwitch />
      <h1>{patient?.name?.[0]?.text ?? composition?.title}</h1>
      <p>
        {patient?.birthDate && t('born', { date: formatDate(patient.birthDate) })}
        {summary.timestamp && ` · ${t('made', { when: formatDateTime(summary.timestamp) })}`}
      </p>
      {linesOf(composition?.text?.div)
        .slice(1)
        .map((line) => (
          <p key={line} className="note">
            {line}
          </p>
        ))}
      {(composition?.section ?? []).map((section) => (
        <section key={section.title}>
          <h2>{section.title}</h2>
          <ul>
            {linesOf(section.text?.div).map((line, index) => (
              <li key={`${index} ${line}`}>{line}</li>
            ))}
          </ul>
        </section>
      ))}
    </main>
  );
}
