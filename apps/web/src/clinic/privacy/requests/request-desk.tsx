import { Button, formatDateTime } from '@yba/ui';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { errorWords } from '../../../fhir/client.ts';
import { usePrivacyText } from '../messages.ts';
import { answerRequest, type DeskRequest } from './requests.ts';

/** One request: what was asked about which look, until when, and its answer or the form for it. */
export function RequestDesk({
  request,
  onDone,
}: {
  request: DeskRequest;
  onDone: (words: string | undefined) => void;
}) {
  const t = usePrivacyText();
  const { kind, text, person, sent, due, late, look, answer } = request;
  return (
    <section className="panel" aria-label={t(`request-${kind}`)}>
      <header>
        <h2>{t(`request-${kind}`)}</h2>
      </header>
      <p className="why">“{text}”</p>
      <dl className="facts">
        <dt>{t('askedBy')}</dt>
        <dd>
          {person}, {formatDateTime(sent)}
        </dd>
        <dt>{t('answerBy')}</dt>
        <dd>
          {formatDateTime(due)}
          {late && <b> · {t('isOverdue')}</b>}
        </dd>
        {look && (
          <>
            <dt>{t('whoLooked')}</dt>
            <dd>
              {[look.name, look.role, formatDateTime(look.at)].filter(Boolean).join(' · ')}
              <small>{[look.target.split('/')[0], look.reason].filter(Boolean).join(' · ')}</small>
            </dd>
          </>
        )}
        {answer && (
          <>
            <dt>{t('answer')}</dt>
            <dd>
              “{answer.text}” — {answer.by}, {formatDateTime(answer.sent)}
            </dd>
          </>
        )}
      </dl>
      {!answer && <AnswerForm id={request.id} onDone={onDone} />}
    </section>
  );
}

function AnswerForm({ id, onDone }: { id: string; onDone: (words: string | undefined) => void }) {
  const t = usePrivacyText();
  const queries = useQueryClient();
  const [words, setWords] = useState('');
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<string>();
  const save = async () => {
    if (busy) return;
    if (words.trim().split(/\s+/).length < 2) return setFailure(t('twoWords'));
    setBusy(true);
    setFailure(undefined);
    try {
      await answerRequest(id, words);
      onDone(t('answerDone'));
      await queries.invalidateQueries({ queryKey: ['privacy-requests'] });
    } catch (error) {
      setFailure(errorWords(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <form
      className="judge"
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <div className="field">
        <label htmlFor="request-answer">{t('answerLabel')}</label>
        <textarea
          id="request-answer"
          rows={4}
          value={words}
          maxLength={2000}
          aria-invalid={failure !== undefined}
          onChange={(event) => setWords(event.target.value)}
        />
      </div>
      <Button type="submit" look="primary" disabled={busy}>
        {t('sendAnswer')}
      </Button>
      {failure && (
        <p className="failure" role="alert">
          {failure}
        </p>
      )}
    </form>
  );
}
