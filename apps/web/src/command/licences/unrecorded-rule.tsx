import { Button, DateField, Dialog, formatDate, LoadingState, StatusWord, todayInVietNam } from '@yba/ui';
import { useQuery } from '@tanstack/react-query';
import { useId, useState, type FormEvent } from 'react';
import { own } from '../../auth/own.ts';
import { useChange, type Change } from '../../account/account.ts';
import { ConfirmDialog } from '../../account/confirm-dialog.tsx';
import { ReadFailed } from '../../fhir/read-failed.tsx';
import { useLicenceText } from '../../licences/messages.ts';

type What = 'allowed' | 'refused';

/** What the policy says of those without a licence on record, whom it concerns today, and what was set. Instants ISO 8601. */
type Rule = {
  version: number;
  effective: string;
  unrecorded: What;
  practitioners: number;
  without: number;
  facilities: { facility: string; name: string; practitioners: number; unrecorded: number }[];
  versions: {
    version: number;
    effective: string;
    unrecorded: What;
    byName: string;
    words: string;
    set: string;
  }[];
};

/** Shows it in words, and lets the ministry set a version with the day from which it holds. */
export function UnrecordedRule() {
  const t = useLicenceText();
  const change = useChange('unrecorded-rule');
  const [asks, setAsks] = useState(false);
  const { data, error, refetch } = useQuery({
    queryKey: ['unrecorded-rule'],
    queryFn: () => own<Rule>('policy/licences'),
  });
  if (error) return <ReadFailed of={{ error, refetch }} />;
  if (!data) return <LoadingState rows={3} />;
  return (
    <section className="rule" aria-label={t('ruleTitle')}>
      <h3>{t('ruleTitle')}</h3>
      <p>
        {t(`rule-${data.unrecorded}`)}{' '}
        <small>{t('ruleVersion', { version: data.version, date: formatDate(data.effective) })}</small>
      </p>
      <p>
        <StatusWord tone={data.without > 0 ? 'warn' : 'ok'}>
          {data.without > 0
            ? t('concerned', { count: data.without, of: data.practitioners })
            : t('concernedNone')}
        </StatusWord>
      </p>
      {data.versions.length > 0 && (
        <>
          <h3>{t('versions')}</h3>
          <ol>
            {data.versions.map((one) => (
              <li key={one.version}>
                {t(`set-${one.unrecorded}`)} {t('from', { date: formatDate(one.effective) })}{' '}
                {Date.parse(one.effective) > Date.now() && (
                  <StatusWord tone="warn">{t('pending')}</StatusWord>
                )}
                <small>
                  {t('setBy', { name: one.byName, date: formatDate(one.set) })}: {one.words}
                </small>
              </li>
            ))}
          </ol>
        </>
      )}
      <p role="status">{change.done}</p>
      <Button onClick={() => setAsks(true)}>{t('setRule')}</Button>
      {asks && <SetDialog rule={data} change={change} onClose={() => setAsks(false)} />}
      <ConfirmDialog change={change} />
    </section>
  );
}

function SetDialog({ rule, change, onClose }: { rule: Rule; change: Change; onClose: () => void }) {
  const t = useLicenceText();
  const id = useId();
  const today = todayInVietNam();
  const [unrecorded, setUnrecorded] = useState<What>(rule.unrecorded === 'allowed' ? 'refused' : 'allowed');
  const [effective, setEffective] = useState('');
  const [words, setWords] = useState('');
  const date = effective ? formatDate(effective) : '…';
  const send = (event: FormEvent) => {
    event.preventDefault();
    change.run(async () => {
      await own('policy/licences', { method: 'POST', body: { unrecorded, effective, words: words.trim() } });
      onClose();
      return t('setDone', { date });
    });
  };
  return (
    <Dialog title={t('setTitle')} onClose={onClose} wide>
      <form className="acform" onSubmit={send}>
        <div className="field">
          <label htmlFor={`${id}-what`}>{t('ruleTitle')}</label>
          <select
            id={`${id}-what`}
            value={unrecorded}
            autoFocus
            onChange={(event) => setUnrecorded(event.target.value as What)}
          >
            {(['refused', 'allowed'] as const).map((one) => (
              <option key={one} value={one}>
                {t(`set-${one}`)}
              </option>
            ))}
          </select>
        </div>
        <div className="field">
          <label htmlFor={`${id}-from`}>{t('effective')}</label>
          <DateField id={`${id}-from`} required min={today} value={effective} onChange={setEffective} />
        </div>
        <div className="field">
          <label htmlFor={`${id}-why`}>{t('why')}</label>
          <input
            id={`${id}-why`}
            required
            autoComplete="off"
            value={words}
            onChange={(event) => setWords(event.target.value)}
          />
        </div>
        <p role="status">
          {unrecorded === 'refused' && rule.without === 0
            ? t('consequence-refused-none')
            : t(`consequence-${unrecorded}`, { date, count: rule.without })}
        </p>
        {unrecorded === 'refused' && rule.facilities.length > 0 && (
          <div className="concerned" tabIndex={0} role="region" aria-label={t('facility')}>
            <table>
              <thead>
                <tr>
                  <th scope="col">{t('facility')}</th>
                  <th scope="col">{t('without')}</th>
                  <th scope="col">{t('ofAll')}</th>
                </tr>
              </thead>
              <tbody>
                {rule.facilities.map((one) => (
                  <tr key={one.facility}>
                    <th scope="row">{one.name}</th>
                    <td>{one.unrecorded}</td>
                    <td>{one.practitioners}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
        <p className="failure" role="alert">
          {change.failed}
        </p>
        <Button
          type="submit"
          look={unrecorded === 'refused' ? 'danger' : 'primary'}
          keys="↵"
          disabled={change.busy}
        >
          {t('setDo')}
        </Button>
      </form>
    </Dialog>
  );
}
