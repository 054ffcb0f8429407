import { Button, EmptyState, formatDate } from '@yba/ui';
import { mrn } from '@yba/vietnam';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useSession } from '../../auth/session.ts';
import { errorWords } from '../../fhir/client.ts';
import type { Patient } from '../../fhir/types.ts';
import { useClinicText } from '../messages.ts';
import { nameWords } from '../record/resource-words.ts';
import { Whose } from './compare-table.tsx';
import { linkedTo, propose } from './pairs.ts';

/** Takes one of this facility's registrations out of a person it does not belong to. */
export function TakeOutDesk({ onDone }: { onDone: (words: string | undefined) => void }) {
  const t = useClinicText();
  const facility = useSession()?.claims.facility ?? '';
  const queries = useQueryClient();
  const [number, setNumber] = useState('');
  const [reason, setReason] = useState('');
  const [found, setFound] = useState<Patient[] | 'nobody'>();
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>();
  const guarded = async (work: () => Promise<void>) => {
    setBusy(true);
    setFailure(undefined);
    try {
      await work();
    } catch (error) {
      setFailure(error);
    } finally {
      setBusy(false);
    }
  };
  const find = () =>
    guarded(async () => {
      setFound(undefined);
      setFound((await linkedTo(mrn(facility), number.trim())) ?? 'nobody');
    });
  const takeOut = (patient: Patient) =>
    guarded(async () => {
      await propose('unlink', patient.id!, undefined, reason);
      onDone(t('waitsForSecond', { name: nameWords(patient.name) }));
      setFound(undefined);
      await queries.invalidateQueries({ queryKey: ['identity-decisions'] });
    });
  const linked = Array.isArray(found) ? found : [];
  return (
    <div className="takeout">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (number.trim()) void find();
        }}
      >
        <div className="field">
          <label htmlFor="record-number">{t('recordNumber')}</label>
          <input
            id="record-number"
            autoComplete="off"
            value={number}
            onChange={(event) => setNumber(event.target.value)}
          />
        </div>
        <Button type="submit" look="primary" keys="↵" disabled={busy || number.trim() === ''}>
          {t('showLinked')}
        </Button>
      </form>
      {failure !== undefined && (
        <p className="failure" role="alert">
          {errorWords(failure)}
        </p>
      )}
      {found === undefined && <p className="hint">{t('takeOutHint')}</p>}
      {found === 'nobody' && <EmptyState title={t('noSuchRecord')}>{t('noSuchRecordHint')}</EmptyState>}
      {linked.length > 0 && (
        <>
          <h2>{t('linkedTitle', { count: linked.length })}</h2>
          <ul className="sides">
            {linked.map((patient, at) => (
              <li key={patient.id}>
                <b>{nameWords(patient.name).toLocaleUpperCase('vi') || t('nameUnread')}</b>
                <span>{formatDate(patient.birthDate) || t('birthDateUnknown')}</span>
                <Whose patient={patient} />
                {at === 0 && <small>{t('theOneAsked')}</small>}
              </li>
            ))}
          </ul>
          {linked.length === 1 ? (
            <p className="hint">{t('aloneAlready')}</p>
          ) : (
            <>
              <div className="field">
                <label htmlFor="take-out-reason">{t('decisionReason')}</label>
                <input
                  id="take-out-reason"
                  value={reason}
                  maxLength={200}
                  onChange={(event) => setReason(event.target.value)}
                />
              </div>
              <div className="acts">
                <Button look="primary" disabled={busy} onClick={() => void takeOut(linked[0]!)}>
                  {t('takeOut')}
                </Button>
              </div>
              <p className="hint">{t('decideNote')}</p>
            </>
          )}
        </>
      )}
    </div>
  );
}
