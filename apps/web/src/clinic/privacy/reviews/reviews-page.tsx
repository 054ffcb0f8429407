import {
  Button,
  EmptyState,
  formatDateTime,
  LoadingState,
  Mark,
  StatusWord,
  useKeys,
  usePageTitle,
} from '@yba/ui';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useId, useState } from 'react';
import { errorWords, Said } from '../../../fhir/client.ts';
import { useLive } from '../../../fhir/live.ts';
import { ReadFailed } from '../../../fhir/read-failed.tsx';
import { ListHead } from '../../lists/list-head.tsx';
import { privacyText, usePrivacyText } from '../messages.ts';
import { giveVerdict, useEmergencyOpenings, type EmergencyOpening, type ReviewState } from './reviews.ts';

/** Records opened in an emergency: each is judged by the privacy officer, in words the person concerned reads. */
export function ReviewsPage() {
  const t = usePrivacyText();
  usePageTitle(t('reviewsTitle'));
  const client = useQueryClient();
  const [state, setState] = useState<ReviewState>('open');
  const [chosen, setChosen] = useState<string>();
  const list = useEmergencyOpenings(state, true);
  useLive('', ({ event }) => {
    if (event === 'reviews') void client.invalidateQueries({ queryKey: ['reviews'] });
  });
  const rows = list.data ?? [];
  const at = Math.max(
    0,
    rows.findIndex(({ id }) => id === chosen),
  );
  const current = rows[at];
  const move = (step: number) => setChosen(rows[(at + step + rows.length) % rows.length]?.id);
  useKeys([
    { keys: 'Alt R', label: t('reload'), run: () => void list.refetch() },
    ...(rows.length > 1
      ? [
          { keys: '↓', label: t('next'), run: () => move(1) },
          { keys: '↑', label: t('next'), run: () => move(-1), quiet: true },
        ]
      : []),
  ]);
  const overdue = rows.filter((one) => one.overdue).length;
  return (
    <div className="reviews">
      <ListHead
        title={t('reviewsTitle')}
        segments={{
          label: t('reviewsShown'),
          chosen: state,
          onChoose: setState,
          of: (['open', 'reviewed'] as const).map((key) => ({
            key,
            label: t(key === 'open' ? 'reviewsOpen' : 'reviewsDone'),
          })),
        }}
      >
        <span className="q" role="status">
          {list.isSuccess && state === 'open' && overdue > 0 ? t('reviewsOverdue', { count: overdue }) : ''}
        </span>
      </ListHead>
      {list.isPending && <LoadingState rows={8} />}
      {list.isError && <ReadFailed of={list} />}
      {list.isSuccess && rows.length === 0 && (
        <EmptyState title={t(state === 'open' ? 'reviewsEmpty' : 'reviewsNone')}>
          {t('reviewsEmptyHint')}
        </EmptyState>
      )}
      {rows.length > 0 && (
        <div className="split">
          <ul className="cards" aria-label={t('reviewsTitle')}>
            {rows.map((one) => (
              <li key={one.id}>
                <button
                  type="button"
                  className={one === current ? 'on' : ''}
                  aria-current={one === current ? 'true' : undefined}
                  onClick={() => setChosen(one.id)}
                >
                  <b>{one.name}</b>
                  <time>{formatDateTime(one.at)}</time>
                  <span className="words">“{one.reason}”</span>
                  <Flags one={one} />
                </button>
              </li>
            ))}
          </ul>
          {current && <Judge key={current.id} one={current} />}
        </div>
      )}
    </div>
  );
}

/** What makes an opening more or less likely to be right, each by a word and a shape. */
function Flags({ one }: { one: EmergencyOpening }) {
  const t = usePrivacyText();
  return (
    <span className="flags">
      {one.verdict && (
        <StatusWord tone={one.verdict === 'justified' ? 'ok' : 'bad'}>
          {t(one.verdict === 'justified' ? 'justified' : 'notJustified')}
        </StatusWord>
      )}
      {one.overdue && (
        <span className="flag bad">
          <Mark kind="danger-high" silent />
          {t('overdue', { date: formatDateTime(one.due) })}
        </span>
      )}
      {!one.overdue && !one.verdict && (
        <span className="flag">{t('due', { date: formatDateTime(one.due) })}</span>
      )}
      {one.overrode && (
        <span className="flag warn">
          <Mark kind="notice" silent />
          {t('overrode')}
        </span>
      )}
      <span className="flag">{t(one.onDuty ? 'onDuty' : 'notOnDuty')}</span>
    </span>
  );
}

function Judge({ one }: { one: EmergencyOpening }) {
  const t = usePrivacyText();
  const client = useQueryClient();
  const field = useId();
  const [words, setWords] = useState('');
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>();
  useEffect(() => setFailure(undefined), [words]);
  const judge = async (verdict: 'justified' | 'not-justified') => {
    if (busy) return;
    if (words.trim().length < 3) {
      setFailure(new Said(() => privacyText('wordsNeeded')));
      document.getElementById(field)?.focus();
      return;
    }
    setBusy(true);
    try {
      await giveVerdict(one.id, verdict, words);
      await client.invalidateQueries({ queryKey: ['reviews'] });
    } catch (error) {
      setFailure(error);
    }
    setBusy(false);
  };
  useKeys(
    one.verdict
      ? []
      : [
          { keys: 'Alt C', label: t('justified'), run: () => void judge('justified'), inText: true },
          { keys: 'Alt K', label: t('notJustified'), run: () => void judge('not-justified'), inText: true },
        ],
  );
  const role = t(`role-${one.role === 'nurse' || one.role === 'system' ? one.role : 'doctor'}`);
  return (
    <section className="verdict" aria-label={one.name}>
      <h2>{one.name}</h2>
      <dl>
        <dt>{t('who')}</dt>
        <dd>{[role, one.department].filter(Boolean).join(' · ')}</dd>
        <dt>{t('openedAt')}</dt>
        <dd>{formatDateTime(one.at)}</dd>
        <dt>{t('reasonGiven')}</dt>
        <dd>“{one.reason}”</dd>
      </dl>
      <Flags one={one} />
      {one.verdict ? (
        <p className="given">
          {t('given', { who: one.reviewer, date: formatDateTime(one.reviewed) })} “{one.words}”
        </p>
      ) : (
        <>
          <div className="field">
            <label htmlFor={field}>{t('yourWords')}</label>
            <textarea
              id={field}
              rows={3}
              maxLength={500}
              value={words}
              aria-invalid={failure !== undefined}
              onChange={(event) => setWords(event.target.value)}
            />
            <small>{t('yourWordsHint')}</small>
          </div>
          {failure !== undefined && (
            <p className="failure" role="alert">
              {errorWords(failure)}
            </p>
          )}
          <div className="act">
            <Button look="primary" keys="Alt C" disabled={busy} onClick={() => void judge('justified')}>
              {t('justified')}
            </Button>
            <Button keys="Alt K" disabled={busy} onClick={() => void judge('not-justified')}>
              {t('notJustified')}
            </Button>
          </div>
          <p className="hint">{t('notJustifiedCloses')}</p>
        </>
      )}
    </section>
  );
}
