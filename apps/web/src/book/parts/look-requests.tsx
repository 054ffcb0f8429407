import { Button, formatDate } from '@yba/ui';
import { IconHandStop, IconMessageCircleQuestion, IconPencil } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useId, useState } from 'react';
import { fhir } from '../../fhir/client.ts';
import type { Bundle } from '../../fhir/types.ts';
import { useBook, useWords } from '../book-context.tsx';
import type { BookKey } from '../messages.ts';
import { Unsaid, useErrorWords } from './error-words.ts';
import { requestsOf, type LookRequest, type RequestKind } from '../record/requests.ts';

const kinds = [
  { kind: 'ask', label: 'askWhy', Icon: IconMessageCircleQuestion, bad: false },
  { kind: 'correct', label: 'askCorrect', Icon: IconPencil, bad: false },
  { kind: 'object', label: 'askObject', Icon: IconHandStop, bad: true },
] as const;

const labels: Record<RequestKind, BookKey> = { ask: 'askWhy', object: 'askObject', correct: 'askCorrect' };

/** What the person asked about looks, by AuditEvent; it moves with the record, as the answers do. */
export function useRequests(): readonly LookRequest[] {
  const { patient, mayReadLog } = useBook();
  const { data } = useQuery({
    queryKey: ['requests', patient],
    queryFn: async ({ signal }) =>
      requestsOf(await fhir<Bundle>(`AuditEvent/$requests?patient=${patient}`, { signal })),
    enabled: Boolean(patient) && mayReadLog,
  });
  return data ?? [];
}

/** What was asked about a look with its state and answer, and the three things that can be asked. */
export function LookRequests({
  ids,
  requests,
}: {
  ids: readonly string[];
  requests: readonly LookRequest[];
}) {
  const t = useWords();
  const [asking, setAsking] = useState<RequestKind>();
  const asked = requests.filter(({ event }) => ids.includes(event));
  const free = kinds.filter(({ kind }) => !asked.some((one) => one.kind === kind && !one.answer));
  return (
    <>
      {asked.map((request) => (
        <Asked key={request.id} request={request} />
      ))}
      {free.length > 0 && (
        <span className="ac">
          {free.map(({ kind, label, Icon, bad }) => (
            <Button
              key={kind}
              {...(bad ? { className: 'bad' } : {})}
              aria-expanded={asking === kind}
              onClick={() => setAsking(asking === kind ? undefined : kind)}
            >
              <Icon className="i" aria-hidden />
              {t(label)}
            </Button>
          ))}
        </span>
      )}
      {asking && (
        <AskForm key={asking} kind={asking} event={ids.at(-1)!} onDone={() => setAsking(undefined)} />
      )}
    </>
  );
}

function Asked({
  request: { kind, text, facility, sent, due, late: isLate, answer, reminded },
}: {
  request: LookRequest;
}) {
  const t = useWords();
  return (
    <span className={isLate ? 'det asked late' : 'det asked'}>
      <span>
        <b>{t(labels[kind])}</b> · {formatDate(sent)} · {facility}
      </span>
      <span>“{text}”</span>
      {answer ? (
        <>
          <span>
            <b>{t('answered', { date: formatDate(answer.sent) })}</b> · {answer.by}
          </span>
          <span>“{answer.text}”</span>
        </>
      ) : (
        <span>
          {t(isLate ? 'answerLate' : 'answerDue', { date: formatDate(due) })}
          {reminded && ` ${t('answerReminded', { date: formatDate(reminded) })}`}
          {isLate && ` ${t('answerLateSeen')}`}
        </span>
      )}
    </span>
  );
}

function AskForm({ kind, event, onDone }: { kind: RequestKind; event: string; onDone: () => void }) {
  const t = useWords();
  const wordsOf = useErrorWords();
  const queries = useQueryClient();
  const field = useId();
  const [text, setText] = useState('');
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>();
  const send = async () => {
    if (busy) return;
    if (text.trim().length < 2) return setFailure(new Unsaid('askEmpty'));
    setBusy(true);
    setFailure(undefined);
    try {
      await fhir(`AuditEvent/${event}/$request`, {
        method: 'POST',
        body: {
          resourceType: 'Parameters',
          parameter: [
            { name: 'kind', valueCode: kind },
            { name: 'text', valueString: text.trim() },
          ],
        },
      });
      await queries.invalidateQueries({ queryKey: ['requests'] });
      onDone();
    } catch (error) {
      setFailure(error);
      setBusy(false);
    }
  };
  return (
    <form
      className="askform"
      onSubmit={(submitted) => {
        submitted.preventDefault();
        void send();
      }}
    >
      <label htmlFor={field}>{t(`${labels[kind]}Label` as BookKey)}</label>
      <textarea
        id={field}
        rows={3}
        maxLength={2000}
        value={text}
        aria-invalid={failure !== undefined}
        onChange={({ target }) => setText(target.value)}
      />
      {failure !== undefined && <p role="alert">{wordsOf(failure)}</p>}
      <Button type="submit" look="primary" tap disabled={busy}>
        {t('askSend')}
      </Button>
    </form>
  );
}
