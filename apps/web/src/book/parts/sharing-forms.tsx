import { Button, formatDateTime } from '@yba/ui';
import { useState } from 'react';
import { useBook, useWords } from '../book-context.tsx';
import { dayOf } from '../record/dates.ts';
import { delegation } from '../record/decisions.ts';
import { DataChoice, type Chosen } from './data-choice.tsx';
import { DecisionForm, monthsFromNow, nothing, type FormProps } from './decision-form.tsx';
import { QrCode } from './qr-code.tsx';
import type { ShareCode } from './use-decisions.ts';

/** A code that lets a doctor or nurse in for a time. */
export function ShareForm({ decisions, onDone }: FormProps) {
  const t = useWords();
  const [hours, setHours] = useState(24);
  const [chosen, setChosen] = useState<Chosen>(nothing);
  const [made, setMade] = useState<ShareCode>();
  if (made)
    return (
      <section className="sheet decide code" aria-live="polite">
        <h2>{t('shareReady')}</h2>
        <p className="big">{made.code}</p>
        <QrCode text={`yba-share:${made.code}`} label={t('shareReady')} />
        <p>{t('shareUntil', { date: formatDateTime(made.until) })}</p>
        <p className="quiet">{t('shareOnce')}</p>
        <Button tap look="primary" onClick={onDone}>
          {t('done')}
        </Button>
      </section>
    );
  return (
    <DecisionForm
      title={t('shareTitle')}
      lead={t('shareLead')}
      submit={t('shareMake')}
      onDone={onDone}
      onSubmit={async () => setMade(await decisions.share(hours, chosen.kinds, chosen.sensitive))}
    >
      <label className="row">
        {t('shareHours')}
        <select value={hours} onChange={(event) => setHours(Number(event.target.value))}>
          {[1, 4, 24, 72, 168].map((one) => (
            <option key={one} value={one}>
              {one < 24 ? t('hours', { count: one }) : t('days', { count: one / 24 })}
            </option>
          ))}
        </select>
      </label>
      <DataChoice legend={t('shareWhat')} chosen={chosen} onChange={setChosen} sensitive={false} />
      <DataChoice legend={t('shareSensitive')} chosen={chosen} onChange={setChosen} kinds={false} />
    </DecisionForm>
  );
}

/** How long a relative may be let in, in months. */
const MONTHS = [1, 3, 12, 36, 59];

/** A choice for a child's book: from 7 on the child decides, and nothing its parent gave lasts longer. */
const UNTIL_SEVEN = 0;

/** Its first moment in Viet Nam, while that is to come; one of 29 February is kept on 1 March. */
function seventhBirthday(born: string): string | undefined {
  const [year, month, day] = dayOf(born).split('-').map(Number) as [number, number, number];
  const at = new Date(Date.UTC(year + 7, month - 1, day, -7));
  return at > new Date() ? at.toISOString() : undefined;
}

/** Lets a relative see the record. */
export function DelegateForm({ decisions, onDone }: FormProps) {
  const t = useWords();
  const { patient, person, isFamily } = useBook();
  const [number, setNumber] = useState('');
  const [name, setName] = useState('');
  const seven = isFamily && person.birthDate ? seventhBirthday(person.birthDate) : undefined;
  const offered = MONTHS.filter((one) => !seven || monthsFromNow(one) < seven);
  const [months, setMonths] = useState(offered.includes(12) ? 12 : UNTIL_SEVEN);
  const [chosen, setChosen] = useState<Chosen>(nothing);
  const [copies, setCopies] = useState(false);
  const [acts, setActs] = useState(false);
  return (
    <DecisionForm
      title={t('delegateTitle')}
      lead={t('delegateLead')}
      submit={t('delegateDo')}
      onDone={onDone}
      onSubmit={async () => {
        const digits = number.replaceAll(/\s/g, '');
        await decisions.decide(
          delegation(
            patient!,
            digits,
            name.trim(),
            seven && months === UNTIL_SEVEN ? seven : monthsFromNow(months),
            chosen.sensitive,
            { copies, acts },
          ),
        );
        onDone();
      }}
    >
      <label className="row">
        {t('delegateName')}
        <input required maxLength={80} value={name} onChange={(event) => setName(event.target.value)} />
      </label>
      <label className="row">
        {t('delegateNumber')}
        <input
          required
          inputMode="numeric"
          pattern="[0-9 ]{12,16}"
          title={number === '' ? '' : t('delegateDigits')}
          autoComplete="off"
          value={number}
          onChange={(event) => setNumber(event.target.value)}
        />
      </label>
      <label className="row">
        {t('delegateFor')}
        <select value={months} onChange={(event) => setMonths(Number(event.target.value))}>
          {offered.map((one) => (
            <option key={one} value={one}>
              {one < 12 ? t('months', { count: one }) : t('years', { count: Math.round(one / 12) })}
            </option>
          ))}
          {seven && <option value={UNTIL_SEVEN}>{t('delegateUntilSeven')}</option>}
        </select>
      </label>
      <DataChoice legend={t('delegateSensitive')} chosen={chosen} onChange={setChosen} kinds={false} />
      <fieldset className="boxes">
        <legend>{t('delegateCopies')}</legend>
        <label>
          <input type="checkbox" checked={copies} onChange={() => setCopies(!copies)} />
          {t('delegateCopiesBox')}
        </label>
        <label>
          <input type="checkbox" checked={acts} onChange={() => setActs(!acts)} />
          {t('delegateActsBox')}
        </label>
      </fieldset>
    </DecisionForm>
  );
}
