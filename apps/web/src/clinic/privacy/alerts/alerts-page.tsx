import {
  EmptyState,
  ErrorState,
  formatDateTime,
  LoadingState,
  StatusWord,
  useKeys,
  usePageTitle,
} from '@yba/ui';
import { IconAlertTriangle, IconCircleCheck } from '@tabler/icons-react';
import { useState } from 'react';
import { errorWords } from '../../../fhir/client.ts';
import { useClinicText } from '../../messages.ts';
import { usePrivacyText } from '../messages.ts';
import { AlertDesk } from './alert-desk.tsx';
import { useAlerts, type Alert } from './alerts.ts';

const FILTERS = ['open', 'handled'] as const;
type Filter = (typeof FILTERS)[number];

const CHOOSES: Record<Filter, (alert: Alert) => boolean> = {
  open: (alert) => alert.open,
  handled: (alert) => !alert.open,
};

/** Looks that are unlike the others, for the privacy officer to judge. */
export function AlertsPage() {
  const t = usePrivacyText();
  const clinic = useClinicText();
  usePageTitle(t('alertsTitle'));
  const list = useAlerts();
  const [filter, setFilter] = useState<Filter>('open');
  const [chosen, setChosen] = useState<string>();
  const [done, setDone] = useState<string>();
  const rows = (list.data ?? []).filter(CHOOSES[filter]);
  const index = Math.max(
    0,
    rows.findIndex(({ id }) => id === chosen),
  );
  const current = rows[index];
  const move = (step: number) => setChosen(rows[Math.max(0, Math.min(rows.length - 1, index + step))]?.id);
  const show = (next: Filter) => {
    setDone(undefined);
    setFilter(next);
  };
  useKeys([
    { keys: '↑', label: clinic('choose'), run: () => move(-1), quiet: true },
    { keys: '↓', label: clinic('choose'), run: () => move(1) },
    ...FILTERS.map((one, at) => ({
      keys: String(at + 1),
      label: at === 0 ? clinic('filterKeys') : t(`alerts-${one}`),
      ...(at === 0 ? { printed: `1 – ${FILTERS.length}` } : {}),
      run: () => show(one),
      quiet: at > 0,
    })),
    { keys: 'Alt R', label: clinic('reload'), run: () => void list.refetch() },
  ]);
  return (
    <section className="qm alerts">
      <div className="qh">
        <h1>{t('alertsTitle')}</h1>
        <div className="segs" role="group" aria-label={clinic('filterLabel')}>
          {FILTERS.map((one) => (
            <button
              type="button"
              key={one}
              className={one === filter ? 'on' : ''}
              aria-pressed={one === filter}
              onClick={() => show(one)}
            >
              <b>{(list.data ?? []).filter(CHOOSES[one]).length}</b>
              {t(`alerts-${one}`)}
            </button>
          ))}
        </div>
      </div>
      {done && (
        <p className="done" role="status">
          <IconCircleCheck className="i" aria-hidden />
          {done}
        </p>
      )}
      {list.isPending && <LoadingState rows={8} />}
      {list.isError && <ErrorState onRetry={() => void list.refetch()}>{errorWords(list.error)}</ErrorState>}
      {list.isSuccess && !current && (
        <EmptyState title={t(filter === 'open' ? 'alertsEmpty' : 'alertsNoneHandled')}>
          {t(filter === 'open' ? 'alertsEmptyHint' : 'alertsNoneHandledHint')}
        </EmptyState>
      )}
      {current && (
        <div className="pairdesk">
          <div className="pairs" role="listbox" aria-label={t('alertsTitle')} tabIndex={0}>
            {rows.map((alert) => (
              <button
                key={alert.id}
                type="button"
                role="option"
                aria-selected={alert === current}
                className={alert === current ? 'pair sel' : 'pair'}
                onClick={() => setChosen(alert.id)}
              >
                <b>{t(`rule-${alert.rule}`)}</b>
                <span>{alert.name}</span>
                <small>{formatDateTime(alert.last)}</small>
                {alert.open ? (
                  <StatusWord tone="warn" icon={<IconAlertTriangle className="i" aria-hidden />}>
                    {t('toHandle')}
                  </StatusWord>
                ) : (
                  <StatusWord tone="ok">{t('isHandled')}</StatusWord>
                )}
              </button>
            ))}
          </div>
          <AlertDesk key={`${current.id} ${current.open}`} alert={current} onDone={setDone} />
        </div>
      )}
    </section>
  );
}
