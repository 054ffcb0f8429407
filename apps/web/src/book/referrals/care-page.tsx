import { Button, formatDate, formatDateTime, LoadingState } from '@yba/ui';
import { IconCheck, IconPrinter, IconQrcode, IconX } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { referralsOf, type Referral } from '../../clinic/referrals/referrals.ts';
import { fhir } from '../../fhir/client.ts';
import { ReadFailed } from '../../fhir/read-failed.tsx';
import type { Bundle } from '../../fhir/types.ts';
import { appointmentPaper, transferPaper } from '../../papers/make-papers.tsx';
import { PaperSizeChoice, usePaperSize, type PaperSize } from '../../papers/paper-size.tsx';
import { usePrint } from '../../papers/use-print.ts';
import { useBook } from '../book-context.tsx';
import { Page } from '../parts/page.tsx';
import { QrCode } from '../parts/qr-code.tsx';
import { appointmentsOf, type NextAppointment } from '../record/appointments.ts';
import { useCareWords } from './messages.ts';
import './care.css';

const ENDS: ReadonlySet<string> = new Set(['refuse', 'cancel', 'expire', 'miss']);

/** Referral and appointment papers: where each stands in plain words, and the code that is shown at the desk. */
export function CarePage() {
  const t = useCareWords();
  const { patient, record, places } = useBook();
  const tasks = useQuery({
    queryKey: ['book', 'referrals', patient],
    enabled: Boolean(patient),
    queryFn: async ({ signal }) =>
      referralsOf(await fhir<Bundle>(`Task?patient=${patient}&_count=100`, { signal })).sort((a, b) =>
        b.changed.localeCompare(a.changed),
      ),
  });
  const appointments = appointmentsOf(record, places, new Date());
  const referrals = tasks.data ?? [];
  return (
    <Page title={t('title')} back="/book/papers" kinds={['Appointment']}>
      {tasks.isPending && <LoadingState rows={4} />}
      {tasks.isError && (
        <section className="sheet">
          <ReadFailed of={tasks}>{t('readFailed')}</ReadFailed>
        </section>
      )}
      {tasks.isSuccess && referrals.length === 0 && appointments.length === 0 && (
        <section className="sheet pad">
          <b>{t('none')}</b>
          <p className="quiet">{t('noneBody')}</p>
        </section>
      )}
      {appointments.length > 0 && (
        <section>
          <h2 className="d">{t('appointments')}</h2>
          {appointments.map((one) => (
            <AppointmentPaper key={one.id} appointment={one} />
          ))}
        </section>
      )}
      {referrals.length > 0 && (
        <section>
          <h2 className="d">{t('referrals')}</h2>
          {referrals.map((one) => (
            <ReferralCard key={one.id} referral={one} />
          ))}
        </section>
      )}
    </Page>
  );
}

function ReferralCard({ referral }: { referral: Referral }) {
  const t = useCareWords();
  const { state, from, to, reason, number, until, steps } = referral;
  const isOver = until !== undefined && Date.parse(until) < Date.now();
  const link = `${location.origin}/clinic/referrals?paper=${encodeURIComponent(number)}`;
  return (
    <article className="sheet care">
      <h3>{t('way', { from: from.name, to: to.name })}</h3>
      <p className="say">{t(`say-${state}`)}</p>
      {reason && <p className="quiet">“{reason}”</p>}
      <ol>
        {steps.map((step, index) => (
          <li key={`${step.code} ${index}`}>
            {ENDS.has(step.code) ? (
              <IconX className="i" aria-hidden />
            ) : (
              <IconCheck className="i" aria-hidden />
            )}
            <span>
              {t(`did-${step.code}`)}
              <small>
                {[formatDateTime(step.at), step.reason && `“${step.reason}”`].filter(Boolean).join(' · ')}
              </small>
            </span>
          </li>
        ))}
      </ol>
      {number && <p className="quiet">{t('number', { number })}</p>}
      {until && <p>{t(isOver ? 'ended' : 'valid', { date: formatDate(until) })}</p>}
      {number && !isOver && <Code text={link} label={t('codeOf', { number })} />}
      {number && <PrintPaper make={(size) => transferPaper(referral, size, undefined)} />}
    </article>
  );
}

function AppointmentPaper({ appointment }: { appointment: NextAppointment }) {
  const t = useCareWords();
  const { id, start, what, place, prepare, number } = appointment;
  return (
    <article className="sheet care">
      <h3>{formatDateTime(start)}</h3>
      <p>{[what, place].filter(Boolean).join(' · ')}</p>
      {prepare && <p className="quiet">{prepare}</p>}
      {number && (
        <>
          <p className="quiet">{t('number', { number })}</p>
          <Code text={number} label={t('codeOf', { number })} />
          <PrintPaper make={(size) => appointmentPaper(`Appointment/${id}`, size)} />
        </>
      )}
    </article>
  );
}

/** Prints the paper as an office knows it, on A5 or A4. */
function PrintPaper({ make }: { make: (size: PaperSize) => Promise<ReactNode> }) {
  const t = useCareWords();
  const [size, setSize] = usePaperSize();
  const [failed, setFailed] = useState(false);
  const { printed, print } = usePrint();
  return (
    <div className="prints">
      <Button
        tap
        onClick={() => {
          setFailed(false);
          make(size).then(print, () => setFailed(true));
        }}
      >
        <IconPrinter className="i" aria-hidden />
        {t('print')}
      </Button>
      <PaperSizeChoice label={t('paperSize')} size={size} onChange={setSize} />
      {failed && <p role="alert">{t('readFailed')}</p>}
      {printed}
    </div>
  );
}

function Code({ text, label }: { text: string; label: string }) {
  const t = useCareWords();
  const [isShown, setShown] = useState(false);
  return (
    <>
      <Button tap onClick={() => setShown(!isShown)} aria-expanded={isShown}>
        <IconQrcode className="i" aria-hidden />
        {t(isShown ? 'hideCode' : 'showCode')}
      </Button>
      {isShown && <QrCode text={text} label={label} />}
    </>
  );
}
