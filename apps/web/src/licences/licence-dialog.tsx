import {
  Button,
  DateField,
  Dialog,
  formatDate,
  formatDateTime,
  LoadingState,
  StatusWord,
  todayInVietNam,
} from '@yba/ui';
import { useQuery } from '@tanstack/react-query';
import { useId, useState, type FormEvent } from 'react';
import { own } from '../auth/own.ts';
import type { Change } from '../account/account.ts';
import { daysWords, stateWords, type Holder, type LicenceEvent } from './licence.ts';
import { useLicenceText } from './messages.ts';
import '../account/account.css';
import './licences.css';

type Deed = 'enter' | 'renew' | 'suspend' | 'withdraw' | 'restore';
type Field = 'number' | 'scope' | 'since' | 'until' | 'from' | 'to' | 'words';

/** Somebody's licence to practise: as it stands, what can be entered about it, and what became of it. `path` is below `/oauth`. */
export function LicenceDialog({
  who,
  path,
  keeps,
  change,
  onClose,
}: {
  who: Holder;
  path: string;
  /** Whether this officer enters licences; else it is read. */
  keeps: boolean;
  change: Change;
  onClose: () => void;
}) {
  const t = useLicenceText();
  const state = stateWords(who, t);
  return (
    <Dialog title={t('title', { name: who.name })} onClose={onClose} wide>
      <div className="licence">
        <p className="now">
          {who.number === null ? (
            t('noneHere')
          ) : (
            <>
              <b>{who.number}</b> <StatusWord tone={state.tone}>{state.text}</StatusWord> {daysWords(who, t)}
              {who.scope && <small>{who.scope}</small>}
            </>
          )}
        </p>
        {keeps && <LicenceForm who={who} path={path} change={change} onClose={onClose} />}
        <History path={path} />
      </div>
    </Dialog>
  );
}

function deedsFor({ number, state }: Holder): Deed[] {
  if (number === null) return ['enter'];
  return state === 'withdrawn' ? ['restore', 'renew', 'withdraw'] : ['renew', 'suspend', 'withdraw'];
}

function LicenceForm({
  who,
  path,
  change,
  onClose,
}: {
  who: Holder;
  path: string;
  change: Change;
  onClose: () => void;
}) {
  const t = useLicenceText();
  const deeds = deedsFor(who);
  const [deed, setDeed] = useState<Deed>(deeds[0]!);
  const today = todayInVietNam();
  const [values, setValues] = useState<Record<Field, string>>({
    number: who.number ?? '',
    scope: who.scope ?? '',
    since: who.since ?? '',
    until: who.until ?? '',
    from: today,
    to: '',
    words: '',
  });
  const writes = deed === 'enter' || deed === 'renew';
  const send = (event: FormEvent) => {
    event.preventDefault();
    const { number, scope, since, until, from, to, words } = values;
    change.run(async () => {
      const kept = deed === 'suspend' || deed === 'withdraw';
      await own(path, {
        method: 'POST',
        body: {
          licenceNumber: number.trim(),
          ...(scope.trim() ? { licenceScope: scope.trim() } : {}),
          ...(since ? { licenceFrom: since } : {}),
          ...(until ? { licenceUntil: until } : {}),
          ...(kept ? { licenceWithdrawn: from } : {}),
          ...(deed === 'suspend' ? { licenceSuspendedUntil: to } : {}),
          words: words.trim(),
        },
      });
      onClose();
      return t('done', { name: who.name, number: number.trim() });
    });
  };
  const field = (key: Field) => ({
    value: values[key],
    onChange: (value: string) => setValues({ ...values, [key]: value }),
  });
  return (
    <form className="acform" onSubmit={send}>
      <Choice label={t('what')} value={deed} onChange={setDeed} deeds={deeds} />
      {writes && (
        <>
          <Input label={t('number')} required {...field('number')} />
          <Input label={`${t('scope')} (${t('optional')})`} {...field('scope')} />
          <div className="two">
            <Input label={`${t('validFrom')} (${t('optional')})`} type="date" {...field('since')} />
            <Input
              label={t('validUntil')}
              type="date"
              hint={t('untilHint')}
              min={values.since}
              {...field('until')}
            />
          </div>
        </>
      )}
      {deed === 'suspend' && (
        <div className="two">
          <Input label={t('suspendedFrom')} type="date" required {...field('from')} />
          <Input label={t('suspendedUntil')} type="date" required min={values.from} {...field('to')} />
        </div>
      )}
      {deed === 'withdraw' && <Input label={t('withdrawnFrom')} type="date" required {...field('from')} />}
      <Input label={t('why')} required hint={t('whyHint')} {...field('words')} />
      <p className="hint">{t(writes || deed === 'restore' ? 'effectRestore' : 'effect')}</p>
      <p className="failure" role="alert">
        {change.failed}
      </p>
      <Button
        type="submit"
        look={deed === 'suspend' || deed === 'withdraw' ? 'danger' : 'primary'}
        keys="↵"
        disabled={change.busy}
      >
        {t('save')}
      </Button>
    </form>
  );
}

