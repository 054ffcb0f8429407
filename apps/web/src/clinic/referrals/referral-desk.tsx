import { Button, formatDate, StatusWord, useKeys } from '@yba/ui';
import { isOpen, STEPS, stepsFrom, undoable, type State, type StepCode } from '@yba/referral/course';
import { IconPrinter, IconUser } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { useState, type ReactNode } from 'react';
import { useSession } from '../../auth/session.ts';
import { FhirError } from '../../fhir/client.ts';
import { appointmentPaper, transferPaper } from '../../papers/make-papers.tsx';
import { PaperSizeChoice, usePaperSize } from '../../papers/paper-size.tsx';
import { usePrint } from '../../papers/use-print.ts';
import { askForCopy, useCopyWords } from '../print/copies.ts';
import type { Facilities } from '../record/facilities.ts';
import { conceptWords } from '../record/resource-words.ts';
import { useReferralText } from './messages.ts';
import { paperFields, takeStep, type Referral } from './referrals.ts';
import { StepForm, type FormStep } from './step-form.tsx';
import { stepFault } from './step-fault.ts';
import { Ticks, tickWords } from './ticks.tsx';

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

const isDeskStep = (code: StepCode): boolean =>
  code in STEPS && STEPS[code as keyof typeof STEPS].desk === true;

const intoView = (shown: HTMLElement | null): void => shown?.scrollIntoView({ block: 'center' });

/** Whether the hour given is past and nobody came. */
const isMissed = (state: State, steps: Referral['steps']): boolean =>
  state === 'accepted' && steps.at(-1)?.code === 'miss';

/** The state of a referral as a word. */
export function StateWord({ referral: { state, steps } }: { referral: Referral }) {
  const t = useReferralText();
  if (isMissed(state, steps)) return <StatusWord tone="bad">{t('missed')}</StatusWord>;
  const tone = TONES[state];
  return <StatusWord {...(tone ? { tone } : {})}>{t(`state-${state}`)}</StatusWord>;
}

/** Steps that are taken here by a key; a receipt is given by the screen itself. */
type DoneStep = Exclude<StepCode, 'draft' | 'expire' | 'miss' | 'receive'>;

type Action = { step: DoneStep; key: string; look?: 'primary' | 'danger' };

const KEYS: Readonly<Record<Exclude<DoneStep, 'undo'>, string>> = {
  send: 'A',
  accept: 'A',
  book: 'G',
  arrive: 'D',
  answer: 'T',
  redirect: 'C',
  refuse: 'X',
  complete: 'A',
  cancel: 'X',
};
/** What a step is called; at a consultation nobody travels. */
const stepWords = (step: DoneStep, kind: Referral['kind']) =>
  kind === 'consultation' && (step === 'accept' || step === 'answer' || step === 'complete')
    ? (`${step}-consultation` as const)
    : (step as Exclude<DoneStep, 'undo'>);
const doneWords = (step: DoneStep, kind: Referral['kind']) =>
  step === 'undo' ? ('done-undo' as const) : (`done-${stepWords(step, kind)}` as const);

/** What comes next, most likely: the key A, and the button one sees first. */
const NEXT: Partial<Record<State, DoneStep>> = {
  draft: 'send',
  requested: 'accept',
  received: 'accept',
  accepted: 'arrive',
  arrived: 'answer',
  answered: 'complete',
};
const ENDS: ReadonlySet<string> = new Set(['refuse', 'cancel']);
const ASKS: ReadonlySet<string> = new Set(['redirect', 'refuse', 'cancel', 'answer', 'book']);

/** What this side can do now, the next step first. The server decides; this leaves out what it would refuse. */
function actionsFor(referral: Referral, side: 'sender' | 'receiver', isDesk: boolean): Action[] {
  const { state, kind } = referral;
  const next = kind === 'consultation' && state === 'accepted' ? 'answer' : NEXT[state];
  return stepsFrom(state, side, kind)
    .filter((step) => step !== 'receive' && step !== 'expire' && (!isDesk || STEPS[step].desk))
    .map((code) => {
      const step = code as Exclude<DoneStep, 'undo'>;
      if (step === next) return { step, key: step === 'answer' ? 'T' : 'A', look: 'primary' as const };
      return { step, key: KEYS[step], ...(ENDS.has(step) ? { look: 'danger' as const } : {}) };
    })
    .sort(
      (a, b) =>
        RANK.indexOf(a.step) -
        RANK.indexOf(b.step) -
        20 * (Number(a.step === next) - Number(b.step === next)),
    );
}

const RANK: readonly DoneStep[] = [
  'send',
  'accept',
  'arrive',
  'book',
  'answer',
  'redirect',
  'complete',
  'refuse',
  'cancel',
];

type ReferralDeskProps = {
  referral: Referral;
  facilities: Facilities;
  isFamily: boolean;
  /** For reception: who comes and until when, and the steps that are theirs. */
  isDesk: boolean;
  onDone: (said: string) => void;
  /** Words are being typed for a step, or no more: until then the referral stays where it is. */
  onWriting: (isWriting: boolean) => void;
  /** It stands elsewhere than shown: the lists are to be read again. */
  onMoved: () => void;
  /** A colleague moved it out of this list while words are typed for it. */
  isGone: boolean;
};

