import { formatDateTime, LoadingState, StatusWord } from '@yba/ui';
import { IconLock } from '@tabler/icons-react';
import { ReadFailed } from '../../../fhir/read-failed.tsx';
import { useActionWords } from '../../lists/look-words.ts';
import { useClinicText } from '../../messages.ts';
import { roleWords } from '../../shell/roles.ts';
import { AnswerForm } from '../answer-form.tsx';
import { usePrivacyText } from '../messages.ts';
import { whyRaised } from './alert-words.ts';
import { decideAlert, useAlertLooks, type Alert, type AlertLook } from './alerts.ts';

/** One alert: why it was raised, the looks behind it, and what the officer makes of it. */
export function AlertDesk({ alert, onDone }: { alert: Alert; onDone: (words: string | undefined) => void }) {
  const t = usePrivacyText();
  const clinic = useClinicText();
  const role = roleWords(alert.role);
  return (
    <section className="panel" aria-label={t(`rule-${alert.rule}`)}>
      <header>
        <h2>{t(`rule-${alert.rule}`)}</h2>
      </header>
      <p className="why">{whyRaised(alert, t)}</p>
      <dl className="facts">
        <dt>{t('whoLooked')}</dt>
        <dd>
          {alert.name}
          {role ? ` · ${clinic(role)}` : ''}
        </dd>
        <dt>{t('between')}</dt>
        <dd>
          {formatDateTime(alert.first)} – {formatDateTime(alert.last)}
        </dd>
        {alert.words && (
          <>
            <dt>{t(alert.open ? 'saidBefore' : 'said')}</dt>
            <dd>
              “{alert.words}” — {alert.by}, {formatDateTime(alert.decided)}
            </dd>
          </>
        )}
      </dl>
      <AnswerForm
        label={t(alert.open ? 'whatFound' : 'whyAgain')}
        submit={t(alert.open ? 'markHandled' : 'openAgain')}
        look={alert.open ? 'primary' : 'plain'}
        keys="↵"
        reload="privacy-alerts"
        onDone={onDone}
        send={async (words) => {
          await decideAlert(alert.id, alert.open ? 'handled' : 'reopened', words);
          return t(alert.open ? 'handledDone' : 'reopenedDone');
        }}
      />
      <LooksBehind alert={alert} />
    </section>
  );
}

function LooksBehind({ alert }: { alert: Alert }) {
  const t = usePrivacyText();
  const clinic = useClinicText();
  const looks = useAlertLooks(alert);
  if (looks.isPending) return <LoadingState rows={5} />;
  if (looks.isError) return <ReadFailed of={looks} />;
  return (
    <>
      <h3>{t('looksBehind', { count: looks.data.length })}</h3>
      <div className="scroll" tabIndex={0} role="region" aria-label={t('looksBehindLabel')}>
        <table className="qt plain">
          <thead>
            <tr>
              <th>{clinic('time')}</th>
              <th>{clinic('didWhat')}</th>
              <th>{t('whoseRecord')}</th>
              <th>{clinic('why')}</th>
            </tr>
          </thead>
          <tbody>
            {looks.data.map((look) => (
              <LookRow key={look.id} look={look} />
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

const BASES = ['own', 'opening', 'encounter', 'appointment', 'referral', 'care-team', 'share'] as const;
const PURPOSES = ['TREAT', 'COC', 'PATRQT', 'HPAYMT', 'ETREAT'] as const;

function LookRow({ look }: { look: AlertLook }) {
  const t = usePrivacyText();
  const clinic = useClinicText();
  const did = useActionWords();
  const purpose = PURPOSES.find((one) => one === look.purpose);
  const basis = BASES.find((one) => one === look.basis);
  const why = [purpose ? clinic(`reason-${purpose}`) : basis && t(`basis-${basis}`), look.reason]
    .filter(Boolean)
    .join(': ');
  return (
    <tr>
      <td>{formatDateTime(look.at)}</td>
      <td>
        {did(look.action)}
        {look.target !== look.patient && <small>{look.target}</small>}
        {look.denied && (
          <StatusWord tone="warn" icon={<IconLock className="i" aria-hidden />}>
            {clinic('outcomeDenied')}
          </StatusWord>
        )}
      </td>
      <td className="id">{look.patient ?? <span className="miss">{t('nobodyNamed')}</span>}</td>
      <td className="wrap">{why || <span className="miss">{clinic('notSaid')}</span>}</td>
    </tr>
  );
}
