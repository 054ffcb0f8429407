import { EmptyState, formatDateTime, LoadingState, useKeys, usePageTitle } from '@yba/ui';
import { ReadFailed } from '../../fhir/read-failed.tsx';
import { DutyList } from '../home/duties-page.tsx';
import { useClinicText } from '../messages.ts';
import { ListHead } from './list-head.tsx';
import { useQuarantine } from './work-lists.ts';

/** What the facility sent and could not be stored: where, which rule, what to do. */
export function QuarantinePage() {
  const t = useClinicText();
  usePageTitle(t('quarantineTitle'));
  const list = useQuarantine(true);
  const rows = list.data ?? [];
  useKeys([{ keys: 'Alt R', label: t('reload'), run: () => void list.refetch() }]);
  return (
    <div className="desk">
      <section className="qm">
        <ListHead
          title={t('quarantineTitle')}
          count={list.isSuccess ? t('rows', { count: rows.length }) : ''}
        />
        <div className="scroll" tabIndex={0} role="region" aria-label={t('quarantineTitle')}>
          {list.isPending && <LoadingState rows={8} />}
          {list.isError && <ReadFailed of={list} />}
          {list.isSuccess && rows.length === 0 && (
            <EmptyState title={t('quarantineEmpty')}>{t('quarantineEmptyHint')}</EmptyState>
          )}
          {rows.length > 0 && (
            <table className="qt names">
              <thead>
                <tr>
                  <th>{t('receivedAt')}</th>
                  <th>{t('visitKey')}</th>
                  <th>{t('place')}</th>
                  <th>{t('wrong')}</th>
                  <th>{t('remedy')}</th>
                </tr>
              </thead>
              <tbody>
                {rows.map((row) => (
                  <tr key={row.id}>
                    <td>{formatDateTime(row.at)}</td>
                    <td>{row.visit}</td>
                    <td>{row.where}</td>
                    <td className="wrap">{row.message}</td>
                    <td className="wrap">{row.remedy}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          )}
        </div>
      </section>
      <aside className="side" aria-label={t('dutiesTitle')}>
        <DutyList />
      </aside>
    </div>
  );
}
