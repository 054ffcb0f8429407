import { Button, formatDate, StatusWord, useKeys } from '@yba/ui';
import { IconPrinter, IconUser } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { flushSync } from 'react-dom';
import { useSession } from '../../auth/session.ts';
import { errorWords } from '../../fhir/client.ts';
import { askForCopy, useCopyWords } from '../print/copies.ts';
import type { Facilities } from '../record/facilities.ts';
import { conceptWords } from '../record/resource-words.ts';
import { useReferralText } from './messages.ts';
import { ReferralPaper } from './referral-paper.tsx';
import { paperFields, takeStep, type Referral, type State, type StepCode } from './referrals.ts';
import { StepForm, type FormStep } from './step-form.tsx';
import { Ticks } from './ticks.tsx';

const SHOWN = [
  'DAU_HIEU_LS',
  'QT_BENHLY',
  'TOMTAT_KQ',
  'PP_DIEUTRI',
  'TINH_TRANG_CT',
  'HUONG_DIEU_TRI',
  'PHUONGTIEN_VC',
  'HOTEN_NGUOI_HT',
] as const;

const TONES: Partial<Record<State, 'ok' | 'warn' | 'bad' | 'go'>> = {
  requested: 'warn',
  received: 'go',
  accepted: 'ok',
  arrived: 'ok',
  answered: 'ok',
  completed: 'ok',
  refused: 'bad',
  expired: 'warn',
};

/** The state of a referral as a word. */
export function StateWord({ state }: { state: State }) {
  const t = useReferralText();
  const tone = TONES[state];
  return <StatusWord {...(tone ? { tone } : {})}>{t(`state-${state}`)}</StatusWord>;
}

type Action = { step: Exclude<StepCode, 'draft' | 'expire'>; key: string; look?: 'primary' | 'danger' };

const RECEIVER: Partial<Record<State, readonly Action[]>> = {
  requested: [
    { step: 'accept', key: 'A', look: 'primary' },
    { step: 'redirect', key: 'C' },
    { step: 'refuse', key: 'X', look: 'danger' },
  ],
  received: [
    { step: 'accept', key: 'A', look: 'primary' },
    { step: 'redirect', key: 'C' },
    { step: 'refuse', key: 'X', look: 'danger' },
  ],
  accepted: [
    { step: 'arrive', key: 'A', look: 'primary' },
    { step: 'answer', key: 'T' },
    { step: 'redirect', key: 'C' },
  ],
  arrived: [{ step: 'answer', key: 'T', look: 'primary' }],
};
const SENDER: Partial<Record<State, readonly Action[]>> = {
  draft: [
    { step: 'send', key: 'A', look: 'primary' },
    { step: 'cancel', key: 'X', look: 'danger' },
  ],
  requested: [{ step: 'cancel', key: 'X', look: 'danger' }],
  received: [{ step: 'cancel', key: 'X', look: 'danger' }],
  accepted: [{ step: 'cancel', key: 'X', look: 'danger' }],
  answered: [{ step: 'complete', key: 'A', look: 'primary' }],
};
const UNDOABLE: ReadonlySet<StepCode> = new Set([
  'accept',
  'redirect',
  'refuse',
  'arrive',
  'complete',
  'cancel',
]);
const ASKS: ReadonlySet<string> = new Set(['redirect', 'refuse', 'cancel', 'answer']);
const UNDO_MS = 24 * 60 * 60 * 1000;

type ReferralDeskProps = {
  referral: Referral;
  facilities: Facilities;
  isFamily: boolean;
  onDone: (said: string) => void;
};

