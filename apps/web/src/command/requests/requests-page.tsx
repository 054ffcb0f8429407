import { EmptyState, formatDate, LoadingState, StatusWord, usePageTitle } from '@yba/ui';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { fhir } from '../../fhir/client.ts';
import { useLive } from '../../fhir/live.ts';
import { ReadFailed } from '../../fhir/read-failed.tsx';
import type { Parameters } from '../../fhir/types.ts';
import { useCommandText } from '../messages.ts';

/** How a facility keeps its deadlines to persons. `oldest`: the first deadline that passed, an instant. */
type Facility = {
  code: string;
  name: string;
  open: number;
  overdue: number;
  oldest: string | undefined;
  answered: number;
  late: number;
};

/** Which facilities owe persons an answer about who looked at their record, those that are late first. Of nobody by name. */
export function RequestsPage() {
  const t = useCommandText();
  usePageTitle(t('requestsTitle'));
  const { data, error, isPending, refetch } = useQuery({
    queryKey: ['overdue-requests'],
    queryFn: async ({ signal }) =>
      facilitiesOf(await fhir<Parameters>('AuditEvent/$overdue-requests', { signal })),
  });
  useLive('', ({ event }) => {
    if (event === 'figures') void refetch();
  });
  const late = (data ?? []).filter(({ overdue }) => overdue > 0);
  return (
    <main className="secfile">
      <header>
        <h2>{t('requestsTitle')}</h2>
      </header>
      {isPending && <LoadingState rows={8} />}
      {error && <ReadFailed of={{ error, refetch }} title={t('errorTitle')} />}
      {data && (
        <>
          <p className="sum" role="status">
            <StatusWord
              tone={late.length > 0 ? 'bad' : 'ok'}
              {...(late.length > 0 ? { icon: <IconAlertTriangle className="i" aria-hidden /> } : {})}
            >
              {late.length > 0
                ? t('requestsLate', {
                    count: late.reduce((sum, { overdue }) => sum + overdue, 0),
                    places: late.length,
                  })
                : t('requestsInTime')}
            </StatusWord>
          </p>
          <p className="note">{t('requestsNote')}</p>
          {data.length === 0 ? (
            <EmptyState title={t('requestsNone')}>{t('requestsNoneHint')}</EmptyState>
          ) : (
            <div className="tablebox" tabIndex={0} role="region" aria-label={t('requestsTitle')}>
              <table className="counts">
                <thead>
                  <tr>
                    <th scope="col">{t('requestsPlace')}</th>
                    <th scope="col">{t('requestsOverdue')}</th>
                    <th scope="col">{t('requestsOldest')}</th>
                    <th scope="col">{t('requestsOpen')}</th>
                    <th scope="col">{t('requestsAnswered')}</th>
                    <th scope="col">{t('requestsAnsweredLate')}</th>
                  </tr>
                </thead>
                <tbody>
                  {data.map((row) => (
                    <tr key={row.code}>
                      <th scope="row">
                        {row.name} {row.name !== row.code && <small>{row.code}</small>}
                      </th>
                      <td className={row.overdue > 0 ? 'bad' : ''} data-label={t('requestsOverdue')}>
                        {row.overdue}
                      </td>
                      <td data-label={t('requestsOldest')}>{row.oldest ? formatDate(row.oldest) : '—'}</td>
                      <td data-label={t('requestsOpen')}>{row.open}</td>
                      <td data-label={t('requestsAnswered')}>{row.answered}</td>
                      <td data-label={t('requestsAnsweredLate')}>{row.late}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          )}
        </>
      )}
    </main>
  );
}

function facilitiesOf(answer: Parameters): Facility[] {
  return (answer.parameter ?? []).map(({ part = [] }) => {
    const of = (name: string) => part.find((one) => one.name === name);
    const count = (name: string) => of(name)?.valueInteger ?? 0;
    const code = of('code')?.valueCode ?? '';
    return {
      code,
      name: of('name')?.valueString ?? code,
      open: count('open'),
      overdue: count('overdue'),
      oldest: of('oldest')?.valueInstant,
      answered: count('answered'),
      late: count('late'),
    };
  });
}
