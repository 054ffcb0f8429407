import { formatDate, StatusWord } from '@yba/ui';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { useLive } from '../../../fhir/live.ts';
import { DeskList } from '../desk-list.tsx';
import { usePrivacyText } from '../messages.ts';
import { RequestDesk } from './request-desk.tsx';
import { useDeskRequests, type DeskRequest } from './requests.ts';

/** What persons ask this facility about looks at their records, each with the day by which it is to be answered. */
export function RequestsPage() {
  const t = usePrivacyText();
  const queries = useQueryClient();
  useLive('', ({ event }) => {
    if (event === 'requests') void queries.invalidateQueries({ queryKey: ['privacy-requests'] });
  });
  return (
    <DeskList
      title={t('requestsTitle')}
      list={useDeskRequests()}
      isOpen={({ answer }) => answer === undefined}
      words={{
        open: { label: t('requests-open'), empty: t('requestsEmpty'), hint: t('requestsEmptyHint') },
        done: {
          label: t('requests-answered'),
          empty: t('requestsNoneAnswered'),
          hint: t('requestsNoneAnsweredHint'),
        },
      }}
      option={(request) => (
        <>
          <b>{t(`request-${request.kind}`)}</b>
          <span>{request.person}</span>
          <State request={request} />
        </>
      )}
      desk={(request, onDone) => (
        <RequestDesk key={`${request.id} ${request.answer?.sent ?? ''}`} request={request} onDone={onDone} />
      )}
    />
  );
}

function State({ request: { answer, due, late, reminded } }: { request: DeskRequest }) {
  const t = usePrivacyText();
  if (answer) return <StatusWord tone="ok">{t('answeredOn', { date: formatDate(answer.sent) })}</StatusWord>;
  if (!late && reminded)
    return <StatusWord tone="warn">{t('dueSoon', { date: formatDate(due) })}</StatusWord>;
  if (!late) return <small>{t('dueOn', { date: formatDate(due) })}</small>;
  return (
    <StatusWord tone="warn" icon={<IconAlertTriangle className="i" aria-hidden />}>
      {t('overdueSince', { date: formatDate(due) })}
    </StatusWord>
  );
}
