import { formatDateTime } from '@yba/ui';
import { AnswerForm } from '../answer-form.tsx';
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
  const { kind, text, person, stead, sent, due, late, reminded, look, answer } = request;
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
          {stead && <small>{t('inStead', { name: stead })}</small>}
        </dd>
        <dt>{t('answerBy')}</dt>
        <dd>
          {formatDateTime(due)}
          {late && <b> · {t('isOverdue')}</b>}
          {reminded && !answer && <small>{t('remindedOn', { date: formatDateTime(reminded) })}</small>}
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
      {!answer && (
        <AnswerForm
          long
          label={t('answerLabel')}
          submit={t('sendAnswer')}
          reload="privacy-requests"
          onDone={onDone}
          send={async (words) => {
            await answerRequest(request.id, words);
            return t('answerDone');
          }}
        />
      )}
    </section>
  );
}
