import { Button, EmptyState, formatDate, formatDateTime, LoadingState, StatusWord, useKeys } from '@yba/ui';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { errorWords } from '../../fhir/client.ts';
import { ReadFailed } from '../../fhir/read-failed.tsx';
import { DeskRow } from '../lists/desk-row.tsx';
import { useChosenRow } from '../lists/use-chosen-row.ts';
import { useClinicText } from '../messages.ts';
import { nameWords } from '../record/resource-words.ts';
import { Whose } from './compare-table.tsx';
import { confirmDecision, undoDecision, useDecisions, type Decision, type DecisionState } from './pairs.ts';

const TONES: Record<DecisionState, 'plain' | 'ok' | 'warn'> = {
  proposed: 'warn',
  standing: 'ok',
  refused: 'plain',
  'undo-proposed': 'warn',
  undone: 'plain',
};

/** Decisions: what waits for a second person first, then what was decided; each can be undone. */
export function DecisionDesk({
  which,
  onDone,
}: {
  which: (decision: Decision) => boolean;
  onDone: (words: string | undefined) => void;
}) {
  const t = useClinicText();
  const list = useDecisions(true);
  const rows = (list.data ?? []).filter(which);
  const [chosen, setChosen] = useState<number>();
  const current = useChosenRow(rows, ({ id }) => id, {
    chosen,
    onChoose: setChosen,
    onReload: () => void list.refetch(),
  });
  if (list.isPending) return <LoadingState rows={8} />;
  if (list.isError) return <ReadFailed of={list} />;
  if (rows.length === 0) return <EmptyState title={t('noDecisions')}>{t('noDecisionsHint')}</EmptyState>;
  return (
    <div className="pairdesk">
      <div className="pairs" role="listbox" aria-label={t('decisionsTitle')} tabIndex={0}>
        {rows.map((row) => (
          <DeskRow key={row.id} chosen={row === current} onChoose={() => setChosen(row.id)}>
            <b>{nameWords(row.patient.name).toLocaleUpperCase('vi') || t('nameUnread')}</b>
            <span>{t(`decision-${row.kind}`)}</span>
            <small>
              {row.proposedBy} · {formatDateTime(row.proposedAt)}
            </small>
            <StatusWord tone={TONES[row.state]}>{t(`state-${row.state}`)}</StatusWord>
          </DeskRow>
        ))}
      </div>
      {current && <DecisionPanel key={`${current.id}${current.state}`} decision={current} onDone={onDone} />}
    </div>
  );
}

function DecisionPanel({
  decision,
  onDone,
}: {
  decision: Decision;
  onDone: (words: string | undefined) => void;
}) {
  const t = useClinicText();
  const queries = useQueryClient();
  const [reason, setReason] = useState('');
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>();
  const isWaiting = decision.state === 'proposed' || decision.state === 'undo-proposed';
  const act = async (work: () => Promise<unknown>, words: string) => {
    if (busy) return;
    setBusy(true);
    setFailure(undefined);
    try {
      await work();
      onDone(words);
      for (const key of ['identity-decisions', 'identity-pairs'])
        await queries.invalidateQueries({ queryKey: [key] });
    } catch (error) {
      setFailure(error);
    } finally {
      setBusy(false);
    }
  };
  const accept = () => act(() => confirmDecision(decision.id, true), t('confirmed'));
  const refuse = () => act(() => confirmDecision(decision.id, false), t('refusedDone'));
  const takeBack = () =>
    act(
      () => undoDecision(decision.id, reason),
      t(decision.state === 'proposed' ? 'withdrawn' : 'undoAsked'),
    );
  const mayUndo = decision.state === 'standing' || (decision.state === 'proposed' && !decision.mayConfirm);
  useKeys([
    ...(decision.mayConfirm
      ? [
          { keys: '1', label: t('accept'), run: () => void accept() },
          { keys: '2', label: t('refuse'), run: () => void refuse() },
        ]
      : []),
    ...(mayUndo ? [{ keys: 'Del', label: t('takeBack'), run: () => void takeBack() }] : []),
  ]);
  return (
    <section className="panel" aria-label={t('decisionsTitle')}>
      <header>
        <h2>{t(`decision-${decision.kind}`)}</h2>
        <StatusWord tone={TONES[decision.state]}>{t(`state-${decision.state}`)}</StatusWord>
      </header>
      <ul className="sides">
        {[decision.patient, ...(decision.other ? [decision.other] : [])].map((patient) => (
          <li key={patient.id}>
            <b>{nameWords(patient.name).toLocaleUpperCase('vi') || t('nameUnread')}</b>
            <span>{formatDate(patient.birthDate) || t('birthDateUnknown')}</span>
            <Whose patient={patient} />
          </li>
        ))}
      </ul>
      <dl className="facts">
        <dt>{t('proposedBy')}</dt>
        <dd>
          {decision.proposedBy}, {formatDateTime(decision.proposedAt)}
        </dd>
        <dt>{t('ground')}</dt>
        <dd>{decision.reason ?? <span className="miss">{t('notSaid')}</span>}</dd>
        {decision.confirmedBy && (
          <>
            <dt>{t('secondPerson')}</dt>
            <dd>{decision.confirmedBy}</dd>
          </>
        )}
        {decision.undoBy && (
          <>
            <dt>{t('undoAskedBy')}</dt>
            <dd>
              {decision.undoBy}
              {decision.undoReason ? `: ${decision.undoReason}` : ''}
            </dd>
          </>
        )}
      </dl>
      {mayUndo && decision.state === 'standing' && (
        <div className="field">
          <label htmlFor="undo-reason">{t('undoReason')}</label>
          <input
            id="undo-reason"
            value={reason}
            maxLength={200}
            onChange={(event) => setReason(event.target.value)}
          />
        </div>
      )}
      {failure !== undefined && (
        <p className="failure" role="alert">
          {errorWords(failure)}
        </p>
      )}
      <div className="acts">
        {decision.mayConfirm && (
          <>
            <Button look="primary" keys="1" disabled={busy} onClick={() => void accept()}>
              {t('accept')}
            </Button>
            <Button keys="2" disabled={busy} onClick={() => void refuse()}>
              {t('refuse')}
            </Button>
          </>
        )}
        {mayUndo && (
          <Button keys="Del" disabled={busy} onClick={() => void takeBack()}>
            {t(decision.state === 'proposed' ? 'withdraw' : 'takeBack')}
          </Button>
        )}
      </div>
      {isWaiting && !decision.mayConfirm && <p className="hint">{t('secondPersonNote')}</p>}
    </section>
  );
}