/** One referral: where it stands, what the paper says, and what this facility can do now, each by one key. */
export function ReferralDesk(props: ReferralDeskProps) {
  const { referral, facilities, isFamily, isDesk, onDone, onWriting, onMoved, isGone } = props;
  const t = useReferralText();
  const copyWords = useCopyWords();
  const navigate = useNavigate();
  const own = useSession()?.claims.facility;
  const [form, showForm] = useState<FormStep>();
  const setForm = (step: FormStep | undefined) => {
    showForm(step);
    onWriting(step !== undefined);
  };
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<string>();
  const [size, setSize] = usePaperSize();
  const { printed, print: printPaper } = usePrint();
  const isReceiver = referral.to.code === own;
  const isSender = referral.from.code === own;
  const isUnderWay = isOpen(referral.state);
  const side = isReceiver ? 'receiver' : isSender ? 'sender' : undefined;
  const actions = side && !isFamily ? actionsFor(referral, side, isDesk) : [];
  const last = own === undefined ? 'none' : undoable(referral.steps, own, new Date());
  const undo = typeof last !== 'string' && (!isDesk || isDeskStep(last.code));
  const canOpen = !isFamily && !isDesk && (isSender || (isReceiver && isUnderWay));
  const act = async (step: StepCode, more: Parameters<typeof takeStep>[2] = []) => {
    if (busy) return;
    setBusy(true);
    setFailure(undefined);
    try {
      await takeStep(referral.id, step, more);
      setForm(undefined);
      onDone(t(doneWords(step as DoneStep, referral.kind)));
    } catch (error) {
      setFailure(stepFault(error, t, referral));
      if (error instanceof FhirError && error.status > 0) onMoved();
    } finally {
      setBusy(false);
    }
  };
  const start = ({ step }: Action) => (ASKS.has(step) ? setForm(step as FormStep) : void act(step));
  const open = () => void navigate({ to: '/clinic/person/$id', params: { id: referral.patient } });
  const addressOf = (code: string) => facilities.get(code)?.address;
  const print = async (make: () => Promise<ReactNode>) => {
    setFailure(undefined);
    try {
      await askForCopy(referral.patient, 'print');
      printPaper(await make());
    } catch (error) {
      setFailure(copyWords(error));
    }
  };
  const printTransfer = () => print(() => transferPaper(referral, size, addressOf(referral.from.code)));
  const coming = isReceiver && referral.outputs.find(({ code }) => code === 'appointment')?.reference;
  // a consultation is no paper in anybody's hand
  const hasPaper = referral.request !== undefined && referral.kind === 'referral';
  const undoWords = undo ? t('undo', { step: t(tickWords(last.code, referral.kind)) }) : '';
  const takeBack = () => undo && void act('undo', [{ name: 'of', valueCode: last.code }]);
  useKeys(
    form
      ? []
      : [
          ...actions.map((action) => ({
            keys: action.key,
            label: t(stepWords(action.step, referral.kind)),
            run: () => start(action),
          })),
          ...(undo ? [{ keys: 'Z', label: undoWords, run: takeBack }] : []),
          ...(canOpen ? [{ keys: 'H', label: t('openChart'), run: open }] : []),
          ...(hasPaper ? [{ keys: 'Ctrl P', label: t('printPaper'), run: () => void printTransfer() }] : []),
        ],
  );
  // the step that words are typed for leads on no more: a colleague was faster
  const isOvertaken = form !== undefined && (isGone || !actions.some(({ step }) => step === form));
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
        <StateWord referral={referral} />
      </header>
      {referral.reason && <p className="why">“{referral.reason}”</p>}
      {/* while words are typed the form stands first: on a phone the other steps would push it off the screen */}
      <div className="acts" hidden={form !== undefined}>
        {actions.map((action) => (
          <Button
            key={action.step}
            {...(action.look ? { look: action.look } : {})}
            keys={action.key}
            disabled={busy}
            onClick={() => start(action)}
          >
            {t(stepWords(action.step, referral.kind))}
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
        {hasPaper && (
          <Button keys="Ctrl P" onClick={() => void printTransfer()}>
            <IconPrinter className="i" aria-hidden />
            {t('printPaper')}
          </Button>
        )}
        {coming && (
          <Button onClick={() => void print(() => appointmentPaper(coming, size, addressOf))}>
            <IconPrinter className="i" aria-hidden />
            {t('printAppointment')}
          </Button>
        )}
        {(hasPaper || coming) && <PaperSizeChoice label={t('paperSize')} size={size} onChange={setSize} />}
      </div>
      {failure && !isOvertaken && (
        <p className="failure" role="alert" ref={intoView}>
          {failure}
        </p>
      )}
      {isOvertaken && (
        <p className="failure" role="alert" ref={intoView}>
          {t('overtaken')}
        </p>
      )}
      {form && (
        <StepForm
          step={form}
          referral={referral}
          facilities={facilities}
          busy={busy || isOvertaken}
          onCancel={() => {
            setFailure(undefined);
            setForm(undefined);
          }}
          onConfirm={(more) => void act(form, more)}
        />
      )}
      {isMissed(referral.state, referral.steps) && !form && <p className="q">{t('missedNote')}</p>}
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
      {isDesk && <p className="q">{t('deskNote')}</p>}
      {!isFamily && !isDesk && !isUnderWay && !isSender && <p className="q">{t('closed')}</p>}
      {printed}
    </section>
  );
}
