import { formatDate, formatTime, OtherLanguage } from '@yba/ui';
import {
  IconChevronRight,
  IconEye,
  IconFileText,
  IconHeartbeat,
  IconInfoCircle,
  IconLock,
  IconPill,
  IconStethoscope,
  IconTestPipe,
  IconUserCircle,
} from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useRef, type ReactNode } from 'react';
import { useSession } from '../../auth/session.ts';
import { useBook, useMissing, useWords } from '../book-context.tsx';
import { NewsDoor } from '../news/news-page.tsx';
import { EmptyBook } from '../parts/empty-book.tsx';
import { EmergencyNotice } from '../parts/emergency-notice.tsx';
import { NoLog, WhoseBook } from '../parts/family-books.tsx';
import { firstWord, useTogetherWords } from '../parts/dose-words.ts';
import { useLargeText } from '../parts/large-text.ts';
import { MyCode } from '../parts/my-code.tsx';
import { Opened, usePageTitle } from '../parts/page.tsx';
import { ReadAloud } from '../parts/read-aloud.tsx';
import { useLooks } from '../parts/use-looks.ts';
import { appointmentsOf, type NextAppointment } from '../record/appointments.ts';
import { dayOf, daysBetween, weekday } from '../record/dates.ts';
import { isLook, unexplained } from '../record/looks.ts';
import { isOver, medicinesOf, todaysSlots } from '../record/medicines.ts';
import { isEmpty, recordKinds } from '../record/record.ts';
import { resultsOf } from '../record/results.ts';
import { countNew } from '../parts/new-results.ts';

/** The first page: greeting, next appointment, today's medicines, the doors, and who looked. */
export function HomePage() {
  const t = useWords();
  const { person, today, language, record, mayReadLog, mayDecide } = useBook();
  const session = useSession();
  const { large, setLarge } = useLargeText();
  const content = useRef<HTMLElement>(null);
  usePageTitle(t('home'));
  return (
    <>
      <header className="bar home">
        <div className="hello">
          <small>
            {weekday(today, language)}, {formatDate(today)}
          </small>
          <h1>{t('hello', { name: person.givenName })}</h1>
        </div>
        <ReadAloud of={() => content.current} />
        <button
          type="button"
          className="ib aa"
          aria-label={t('largeText')}
          aria-pressed={large}
          onClick={() => setLarge(!large)}
        >
          <span aria-hidden="true">
            A<span>A</span>
          </span>
        </button>
        <OtherLanguage />
        <Link to="/book/account" className="ib" aria-label={t('account')}>
          <IconUserCircle className="i" aria-hidden />
        </Link>
      </header>
      <main className="stack" ref={content}>
        <WhoseBook />
        {session?.claims.assurance === 1 && (
          <p className="nt">
            <IconInfoCircle className="i" aria-hidden />
            <span>{t('levelOne')}</span>
          </p>
        )}
        <Opened kinds={recordKinds}>
          {mayReadLog && <EmergencyNotice />}
          {session?.claims.assurance !== 1 && <NewsDoor />}
          {isEmpty(record) ? (
            <EmptyBook />
          ) : (
            <>
              <div className="pair">
                <AppointmentCard />
                <MedicinesCard />
              </div>
              <Doors />
            </>
          )}
          {mayReadLog ? <WhoLooked /> : <NoLog />}
          {mayDecide && <Sharing />}
        </Opened>
      </main>
    </>
  );
}

function AppointmentCard() {
  const t = useWords();
  const missing = useMissing();
  const { record, places } = useBook();
  const [next, ...more] = appointmentsOf(record, places, new Date());
  if (!next) {
    return (
      <section className="sheet appt none">
        <h2>{t(missing('Appointment') ? 'nextAppointment' : 'noAppointment')}</h2>
        <p>{t(missing('Appointment') ? 'notLoaded' : 'noAppointmentHint')}</p>
        <MyCode />
      </section>
    );
  }
  return (
    <section className="sheet appt">
      <div className="lab">
        <h2>{t('nextAppointment')}</h2>
        <InDays start={next.start} />
      </div>
      <Appointment appointment={next} />
      {next.prepare && (
        <p className="note">
          <IconInfoCircle className="i" aria-hidden />
          <span>{next.prepare}</span>
        </p>
      )}
      <MyCode primary />
      {more.length > 0 && <p className="more">{t('moreAppointments', { count: more.length })}</p>}
    </section>
  );
}

function InDays({ start }: { start: string }) {
  const t = useWords();
  const { today } = useBook();
  const days = daysBetween(today, dayOf(start));
  return <b>{days === 0 ? t('isToday') : days === 1 ? t('inOneDay') : t('inDays', { count: days })}</b>;
}

