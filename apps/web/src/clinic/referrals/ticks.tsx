import { formatDateTime } from '@yba/ui';
import type { StepCode } from '@yba/referral/course';
import { IconCheck, IconCircle, IconX } from '@tabler/icons-react';
import { useReferralText } from './messages.ts';
import type { Referral } from './referrals.ts';

const WAY: readonly StepCode[] = ['send', 'receive', 'accept', 'arrive', 'answer'];
const ENDS: ReadonlySet<StepCode> = new Set(['refuse', 'cancel', 'expire']);

/** No step forward: shown as what did not come about. */
const LOST: ReadonlySet<StepCode> = new Set([...ENDS, 'miss']);

/** What a step that was done is called; at a consultation nobody travels. */
export const tickWords = (code: StepCode, kind: Referral['kind']) =>
  kind === 'consultation' && (code === 'accept' || code === 'complete')
    ? (`tick-${code}-consultation` as const)
    : (`tick-${code}` as const);

/** The way of a referral: sent, received, accepted, arrived, answered, each with its moment; what came otherwise in words. */
export function Ticks({ referral }: { referral: Referral }) {
  const t = useReferralText();
  const { steps, kind } = referral;
  const isOver = steps.some(({ code }) => ENDS.has(code)) || referral.state === 'completed';
  const done = new Set(steps.map(({ code }) => code));
  const isBehind = (code: StepCode) => steps.some((one) => WAY.indexOf(one.code) > WAY.indexOf(code));
  const coming = WAY.filter(
    (code) =>
      !done.has(code) && !isOver && !isBehind(code) && !(kind === 'consultation' && code === 'arrive'),
  );
  return (
    <ol className="ticks" aria-label={t('ticks')}>
      {steps.map((step, index) => (
        <li key={`${step.code} ${index}`} className={LOST.has(step.code) ? 'no' : 'ok'}>
          {LOST.has(step.code) ? (
            <IconX className="i" aria-hidden />
          ) : (
            <IconCheck className="i" aria-hidden />
          )}
          <b>{t(tickWords(step.code, kind))}</b>
          <span>
            {[formatDateTime(step.at), step.by].filter(Boolean).join(' · ')}
            {step.when && <small>{t('expected', { when: formatDateTime(step.when) })}</small>}
            {step.reason && <small>“{step.reason}”</small>}
          </span>
        </li>
      ))}
      {coming.map((code) => (
        <li key={code} className="later">
          <IconCircle className="i" aria-hidden />
          <b>{t(tickWords(code, kind))}</b>
          <span>{t('notYet')}</span>
        </li>
      ))}
    </ol>
  );
}