/** One referral: where it stands, what the paper says, and what this facility can do now, each by one key. */
export function ReferralDesk({ referral, facilities, isFamily, onDone }: ReferralDeskProps) {
  const t = useReferralText();
  const copyWords = useCopyWords();
  const navigate = useNavigate();
  const own = useSession()?.claims.facility;
  const [form, setForm] = useState<FormStep>();
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<string>();
  const [printing, setPrinting] = useState(false);
  const isReceiver = referral.to.code === own;
  const isSender = referral.from.code === own;
  const isOpen = ['draft', 'requested', 'received', 'accepted', 'arrived'].includes(referral.state);
  const offered = isReceiver ? RECEIVER[referral.state] : isSender ? SENDER[referral.state] : undefined;
  const actions = (offered ?? []).filter(
    ({ step }) =>
      !(referral.kind === 'consultation' && (step === 'arrive' || step === 'redirect')) &&
      !(referral.kind === 'referral' && step === 'answer' && referral.state === 'accepted'),
  );
  const last = referral.steps.at(-1);
  const undo =
    last && last.facility === own && UNDOABLE.has(last.code) && Date.now() - Date.parse(last.at) < UNDO_MS;
  const canOpen = !isFamily && (isSender || (isReceiver && isOpen));
  const act = async (step: StepCode, more: Parameters<typeof takeStep>[2] = []) => {
    if (busy) return;
    setBusy(true);
    setFailure(undefined);
    try {
      await takeStep(referral.id, step, more);
      setForm(undefined);
      onDone(t(`done-${step as Exclude<StepCode, 'draft' | 'expire' | 'receive'>}`));
    } catch (error) {
      setFailure(errorWords(error));
    } finally {
      setBusy(false);
    }
  };
  const start = ({ step }: Action) => (ASKS.has(step) ? setForm(step as FormStep) : void act(step));
  const open = () => void navigate({ to: '/clinic/person/$id', params: { id: referral.patient } });
  const print = async () => {
    setFailure(undefined);
    try {
      await askForCopy(referral.patient, 'print');
    } catch (error) {
      setFailure(copyWords(error));
      return;
    }
    flushSync(() => setPrinting(true));
    window.addEventListener('afterprint', () => setPrinting(false), { once: true });
    window.print();
  };
  const undoWords = undo ? t('undo', { step: t(`tick-${last.code}`) }) : '';
  const takeBack = () => void act('undo', [{ name: 'of', valueCode: last!.code }]);
  useKeys(
    form
      ? []
      : [
          ...actions.map((action) => ({
            keys: action.key,
            label: t(action.step as 'accept'),
            run: () => start(action),
          })),
          ...(undo ? [{ keys: 'Z', label: undoWords, run: takeBack }] : []),
          ...(canOpen ? [{ keys: 'H', label: t('openChart'), run: open }] : []),
          ...(referral.request ? [{ keys: 'Ctrl P', label: t('printPaper'), run: () => void print() }] : []),
        ],
  );
  const fields = paperFields(referral.request);
  const diagnoses = (referral.request?.reasonCode ?? []).flatMap(({ coding = [] }) =>
    coding.map(({ code, display }) => [code, display].filter(Boolean).join(' ')),
  );
  return (
    <section className="panel" aria-label={referral.person}>
      <header>
        <h2>
          {referral.person}
          {referral.kind === 'consultation' && <small> · {t('consultation')}</small>}
        </h2>
        <StateWord state={referral.state} />
      </header>
      <p className="why">“{referral.reason}”</p>
      <div className="acts">
        {actions.map((action) => (
          <Button
            key={action.step}
            {...(action.look ? { look: action.look } : {})}
            keys={action.key}
            disabled={busy}
            onClick={() => start(action)}
          >
            {t(action.step as 'accept')}
          </Button>
        ))}
        {undo && (
          <Button keys="Z" disabled={busy} onClick={takeBack}>
            {undoWords}
          </Button>
        )}
        {canOpen && (
          <Button keys="H" onClick={open}>
            <IconUser className="i" aria-hidden />
            {t('openChart')}
          </Button>
        )}
        {referral.request && (
          <Button keys="Ctrl P" onClick={() => void print()}>
            <IconPrinter className="i" aria-hidden />
            {t('printPaper')}
          </Button>
        )}
      </div>
      {failure && (
        <p className="failure" role="alert">
          {failure}
        </p>
      )}
      {form && (
        <StepForm
          step={form}
          referral={referral}
          facilities={facilities}
          busy={busy}
          onCancel={() => setForm(undefined)}
          onConfirm={(more) => void act(form, more)}
        />
      )}
      <Ticks referral={referral} />
      <dl className="facts">
        <dt>{t('way')}</dt>
        <dd>{t('fromTo', { from: referral.from.name, to: referral.to.name })}</dd>
        {referral.number && (
          <>
            <dt>{t('paper')}</dt>
            <dd>{referral.number}</dd>
          </>
        )}
        {referral.until && (
          <>
            <dt>{t('validUntil')}</dt>
            <dd>{formatDate(referral.until)}</dd>
          </>
        )}
        {diagnoses.length > 0 && (
          <>
            <dt>{t('diagnosis')}</dt>
            <dd>{diagnoses.join('; ')}</dd>
          </>
        )}
        {fields['MA_LYDO_CT'] && (
          <>
            <dt>{t('MA_LYDO_CT')}</dt>
            <dd>{t(`why-${fields['MA_LYDO_CT'] as '1'}`)}</dd>
          </>
        )}
        {SHOWN.flatMap((name) =>
          fields[name]
            ? [
                <dt key={`${name} dt`}>{t(name)}</dt>,
                <dd key={name} className="long">
                  {fields[name]}
                </dd>,
              ]
            : [],
        )}
        {referral.answer && (
          <>
            <dt>{t('answerWords')}</dt>
            <dd className="long">{referral.answer}</dd>
          </>
        )}
        {referral.request?.supportingInfo && (
          <>
            <dt>{t('packet')}</dt>
            <dd>{t('packetCount', { count: referral.request.supportingInfo.length })}</dd>
          </>
        )}
        {conceptWords(referral.request?.code) && !referral.number && (
          <>
            <dt>{t('kind')}</dt>
            <dd>{conceptWords(referral.request?.code)}</dd>
          </>
        )}
      </dl>
      {isFamily && <p className="q">{t('familyNote')}</p>}
      {!isFamily && !isOpen && !isSender && <p className="q">{t('closed')}</p>}
      {printing && <ReferralPaper referral={referral} facilities={facilities} />}
    </section>
  );
}
