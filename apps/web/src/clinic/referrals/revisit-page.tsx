import {
  Button,
  EmptyState,
  formatDateTime,
  LoadingState,
  PatientBanner,
  useKeys,
  usePageTitle,
} from '@yba/ui';
import { IconCircleCheck, IconInfoCircle, IconPrinter } from '@tabler/icons-react';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { useSession } from '../../auth/session.ts';
import { errorWords, FhirError } from '../../fhir/client.ts';
import { ReadFailed } from '../../fhir/read-failed.tsx';
import { appointmentPaper } from '../../papers/make-papers.tsx';
import { PaperSizeChoice, usePaperSize } from '../../papers/paper-size.tsx';
import { usePrint } from '../../papers/use-print.ts';
import { bannerPerson } from '../chart/banner-person.ts';
import { useClinicText } from '../messages.ts';
import { askForCopy, useCopyWords } from '../print/copies.ts';
import { useChart, type Chart } from '../record/chart.ts';
import { useFacilities } from '../record/facilities.ts';
import { useReferralText } from './messages.ts';
import { prefillOf } from './prefill.ts';
import { bookRevisit } from './referrals.ts';
import { WhenField } from './when-field.tsx';

const route = getRouteApi('/clinic/person/$id/revisit');

/** When a patient comes again (XML14): booked from the chart, its paper printed at once. */
export function RevisitPage() {
  const t = useReferralText();
  usePageTitle(t('revisitTitle'));
  const { id } = route.useParams();
  const chart = useChart(id, true);
  if (chart.isPending)
    return (
      <div className="plainpage">
        <LoadingState rows={8} />
      </div>
    );
  if (!chart.data)
    return (
      <div className="plainpage middle">
        <ReadFailed of={chart} />
      </div>
    );
  return <RevisitForm key={id} chart={chart.data} />;
}

function RevisitForm({ chart }: { chart: Chart }) {
  const t = useReferralText();
  const clinic = useClinicText();
  const navigate = useNavigate();
  const claims = useSession()?.claims;
  const own = claims?.facility;
  const id = chart.patient.id ?? '';
  const prefill = useMemo(() => prefillOf(chart, own), [chart, own]);
  const [key] = useState(() => crypto.randomUUID());
  const [when, setWhen] = useState('');
  const [department, setDepartment] = useState('');
  const [note, setNote] = useState('');
  const [main, setMain] = useState(prefill.diagnoses[0]?.code ?? '');
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>();
  const [booked, setBooked] = useState<{ reference: string; when: string }>();
  const isDoctor = claims?.role === 'doctor';
  const leave = () => void navigate({ to: '/clinic/person/$id', params: { id } });
  const save = async () => {
    if (busy || !isDoctor) return;
    const start = new Date(`${when}:00+07:00`);
    if (!when || start.getTime() <= Date.now()) {
      setFailure(t('revisitLater'));
      document.querySelector<HTMLElement>('.compose input')?.focus();
      return;
    }
    setBusy(true);
    setFailure(undefined);
    try {
      const reference = await bookRevisit(
        {
          patient: id,
          when: `${when}:00+07:00`,
          department: department.trim(),
          note: note.trim(),
          diagnosis: prefill.diagnoses.find(({ code }) => code === main),
          encounter: prefill.encounter,
          head: localStorage.getItem('yba.referral.head') ?? '',
        },
        key,
      );
      setBooked({ reference, when: formatDateTime(start) });
    } catch (error) {
      const isTwice = error instanceof FhirError && error.outcome?.issue[0]?.code === 'business-rule';
      setFailure(isTwice ? t('revisitTwice') : error);
    } finally {
      setBusy(false);
    }
  };
  useKeys(
    booked
      ? []
      : [
          ...(isDoctor
            ? [{ keys: 'Ctrl Enter', label: t('revisitSave'), run: () => void save(), inText: true }]
            : []),
          { keys: 'Esc', label: t('back'), run: leave, inText: true },
        ],
  );
  if (booked) return <Booked patient={id} reference={booked.reference} when={booked.when} onLeave={leave} />;
  return (
    <div className="chart compose">
      <PatientBanner person={bannerPerson(chart, own, clinic)} />
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
        <h1>{t('revisitTitle')}</h1>
        {!isDoctor && (
          <p className="q">
            <IconInfoCircle className="i" aria-hidden /> {t('onlyDoctor')}
          </p>
        )}
        <WhenField
          id="when"
          label={t('revisitWhen')}
          value={when}
          invalid={failure === t('revisitLater')}
          autoFocus
          onChange={(next) => {
            setFailure(undefined);
            setWhen(next);
          }}
        />
        <div className="field">
          <label htmlFor="department">{t('bookPlace')}</label>
          <input
            id="department"
            value={department}
            maxLength={255}
            onChange={(event) => setDepartment(event.target.value)}
          />
        </div>
        <div className="field">
          <label htmlFor="main">{t('mainDiagnosis')}</label>
          <select id="main" value={main} onChange={(event) => setMain(event.target.value)}>
            {prefill.diagnoses.length === 0 && <option value="">{t('noDiagnoses')}</option>}
            {prefill.diagnoses.map(({ code, display }) => (
              <option key={code} value={code}>
                {code} {display}
              </option>
            ))}
          </select>
        </div>
        <div className="field">
          <label htmlFor="note">{t('revisitNote')}</label>
          <textarea
            id="note"
            rows={2}
            maxLength={1000}
            value={note}
            onChange={(event) => setNote(event.target.value)}
          />
          <span className="hint">{t('revisitOnce')}</span>
        </div>
        {failure !== undefined && (
          <p className="failure" role="alert">
            {errorWords(failure)}
          </p>
        )}
        <div className="acts">
          <Button type="submit" look="primary" keys="Ctrl Enter" disabled={busy || !isDoctor}>
            {t('revisitSave')}
          </Button>
          <Button keys="Esc" onClick={leave}>
            {t('back')}
          </Button>
        </div>
      </form>
    </div>
  );
}

type BookedProps = { patient: string; reference: string; when: string; onLeave: () => void };

function Booked({ patient, reference, when, onLeave }: BookedProps) {
  const t = useReferralText();
  const copyWords = useCopyWords();
  const facilities = useFacilities();
  const [size, setSize] = usePaperSize();
  const [failure, setFailure] = useState<string>();
  const { printed, print } = usePrint();
  const printPaper = async () => {
    setFailure(undefined);
    try {
      await askForCopy(patient, 'print');
      print(await appointmentPaper(reference, size, (code) => facilities.get(code)?.address));
    } catch (error) {
      setFailure(copyWords(error));
    }
  };
  useKeys([
    { keys: 'Ctrl P', label: t('printAppointment'), run: () => void printPaper() },
    { keys: 'Esc', label: t('backToChart'), run: onLeave },
  ]);
  return (
    <div className="plainpage middle">
      <EmptyState
        title={t('revisitDone', { when })}
        icon={<IconCircleCheck className="i" aria-hidden />}
        action={
          <span className="afterwards">
            <Button look="primary" keys="Ctrl P" onClick={() => void printPaper()}>
              <IconPrinter className="i" aria-hidden />
              {t('printAppointment')}
            </Button>
            <PaperSizeChoice label={t('paperSize')} size={size} onChange={setSize} />
            <Button keys="Esc" onClick={onLeave}>
              {t('backToChart')}
            </Button>
          </span>
        }
      >
        {failure ?? t('revisitTold')}
      </EmptyState>
      {printed}
    </div>
  );
}