function Appointment({ appointment }: { appointment: NextAppointment }) {
  const t = useWords();
  const { language } = useBook();
  const day = dayOf(appointment.start);
  return (
    <div className="in">
      <div className="day">
        <span className="w">{weekday(day, language)}</span>
        <span className="d">{day.slice(8)}</span>
        <span className="m">
          {day.slice(5, 7)}/{day.slice(0, 4)}
        </span>
      </div>
      <div>
        <div className="t">
          {formatTime(appointment.start)} · {appointment.what ?? t('appointment')}
        </div>
        <div className="p">
          {[appointment.place ?? t('placeUnknown'), appointment.room].filter(Boolean).join(', ')}
          {appointment.doctor && (
            <>
              <br />
              {/^(BS|Bác sĩ|ThS|TS|PGS|GS)/.test(appointment.doctor)
                ? appointment.doctor
                : t('doctor', { name: appointment.doctor })}
            </>
          )}
        </div>
      </div>
    </div>
  );
}

function MedicinesCard() {
  const t = useWords();
  const { record, places, today } = useBook();
  const missing = useMissing();
  const together = useTogetherWords();
  const medicines = medicinesOf(record, places, today);
  const current = medicines.filter((medicine) => medicine.current);
  const hour = Number(formatTime(new Date()).slice(0, 2));
  return (
    <section className="sheet med">
      <div className="sh">
        <h2>{t('medicinesToday')}</h2>
        {medicines.length > 0 && (
          <Link to="/book/medicines">
            {current.length > 0 ? t('seeAllMedicines', { count: current.length }) : t('seeMedicines')}
          </Link>
        )}
      </div>
      {current.length === 0 && (
        <p className="quiet">{t(missing('MedicationRequest') ? 'notLoaded' : 'noMedicinesToday')}</p>
      )}
      {todaysSlots(medicines).map((group) => (
        <div className={isOver(group.slot, hour) ? 'slot done' : 'slot'} key={group.slot}>
          <span className="h">{t(group.slot)}</span>
          {isOver(group.slot, hour) ? (
            <span className="x">{t('countMedicines', { count: group.medicines.length })}</span>
          ) : (
            <span className="x">
              {group.medicines.map(({ name }) => firstWord(name)).join(', ')}
              <small>
                {together(group.medicines) || group.medicines.map(({ told }) => told).find(Boolean)}
              </small>
            </span>
          )}
          <span className="at">{[...new Set(group.medicines.flatMap(({ times }) => times))].join(', ')}</span>
        </div>
      ))}
    </section>
  );
}

function Doors() {
  const t = useWords();
  const { record, places } = useBook();
  const fresh = countNew(resultsOf(record, places));
  return (
    <nav className="doors" aria-label={t('doors')}>
      <Door to="/book/results" icon={<IconTestPipe className="i" aria-hidden />} label={t('results')}>
        {fresh > 0 && <span className="n">{t('newCount', { count: fresh })}</span>}
      </Door>
      <Door to="/book/medicines" icon={<IconPill className="i" aria-hidden />} label={t('medicines')} />
      <Door to="/book/visits" icon={<IconStethoscope className="i" aria-hidden />} label={t('visits')} />
      <Door wide to="/book/papers" icon={<IconFileText className="i" aria-hidden />} label={t('papers')} />
      <Door wide to="/book/health" icon={<IconHeartbeat className="i" aria-hidden />} label={t('health')} />
    </nav>
  );
}

function Door(props: { to: string; icon: ReactNode; label: string; wide?: boolean; children?: ReactNode }) {
  return (
    <Link to={props.to} className={props.wide ? 'door w' : 'door'}>
      {props.icon}
      {props.label}
      {props.children}
    </Link>
  );
}

function Sharing() {
  const t = useWords();
  return (
    <Link to="/book/sharing" className="sheet maysee">
      <IconLock className="i" aria-hidden />
      <span>
        <b>{t('sharingDoor')}</b>
        <small>{t('sharingHint')}</small>
      </span>
      <IconChevronRight className="i" aria-hidden />
    </Link>
  );
}

function WhoLooked() {
  const t = useWords();
  const { today } = useBook();
  const { sessions, state } = useLooks();
  const todays = sessions.filter((session) => isLook(session) && dayOf(session.until) === today);
  const without = todays.filter(unexplained).length;
  const says =
    state !== 'ready'
      ? t('lookedUnknown')
      : todays.length === 0
        ? t('lookedNoneToday')
        : without > 0
          ? t('lookedTodayUnexplained', { count: todays.length, without })
          : t('lookedToday', { count: todays.length });
  return (
    <Link to="/book/access" className="sheet who">
      <IconEye className="i" aria-hidden />
      <span>
        <b>{t('whoLooked')}</b>
        <small role="status">{says}</small>
      </span>
      <IconChevronRight className="i" aria-hidden />
    </Link>
  );
}
