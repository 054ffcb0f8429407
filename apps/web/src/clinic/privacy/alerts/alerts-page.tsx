import { EmptyState, usePageTitle } from '@yba/ui';
import { usePrivacyText } from '../messages.ts';

/** Looks that are unlike the others, for the privacy officer to judge. */
export function AlertsPage() {
  const t = usePrivacyText();
  usePageTitle(t('alertsTitle'));
  return (
    <>
      <h1 className="vh">{t('alertsTitle')}</h1>
      <EmptyState title={t('alertsEmpty')}>{t('alertsEmptyHint')}</EmptyState>
    </>
  );
}
