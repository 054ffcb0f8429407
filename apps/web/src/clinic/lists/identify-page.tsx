import { EmptyState, formatDate, LoadingState, useAgeWords, useSexWord, usePageTitle } from '@yba/ui';
import { mrn, parseCitizenCardQr, parsePersonNumber, PERSON } from '@yba/vietnam';
import { IconAlertTriangle, IconCircleCheck } from '@tabler/icons-react';
import { useState } from 'react';
import { useSession } from '../../auth/session.ts';
import { fhir } from '../../fhir/client.ts';
import { ReadFailed } from '../../fhir/read-failed.tsx';
import type { Parameters, Patient } from '../../fhir/types.ts';
import { useClinicText } from '../messages.ts';
import { SavingForm } from '../saving-form.tsx';
import { identifierIn, nameWords } from '../record/resource-words.ts';
import { ListHead } from './list-head.tsx';
import { useChosenRow } from './use-chosen-row.ts';
import { useUnidentified } from './work-lists.ts';

/** The work list of the identity officer: persons without a number, and the form that gives them one. */
export function IdentifyPage() {
  const t = useClinicText();
  usePageTitle(t('identifyTitle'));
  const age = useAgeWords();
  const sex = useSexWord();
  const facility = useSession()?.claims.facility ?? '';
  const list = useUnidentified(true);
  const rows = list.data ?? [];
  const [chosen, setChosen] = useState<string>();
  const [done, setDone] = useState<string>();
  const current = useChosenRow(rows, ({ id }) => id, {
    chosen,
    onChoose: setChosen,
    onReload: () => void list.refetch(),
    more: [
      { keys: '↵', label: t('enterNumber'), run: () => document.getElementById('person-number')?.focus() },
    ],
  });
  return (
    <div className="desk">
      <section className="qm">
        <ListHead
          title={t('identifyTitle')}
          count={list.isSuccess ? t('persons', { count: rows.length }) : ''}
        />
        {done && (
          <p className="done" role="status">
            <IconCircleCheck className="i" aria-hidden />
            {done}
          </p>
        )}
        <div className="scroll" tabIndex={0} role="region" aria-label={t('identifyTitle')}>
          {list.isPending && <LoadingState rows={8} />}
          {list.isError && <ReadFailed of={list} />}
          {list.isSuccess && rows.length === 0 && (
            <EmptyState title={t('allIdentified')}>{t('allIdentifiedHint')}</EmptyState>
          )}
          {rows.length > 0 && (
            <table className="qt names">
              <thead>
                <tr>
                  <th>{t('person')}</th>
                  <th>{t('recordNumber')}</th>
                  <th>{t('address')}</th>
                  <th>{t('lastChanged')}</th>
                </tr>
              </thead>
              <tbody>
                {rows.map((patient) => (
                  <tr
                    key={patient.id}
                    className={patient === current ? 'sel' : ''}
                    onClick={() => setChosen(patient.id)}
                  >
                    <td>
                      <button
                        type="button"
                        className="open"
                        aria-pressed={patient === current}
                        onClick={() => setChosen(patient.id)}
                      >
                        <b>{nameWords(patient.name).toLocaleUpperCase('vi') || t('nameUnread')}</b>
                      </button>
                      <small>
                        {[
                          formatDate(patient.birthDate) || t('birthDateUnknown'),
                          age(patient.birthDate),
                          sex(patient.gender),
                        ]
                          .filter(Boolean)
                          .join(' · ')}
                      </small>
                    </td>
                    <td>
                      {identifierIn(patient, mrn(facility)) ?? <span className="miss">{t('notSaid')}</span>}
                    </td>
                    <td className="wrap">
                      {patient.address?.[0]?.text ?? <span className="miss">{t('notSaid')}</span>}
                    </td>
                    <td>{formatDate(patient.meta?.lastUpdated)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          )}
        </div>
      </section>
      <aside className="side" aria-label={t('enterNumber')}>
        {current && <NumberForm key={current.id} patient={current} onDone={setDone} />}
      </aside>
    </div>
  );
}

function NumberForm({ patient, onDone }: { patient: Patient; onDone: (words: string) => void }) {
  const t = useClinicText();
  const sex = useSexWord();
  const [text, setText] = useState('');
  const [agreed, setAgreed] = useState(false);
  const card = text.includes('|') ? parseCitizenCardQr(text) : undefined;
  const number = card?.number ?? text;
  const read = parsePersonNumber(number, {
    ...(patient.gender ? { gender: patient.gender } : {}),
    ...(patient.birthDate ? { birthDate: patient.birthDate } : {}),
  });
  const warnings = read.valid ? read.warnings : [];
  const empty = number.trim() === '';
  const fault = () => {
    if (!read.valid) return t(read.why === 'length' ? 'numberLength' : 'numberCharacters');
    return warnings.length > 0 && !agreed ? t('confirmWarnings') : undefined;
  };
  const save = async () => {
    const value = read.valid ? read.number : number;
    const body: Parameters = {
      resourceType: 'Parameters',
      parameter: [{ name: 'identifier', valueIdentifier: { system: PERSON, value } }],
    };
    await fhir(`Patient/${patient.id}/$identify`, { method: 'POST', body });
    return t('numberStored', { name: nameWords(patient.name) });
  };
  return (
    <SavingForm
      className="number"
      submit={t('storeNumber')}
      keys="↵"
      fault={fault}
      save={save}
      onDone={onDone}
      reload="unidentified"
      hint={<p className="hint">{t('identifyNote')}</p>}
    >
      {(failed) => (
        <>
          <h2>{nameWords(patient.name).toLocaleUpperCase('vi')}</h2>
          <p className="of">
            {[formatDate(patient.birthDate) || t('birthDateUnknown'), sex(patient.gender)].join(' · ')}
          </p>
          <div className="field">
            <label htmlFor="person-number">{t('personNumberOrScan')}</label>
            <input
              id="person-number"
              inputMode="numeric"
              autoComplete="off"
              value={card ? card.number : text}
              aria-invalid={failed && !read.valid}
              aria-describedby="number-says"
              onChange={(event) => setText(event.target.value)}
            />
          </div>
          <div id="number-says" className="says" role="status">
            {empty && <p className="hint">{t('numberHint')}</p>}
            {!empty && read.valid && <p>{t('numberSays', { sex: sex(read.sex), year: read.birthYear })}</p>}
            {warnings.map((warning) => (
              <p key={warning} className="warn">
                <IconAlertTriangle className="i" aria-hidden />
                {t(`warning-${warning}`)}
              </p>
            ))}
          </div>
          {warnings.length > 0 && (
            <label className="agree">
              <input type="checkbox" checked={agreed} onChange={(event) => setAgreed(event.target.checked)} />
              {t('agreeWarnings')}
            </label>
          )}
        </>
      )}
    </SavingForm>
  );
}
