import { formatDateTime, StatusWord } from '@yba/ui';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { useLive } from '../../../fhir/live.ts';
import { DeskList } from '../desk-list.tsx';
import { usePrivacyText } from '../messages.ts';
import { AlertDesk } from './alert-desk.tsx';
import { useAlerts } from './alerts.ts';

/** Looks that are unlike the others, for the privacy officer to judge. */
export function AlertsPage() {
  const t = usePrivacyText();
  const queries = useQueryClient();
  useLive('', ({ event }) => {
    if (event === 'alerts') void queries.invalidateQueries({ queryKey: ['privacy-alerts'] });
  });
  return (
    <DeskList
      title={t('alertsTitle')}
      list={useAlerts()}
      isOpen={({ open }) => open}
      words={{
        open: { label: t('alerts-open'), empty: t('alertsEmpty'), hint: t('alertsEmptyHint') },
        done: { label: t('alerts-handled'), empty: t('alertsNoneHandled'), hint: t('alertsNoneHandledHint') },
      }}
      option={(alert) => (
        <>
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
        </>
      )}
      desk={(alert, onDone) => <AlertDesk key={`${alert.id} ${alert.open}`} alert={alert} onDone={onDone} />}
    />
  );
}
