import { Button, DateField } from '@yba/ui';
import { useId, useState, type FormEvent } from 'react';
import { useLogText } from './messages.ts';
import { EVENTS, type Filter, NO_FILTER, STATES } from './use-messages.ts';

/** What narrows the log. Texts count when they are sent, choices at once; none of it stands in the address. */
export function FilterBar({
  all,
  filter,
  onFilter,
}: {
  all: boolean;
  filter: Filter;
  onFilter(filter: Filter): void;
}) {
  const t = useLogText();
  const id = useId();
  const [draft, setDraft] = useState(filter);
  const [known, setKnown] = useState(filter);
  if (known !== filter) {
    setKnown(filter); // a facility was chosen elsewhere
    setDraft(filter);
  }
  const change = (part: Partial<Filter>, atOnce = false) => {
    const next = { ...draft, ...part };
    setDraft(next);
    if (atOnce) onFilter(next);
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onFilter(draft);
  };
  const isNarrowed = Object.values(filter).some((value) => value !== '');
  return (
    <form className="filters" aria-label={t('filters')} onSubmit={submit}>
      {all && (
        <label>
          {t('facility')}
          <input
            value={draft.facility}
            placeholder={t('facilityHint')}
            maxLength={5}
            size={8}
            onChange={({ target }) => change({ facility: target.value.toUpperCase() })}
          />
        </label>
      )}
      <label>
        {t('state')}
        <select
          value={draft.state}
          onChange={({ target }) => change({ state: target.value as Filter['state'] }, true)}
        >
          <option value="">{t('all')}</option>
          {STATES.map((state) => (
            <option key={state} value={state}>
              {t(`state-${state}`)}
            </option>
          ))}
        </select>
      </label>
      <label>
        {t('event')}
        <select
          value={draft.event}
          onChange={({ target }) => change({ event: target.value as Filter['event'] }, true)}
        >
          <option value="">{t('all')}</option>
          {EVENTS.map((event) => (
            <option key={event} value={event}>
              {t(`event-${event}`)}
            </option>
          ))}
        </select>
      </label>
      {(['from', 'to'] as const).map((end) => (
        <div className="day" key={end}>
          <label htmlFor={id + end}>{t(end)}</label>
          <DateField id={id + end} value={draft[end]} onChange={(day) => change({ [end]: day }, true)} />
        </div>
      ))}
      <label className="wide">
        {t('person')}
        <input
          value={draft.person}
          placeholder={t('personHint')}
          autoComplete="off"
          onChange={({ target }) => change({ person: target.value })}
        />
      </label>
      <label className="wide">
        {t('number')}
        <input
          value={draft.number}
          placeholder={all ? t('numberHint') : ''}
          autoComplete="off"
          onChange={({ target }) => change({ number: target.value })}
        />
      </label>
      <label className="wide">
        {t('identifier')}
        <input
          value={draft.identifier}
          autoComplete="off"
          onChange={({ target }) => change({ identifier: target.value })}
        />
      </label>
      <span className="go">
        <Button type="submit" look="primary">
          {t('apply')}
        </Button>
        {isNarrowed && (
          <Button look="quiet" onClick={() => onFilter(NO_FILTER)}>
            {t('clear')}
          </Button>
        )}
      </span>
    </form>
  );
}
