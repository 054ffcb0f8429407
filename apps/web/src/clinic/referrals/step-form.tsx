import { Button, useKeys } from '@yba/ui';
import { FACILITY } from '@yba/vietnam';
import { useId, useRef, useState } from 'react';
import { useSession } from '../../auth/session.ts';
import type { Parameter } from '../../fhir/types.ts';
import type { Facilities } from '../record/facilities.ts';
import { icdCode } from './draft.ts';
import { chosenFacility, FacilityField } from './facility-field.tsx';
import { useReferralText } from './messages.ts';
import type { Referral } from './referrals.ts';
import { WhenField } from './when-field.tsx';

/** Steps that ask for words. */
export type FormStep = 'redirect' | 'refuse' | 'cancel' | 'answer' | 'book';

type StepFormProps = {
  step: FormStep;
  referral: Referral;
  facilities: Facilities;
  busy: boolean;
  onCancel: () => void;
  onConfirm: (more: Parameter[]) => void;
};

const QUICK = {
  refuse: ['quickNoBeds', 'quickNoSkill', 'quickWrong'],
  redirect: ['quickNoBeds', 'quickNoSkill'],
} as const;
const WORDS = {
  refuse: 'whyRefuse',
  redirect: 'whyRedirect',
  cancel: 'whyCancel',
  answer: 'summary',
  book: 'bookNote',
} as const;

const FIELD_OF = {
  needWhen: '.datefield input',
  needPlace: 'input[list]',
  needOther: 'input[list]',
  needReason: 'textarea',
  addFailed: '.adddx input',
} as const;

