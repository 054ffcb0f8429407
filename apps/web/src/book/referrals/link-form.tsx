import { Button, formatDateTime } from '@yba/ui';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { fhir } from '../../fhir/client.ts';
import type { Parameter, Parameters } from '../../fhir/types.ts';
import { useBook, useWords } from '../book-context.tsx';
import { DecisionForm } from '../parts/decision-form.tsx';
import { QrCode } from '../parts/qr-code.tsx';
import { useCareWords } from './messages.ts';
import './care.css';

type Made = { url: string; until: string };

/** Hands out a locked summary: a QR code and a passcode, for whoever has no account here. */
export function LinkForm({ onDone }: { onDone: () => void }) {
  const t = useCareWords();
  const words = useWords();
  const { patient } = useBook();
  const queries = useQueryClient();
  const [passcode, setPasscode] = useState('');
  const [hours, setHours] = useState(24);
  const [sensitive, setSensitive] = useState(false);
  const [made, setMade] = useState<Made>();
  const [copied, setCopied] = useState(false);
  if (made)
    return (
      <section className="sheet decide code" aria-live="polite">
        <h2>{t('ready')}</h2>
        <QrCode text={made.url} label={t('ready')} />
        <p>{t('until', { date: formatDateTime(made.until) })}</p>
        <p className="quiet">{t('once')}</p>
        <Button tap onClick={() => void navigator.clipboard.writeText(made.url).then(() => setCopied(true))}>
          {t(copied ? 'copied' : 'copy')}
        </Button>
        <Button tap look="primary" onClick={onDone}>
          {words('done')}
        </Button>
      </section>
    );
  return (
    <DecisionForm
      title={t('linkTitle')}
      lead={t('linkLead')}
      submit={t('make')}
      onDone={onDone}
      onSubmit={async () => {
        const parameter: Parameter[] = [
          { name: 'passcode', valueString: passcode },
          { name: 'hours', valueInteger: hours },
          ...(sensitive ? [{ name: 'sensitive', valueBoolean: true }] : []),
        ];
        const answer = await fhir<Parameters>(`${patient}/$health-link`, {
          method: 'POST',
          body: { resourceType: 'Parameters', parameter },
        });
        const part = (name: string) => answer.parameter?.find((one) => one.name === name);
        setMade({ url: part('url')?.valueUri ?? '', until: part('until')?.valueInstant ?? '' });
        await queries.invalidateQueries({ queryKey: ['health-links'] });
      }}
    >
      <label className="row">
        {t('passcode')}
        <input
          required
          minLength={6}
          maxLength={64}
          title={passcode === '' ? '' : t('passcodeLength')}
          autoComplete="off"
          value={passcode}
          onChange={(event) => setPasscode(event.target.value)}
        />
        <small>{t('passcodeHint')}</small>
      </label>
      <label className="row">
        {t('hours')}
        <select value={hours} onChange={(event) => setHours(Number(event.target.value))}>
          {[1, 4, 24, 72, 168, 720].map((one) => (
            <option key={one} value={one}>
              {one < 24 ? t('hoursOf', { count: one }) : t('daysOf', { count: one / 24 })}
            </option>
          ))}
        </select>
      </label>
      <fieldset className="boxes">
        <label>
          <input type="checkbox" checked={sensitive} onChange={() => setSensitive(!sensitive)} />
          {t('withSensitive')}
        </label>
      </fieldset>
    </DecisionForm>
  );
}

/** The summaries handed out, each with how often it was opened, taken back by one tap. */
export function LinkList() {
  const t = useCareWords();
  const { patient, mayDecide } = useBook();
  const queries = useQueryClient();
  const [busy, setBusy] = useState<string>();
  const links = useQuery({
    queryKey: ['health-links', patient],
    enabled: Boolean(patient) && mayDecide,
    queryFn: ({ signal }) => fhir<Parameters>(`${patient}/$health-links`, { signal }),
  });
  const rows = (links.data?.parameter ?? []).map(({ part = [] }) => {
    const value = (name: string) => part.find((one) => one.name === name);
    return {
      id: value('id')?.valueString ?? '',
      label: value('label')?.valueString ?? '',
      until: value('until')?.valueInstant ?? '',
      opened: value('opened')?.valueInteger ?? 0,
      left: value('triesLeft')?.valueInteger ?? 0,
      revoked: value('revoked')?.valueInstant,
    };
  });
  if (rows.length === 0) return null;
  const revoke = async (id: string) => {
    setBusy(id);
    await fhir(`${patient}/$revoke-health-link`, {
      method: 'POST',
      body: { resourceType: 'Parameters', parameter: [{ name: 'link', valueString: id }] },
    }).finally(() => setBusy(undefined));
    await queries.invalidateQueries({ queryKey: ['health-links'] });
  };
  return (
    <section>
      <h2 className="d">{t('links')}</h2>
      <ul className="sheet lst links">
        {rows.map(({ id, label, until, opened, left, revoked }) => {
          const isOver = Date.parse(until) < Date.now();
          const state = revoked ? t('revoked') : isOver ? t('over') : left === 0 ? t('dead') : undefined;
          return (
            <li key={id}>
              <span>
                <b>{label}</b>
                <small>{state ?? t('until', { date: formatDateTime(until) })}</small>
                <small>{opened > 0 ? t('opened', { count: opened }) : t('neverOpened')}</small>
              </span>
              {!state && (
                <Button disabled={busy === id} onClick={() => void revoke(id)}>
                  {t('revoke')}
                </Button>
              )}
            </li>
          );
        })}
      </ul>
    </section>
  );
}