function Choice({
  label,
  value,
  onChange,
  deeds,
}: {
  label: string;
  value: Deed;
  onChange: (deed: Deed) => void;
  deeds: readonly Deed[];
}) {
  const t = useLicenceText();
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <select id={id} value={value} autoFocus onChange={(event) => onChange(event.target.value as Deed)}>
        {deeds.map((one) => (
          <option key={one} value={one}>
            {t(`do-${one}`)}
          </option>
        ))}
      </select>
    </div>
  );
}

function Input({
  label,
  value,
  onChange,
  type = 'text',
  required = false,
  hint,
  min,
}: {
  label: string;
  value: string;
  onChange: (value: string) => void;
  type?: 'text' | 'date';
  required?: boolean;
  hint?: string;
  min?: string;
}) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {type === 'date' ? (
        <DateField
          id={id}
          required={required}
          value={value}
          min={min}
          describedBy={hint && `${id}-hint`}
          onChange={onChange}
        />
      ) : (
        <input
          id={id}
          required={required}
          autoComplete="off"
          value={value}
          {...(hint ? { 'aria-describedby': `${id}-hint` } : {})}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
      {hint && (
        <p id={`${id}-hint`} className="hint">
          {hint}
        </p>
      )}
    </div>
  );
}

function History({ path }: { path: string }) {
  const t = useLicenceText();
  const { data, error } = useQuery({
    queryKey: ['licence', path],
    queryFn: async () => (await own<{ history: LicenceEvent[] }>(path)).history,
    staleTime: 0,
  });
  return (
    <section aria-label={t('history')} className="history">
      <h3>{t('history')}</h3>
      {!data && !error && <LoadingState rows={2} />}
      {error && <p className="failure">{error.message}</p>}
      {data?.length === 0 && <p className="hint">{t('noneHere')}</p>}
      <ol>
        {data?.map((one) => (
          <li key={one.at}>
            <b>{t(`was-${one.kind}`)}</b> {one.number} · {eventDays(one, t)}
            <small>
              {formatDateTime(one.at)} · {one.byName ?? t('byNobody')}
            </small>
            {one.words && <q>{one.words}</q>}
          </li>
        ))}
      </ol>
    </section>
  );
}

function eventDays(
  { kind, until, withdrawn, suspendedUntil }: LicenceEvent,
  t: ReturnType<typeof useLicenceText>,
): string {
  if (kind === 'suspended' && withdrawn && suspendedUntil)
    return t('fromTo', { from: formatDate(withdrawn), to: formatDate(suspendedUntil) });
  if (kind === 'withdrawn' && withdrawn) return t('from', { date: formatDate(withdrawn) });
  return until ? t('until', { date: formatDate(until) }) : t('forGood');
}