/** What a step needs to be told: where to, why, or the answer itself. Ctrl Enter confirms, Esc leaves. */
export function StepForm({ step, referral, facilities, busy, onCancel, onConfirm }: StepFormProps) {
  const t = useReferralText();
  const id = useId();
  const own = useSession()?.claims.facility;
  const [reason, setReason] = useState('');
  const [to, setTo] = useState('');
  const [plan, setPlan] = useState('');
  const [when, setWhen] = useState('');
  const [sentWith] = (referral.request?.reasonCode ?? []).flatMap(({ coding = [] }) => coding);
  const [code, setCode] = useState(sentWith?.code ?? '');
  const [disease, setDisease] = useState(sentWith?.display ?? '');
  const [fault, setFault] = useState<'needWhen' | 'needPlace' | 'needOther' | 'needReason' | 'addFailed'>();
  const area = useRef<HTMLTextAreaElement>(null);
  const isBack = step === 'answer' && referral.kind === 'referral';
  const form = useRef<HTMLFormElement>(null);
  /** Says what is missing, with the cursor in its field. */
  const lacks = (what: NonNullable<typeof fault>) => {
    setFault(what);
    form.current?.querySelector<HTMLElement>(FIELD_OF[what])?.focus();
  };
  const confirm = () => {
    if (busy) return;
    if (step === 'book') {
      if (!when) return lacks('needWhen');
      setFault(undefined);
      return onConfirm([
        { name: 'when', valueDateTime: `${when}:00+07:00` },
        ...(plan.trim() ? [{ name: 'department', valueString: plan.trim() }] : []),
        ...(reason.trim() ? [{ name: 'note', valueString: reason.trim() }] : []),
      ]);
    }
    const place = chosenFacility(facilities, to);
    if (step === 'redirect' && !place) return lacks('needPlace');
    if (step === 'redirect' && (place === own || place === referral.from.code)) return lacks('needOther');
    if (reason.trim().split(/\s+/).length < 2) return lacks('needReason');
    const icd = icdCode(code);
    if (isBack && code.trim() && !icd) return lacks('addFailed');
    setFault(undefined);
    onConfirm([
      { name: 'reason', valueString: reason.trim() },
      ...(place && step === 'redirect'
        ? [{ name: 'to', valueIdentifier: { system: FACILITY, value: place } }]
        : []),
      ...(isBack && icd
        ? [
            {
              name: 'diagnosis',
              valueCoding: { code: icd, ...(disease.trim() ? { display: disease.trim() } : {}) },
            },
          ]
        : []),
      ...(isBack && plan.trim() ? [{ name: 'HUONG_DIEU_TRI', valueString: plan.trim() }] : []),
      ...(isBack && when ? [{ name: 'appointment', valueDateTime: `${when}:00+07:00` }] : []),
    ]);
  };
  useKeys([
    { keys: 'Ctrl Enter', label: t('confirm'), run: confirm, inText: true },
    { keys: 'Esc', label: t('back'), run: onCancel, inText: true },
  ]);
  const quick = step === 'refuse' || step === 'redirect' ? QUICK[step] : [];
  return (
    <form
      ref={form}
      className="stepform"
      onSubmit={(event) => {
        event.preventDefault();
        confirm();
      }}
    >
      {step === 'redirect' && (
        <FacilityField
          label={t('redirectTo')}
          hint={t('toHint')}
          facilities={facilities}
          without={[own, referral.from.code]}
          value={to}
          invalid={fault === 'needPlace' || fault === 'needOther'}
          autoFocus
          onChange={setTo}
        />
      )}
      {step === 'book' && (
        <>
          <WhenField
            id={`${id} when`}
            label={t('bookWhen')}
            value={when}
            invalid={fault === 'needWhen'}
            autoFocus
            onChange={setWhen}
          />
          <div className="field">
            <label htmlFor={`${id} place`}>{t('bookPlace')}</label>
            <input
              id={`${id} place`}
              value={plan}
              maxLength={255}
              onChange={(event) => setPlan(event.target.value)}
            />
          </div>
        </>
      )}
      <div className="field">
        <label htmlFor={id}>{t(step === 'answer' && !isBack ? 'opinion' : WORDS[step])}</label>
        <textarea
          id={id}
          ref={area}
          rows={step === 'answer' ? 4 : 2}
          value={reason}
          maxLength={1000}
          autoFocus={step !== 'redirect' && step !== 'book'}
          aria-invalid={fault === 'needReason'}
          onChange={(event) => setReason(event.target.value)}
        />
        {quick.length > 0 && (
          <span className="quick">
            {quick.map((one) => (
              <button
                key={one}
                type="button"
                className="chip"
                onClick={() => {
                  setReason(t(one));
                  area.current?.focus(); // Ctrl Enter goes on from here
                }}
              >
                {t(one)}
              </button>
            ))}
          </span>
        )}
        {step !== 'answer' && <span className="hint">{t(step === 'book' ? 'bookHint' : 'whyHint')}</span>}
      </div>
      {isBack && (
        <>
          <div className="adddx">
            <input
              aria-label={t('addCode')}
              placeholder="I21.0"
              size={7}
              maxLength={6}
              value={code}
              aria-invalid={fault === 'addFailed'}
              onChange={(event) => setCode(event.target.value)}
            />
            <input
              aria-label={t('addWords')}
              placeholder={t('addWords')}
              maxLength={255}
              value={disease}
              onChange={(event) => setDisease(event.target.value)}
            />
          </div>
          <div className="field">
            <label htmlFor={`${id} plan`}>{t('nextSteps')}</label>
            <textarea
              id={`${id} plan`}
              rows={2}
              value={plan}
              maxLength={1000}
              onChange={(event) => setPlan(event.target.value)}
            />
          </div>
          <WhenField id={`${id} when`} label={t('appointmentWhen')} value={when} onChange={setWhen} />
        </>
      )}
      {fault && (
        <p className="failure" role="alert">
          {t(fault)}
        </p>
      )}
      <div className="acts">
        <Button type="submit" look="primary" keys="Ctrl Enter" disabled={busy}>
          {t('confirm')}
        </Button>
        <Button keys="Esc" onClick={onCancel}>
          {t('back')}
        </Button>
      </div>
    </form>
  );
}
