import { Button, formatDateTime, LoadingState } from '@yba/ui';
import { IconCheck, IconClock, IconRefresh, IconX } from '@tabler/icons-react';
import { useEffect, useRef } from 'react';
import { ReadFailed } from '../fhir/read-failed.tsx';
import { useLogText } from './messages.ts';
import { StateOf } from './state-of.tsx';
import { type MessageDetails, useMessage } from './use-messages.ts';
import { ageWords, sizeWords } from './words.ts';

/** One message: its two steps with their times, what became of it, and what can be done. */
export function MessagePanel({ id, onClose, onReplay }: { id: string; onClose(): void; onReplay(): void }) {
  const t = useLogText();
  const answer = useMessage(id);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  return (
    <aside className="msgone" aria-label={t('identifier')}>
      <div className="top">
        <h3 ref={heading} tabIndex={-1}>
          {answer.data?.identifier ?? '…'}
        </h3>
        <button type="button" className="ib" onClick={onClose}>
          <IconX className="i" aria-hidden />
          <span className="vh">{t('close')}</span>
        </button>
      </div>
      {answer.isPending && <LoadingState rows={6} />}
      {answer.isError && <ReadFailed of={answer} />}
      {answer.data && <Body message={answer.data} onReplay={onReplay} />}
    </aside>
  );
}

function Body({ message, onReplay }: { message: MessageDetails; onReplay(): void }) {
  const t = useLogText();
  const isRefused = message.state === 'refused';
  return (
    <>
      <p>
        <StateOf message={message} />
      </p>
      <p className="about">
        <b>{message.facility}</b> {message.facilityName} · {t(`event-${message.event}`)}
        <br />
        {t('sender')} {message.sender}
        <br />
        {message.person && (
          <>
            {t('person')}: <span className="key">{message.person}</span>
            <br />
          </>
        )}
        {message.kept === undefined
          ? t('bodyGone')
          : t('bodyKept', { sent: sizeWords(message.size), kept: sizeWords(message.kept) })}
        {message.replays > 0 && (
          <>
            <br />
            {t('replayed', { count: message.replays })}
          </>
        )}
      </p>
      <h4>{t('steps')}</h4>
      <Steps message={message} />
      {message.issues.length > 0 && (
        <>
          <h4>{isRefused || message.state === 'retrying' ? t('why') : t('warnings')}</h4>
          <ul className="issues">
            {message.issues.map(({ code, diagnostics, details, expression, severity }, at) => (
              <li key={at} className={severity}>
                {diagnostics ?? details?.text ?? code}
                {expression?.[0] && (
                  <small>
                    {t('whereIs')} <code>{expression[0]}</code> · {code}
                  </small>
                )}
              </li>
            ))}
          </ul>
        </>
      )}
      {message.links.length > 0 && (
        <>
          <h4>{t('links')}</h4>
          <ul className="links">
            {message.links.map(({ reference, type }, at) => (
              <li key={at} className="key">
                {reference ?? t('linkHidden', { type })}
              </li>
            ))}
          </ul>
        </>
      )}
      {message.kept !== undefined && (
        <Button onClick={onReplay}>
          <IconRefresh className="i" aria-hidden />
          {t('replay')}
        </Button>
      )}
    </>
  );
}

function Steps({ message }: { message: MessageDetails }) {
  const t = useLogText();
  const { state, received, settled, due, before, attempts } = message;
  const done =
    state === 'filed' ? t('step2filed') : state === 'refused' ? t('step2refused') : t('step2waiting');
  return (
    <ol className="msgsteps">
      <li className="ok">
        <IconCheck className="i" aria-hidden />
        <b>{t('step1')}</b>
        <time dateTime={received}>{formatDateTime(received)}</time>
      </li>
      <li className={state === 'filed' ? 'ok' : state === 'refused' ? 'bad' : ''}>
        {state === 'filed' ? (
          <IconCheck className="i" aria-hidden />
        ) : state === 'refused' ? (
          <IconX className="i" aria-hidden />
        ) : (
          <IconClock className="i" aria-hidden />
        )}
        <b>{done}</b>
        {settled && (
          <time dateTime={settled}>
            {formatDateTime(settled)} ·{' '}
            {ageWords(t, Math.max(0, (Date.parse(settled) - Date.parse(received)) / 1000))}
          </time>
        )}
        {!settled && before > 0 && <span>{t('waitsFor', { count: before })}</span>}
        {!settled && attempts > 0 && due && (
          <span>{t('triedAgain', { time: formatDateTime(due), count: attempts })}</span>
        )}
      </li>
    </ol>
  );
}
