import { EmptyState, ErrorState, formatDate, LoadingState, StatusWord, useKeys, usePageTitle } from '@yba/ui';
import { IconAlertTriangle, IconCircleCheck } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { errorWords } from '../../../fhir/client.ts';
import { useLive } from '../../../fhir/live.ts';
import { useClinicText } from '../../messages.ts';
import { usePrivacyText } from '../messages.ts';
import { RequestDesk } from './request-desk.tsx';
import { useDeskRequests, type DeskRequest } from './requests.ts';

const FILTERS = ['open', 'answered'] as const;
type Filter = (typeof FILTERS)[number];

const CHOOSES: Record<Filter, (request: DeskRequest) => boolean> = {
  open: ({ answer }) => answer === undefined,
  answered: ({ answer }) => answer !== undefined,
};

/** What persons ask this facility about looks at their records, each with the day by which it is to be answered. */
export function RequestsPage() {
  const t = usePrivacyText();
  const clinic = useClinicText();
  usePageTitle(t('requestsTitle'));
  const queries = useQueryClient();
  const list = useDeskRequests();
  useLive('', ({ event }) => {
    if (event === 'requests') void queries.invalidateQueries({ queryKey: ['privacy-requests'] });
  });
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
      label: at === 0 ? clinic('filterKeys') : t(`requests-${one}`),
      ...(at === 0 ? { printed: `1 – ${FILTERS.length}` } : {}),
      run: () => show(one),
      quiet: at > 0,
    })),
    { keys: 'Alt R', label: clinic('reload'), run: () => void list.refetch() },
  ]);
  return (
    <section className="qm alerts">
      <div className="qh">
        <h1>{t('requestsTitle')}</h1>
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
              {t(`requests-${one}`)}
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
        <EmptyState title={t(filter === 'open' ? 'requestsEmpty' : 'requestsNoneAnswered')}>
          {t(filter === 'open' ? 'requestsEmptyHint' : 'requestsNoneAnsweredHint')}
        </EmptyState>
      )}
      {current && (
        <div className="pairdesk">
          <div className="pairs" role="listbox" aria-label={t('requestsTitle')} tabIndex={0}>
            {rows.map((request) => (
              <button
                key={request.id}
                type="button"
                role="option"
                aria-selected={request === current}
                className={request === current ? 'pair sel' : 'pair'}
                onClick={() => setChosen(request.id)}
              >
                <b>{t(`request-${request.kind}`)}</b>
                <span>{request.person}</span>
                <State request={request} />
              </button>
            ))}
          </div>
          <RequestDesk
            key={`${current.id} ${current.answer?.sent ?? ''}`}
            request={current}
            onDone={setDone}
          />
        </div>
      )}
    </section>
  );
}

function State({ request: { answer, due, late } }: { request: DeskRequest }) {
  const t = usePrivacyText();
  if (answer) return <StatusWord tone="ok">{t('answeredOn', { date: formatDate(answer.sent) })}</StatusWord>;
  if (!late) return <small>{t('dueOn', { date: formatDate(due) })}</small>;
  return (
    <StatusWord tone="warn" icon={<IconAlertTriangle className="i" aria-hidden />}>
      {t('overdueSince', { date: formatDate(due) })}
    </StatusWord>
  );
}
