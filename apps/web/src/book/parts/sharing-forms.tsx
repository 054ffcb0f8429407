import { Button, formatDateTime } from '@yba/ui';
import { useMemo, useState, type ReactNode } from 'react';
import { FhirError, errorWords } from '../../fhir/client.ts';
import { useBook, useWords } from '../book-context.tsx';
import { delegation, lookersOf, refusal, type Whom } from '../record/decisions.ts';
import { DataChoice, type Chosen } from './data-choice.tsx';
import { QrCode } from './qr-code.tsx';
import type { Decisions, ShareCode } from './use-decisions.ts';
import { useLooks } from './use-looks.ts';

type FormProps = { decisions: Decisions; onDone: () => void };

/** What is still to be said before a decision can be sent, in words. */
class Unsaid extends Error {}

const nothing: Chosen = { kinds: [], sensitive: [] };

/** A form of the sharing page: what it does, its fields, one button; what went wrong is said beside it. */
function Form({
  title,
  lead,
  submit,
  onSubmit,
  onDone,
  children,
}: {
  title: string;
  lead: string;
  submit: string;
  onSubmit: () => Promise<void>;
  onDone: () => void;
  children: ReactNode;
}) {
  const t = useWords();
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<string>();
  return (
    <form
      className="sheet decide"
      onSubmit={(event) => {
        event.preventDefault();
        if (busy) return;
        setBusy(true);
        setFailure(undefined);
        onSubmit()
          .catch((error: unknown) => setFailure(wordsOf(error)))
          .finally(() => setBusy(false));
      }}
    >
      <h2>{title}</h2>
      <p>{lead}</p>
      {children}
      {failure && (
        <p className="failure" role="alert">
          {failure}
        </p>
      )}
      <div className="acts">
        <Button tap type="submit" look="primary" disabled={busy}>
          {submit}
        </Button>
        <Button tap onClick={onDone}>
          {t('cancel')}
        </Button>
      </div>
    </form>
  );
}

/** The server's own sentence says more than its status, where a decision was refused. */
const wordsOf = (error: unknown): string =>
  (error instanceof Unsaid && error.message) ||
  (error instanceof FhirError && [403, 422].includes(error.status) && error.outcome?.issue[0]?.diagnostics) ||
  errorWords(error);

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
    <Form
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
    </Form>
  );
}

/** Refuses a facility, one person, or everybody elsewhere; the whole record or some kinds. */
export function RefuseForm({ decisions, onDone }: FormProps) {
  const t = useWords();
  const { patient, record } = useBook();
  const { events } = useLooks();
  const [who, setWho] = useState('');
  const [whole, setWhole] = useState(true);
  const [chosen, setChosen] = useState<Chosen>(nothing);
  const lookers = useMemo(() => lookersOf(events), [events]);
  const places = useMemo(
    () =>
      record.Organization.flatMap(({ name, identifier }) => {
        const code = identifier?.find(({ system }) => system === 'https://yba.vn/fhir/sid/facility')?.value;
        return name && code ? [{ name, code }] : [];
      }).sort((one, other) => one.name.localeCompare(other.name, 'vi')),
    [record.Organization],
  );
  const whom = (): Whom | undefined => {
    if (who === 'everyone') return { kind: 'everyone' };
    const looker = lookers.find(({ reference }) => reference === who);
    if (looker) return { kind: 'person', reference: looker.reference, name: looker.name };
    const place = places.find(({ code }) => code === who);
    return place && { kind: 'facility', ...place };
  };
  return (
    <Form
      title={t('refuseTitle')}
      lead={t('refuseLead')}
      submit={t('refuseDo')}
      onDone={onDone}
      onSubmit={async () => {
        const { kinds, sensitive } = whole ? nothing : chosen;
        // nothing ticked would say the whole record, which was not meant
        if (!whole && kinds.length + sensitive.length === 0) throw new Unsaid(t('chooseKind'));
        await decisions.decide(refusal(patient!, whom()!, kinds, sensitive));
        onDone();
      }}
    >
      <label className="row">
        {t('refuseWho')}
        <select required value={who} onChange={(event) => setWho(event.target.value)}>
          <option value="" disabled>
            {t('choose')}
          </option>
          {lookers.length > 0 && (
            <optgroup label={t('refusePersons')}>
              {lookers.map(({ reference, name, place }) => (
                <option key={reference} value={reference}>
                  {[name, place].filter(Boolean).join(' · ')}
                </option>
              ))}
            </optgroup>
          )}
          <optgroup label={t('refusePlaces')}>
            {places.map(({ code, name }) => (
              <option key={code} value={code}>
                {name}
              </option>
            ))}
          </optgroup>
          <option value="everyone">{t('refuseEveryone')}</option>
        </select>
      </label>
      <fieldset className="boxes">
        <legend>{t('refuseWhat')}</legend>
        <label>
          <input type="radio" name="whole" checked={whole} onChange={() => setWhole(true)} />
          {t('wholeRecord')}
        </label>
        <label>
          <input type="radio" name="whole" checked={!whole} onChange={() => setWhole(false)} />
          {t('someKinds')}
        </label>
      </fieldset>
      {!whole && <DataChoice legend={t('whichKinds')} chosen={chosen} onChange={setChosen} />}
      <p className="quiet">{t('refuseEmergency')}</p>
    </Form>
  );
}

/** Lets a relative see the record. */
export function DelegateForm({ decisions, onDone }: FormProps) {
  const t = useWords();
  const { patient } = useBook();
  const [number, setNumber] = useState('');
  const [name, setName] = useState('');
  const [months, setMonths] = useState(12);
  const [chosen, setChosen] = useState<Chosen>(nothing);
  const [copies, setCopies] = useState(false);
  return (
    <Form
      title={t('delegateTitle')}
      lead={t('delegateLead')}
      submit={t('delegateDo')}
      onDone={onDone}
      onSubmit={async () => {
        const until = new Date();
        until.setMonth(until.getMonth() + months);
        const digits = number.replaceAll(/\s/g, '');
        await decisions.decide(
          delegation(patient!, digits, name.trim(), until.toISOString(), chosen.sensitive, copies),
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
          autoComplete="off"
          value={number}
          onChange={(event) => setNumber(event.target.value)}
        />
      </label>
      <label className="row">
        {t('delegateFor')}
        <select value={months} onChange={(event) => setMonths(Number(event.target.value))}>
          {[1, 3, 12, 36, 59].map((one) => (
            <option key={one} value={one}>
              {one < 12 ? t('months', { count: one }) : t('years', { count: Math.round(one / 12) })}
            </option>
          ))}
        </select>
      </label>
      <DataChoice legend={t('delegateSensitive')} chosen={chosen} onChange={setChosen} kinds={false} />
      <fieldset className="boxes">
        <legend>{t('delegateCopies')}</legend>
        <label>
          <input type="checkbox" checked={copies} onChange={() => setCopies(!copies)} />
          {t('delegateCopiesBox')}
        </label>
      </fieldset>
    </Form>
  );
}
