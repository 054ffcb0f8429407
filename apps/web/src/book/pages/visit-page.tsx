import { formatDate, formatDateTime } from '@yba/ui';
import { IconCalendarEvent, IconFileText, IconMessageCircle, IconPill } from '@tabler/icons-react';
import { useParams } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useBook, useMissing, useWords } from '../book-context.tsx';
import { MedicineRow } from '../parts/medicine-row.tsx';
import { Nothing, Page } from '../parts/page.tsx';
import { PaperRow } from '../parts/paper-row.tsx';
import { PrivateMark } from '../parts/private-mark.tsx';
import { ResultRow } from '../parts/result-row.tsx';
import { appointmentsOf } from '../record/appointments.ts';
import { dayOf, daysBetween, weekday } from '../record/dates.ts';
import { papersOf } from '../record/documents.ts';
import { idOf, words } from '../record/fhir.ts';
import { medicinesOf, type Medicine } from '../record/medicines.ts';
import { resultsOf, type Result } from '../record/results.ts';
import { isOut } from '../record/verdict.ts';
import { visitsOf, type Visit } from '../record/visits.ts';
import { kindKey } from './visits-page.tsx';

/** One visit as a person would tell it: where, why, what was found, what to do, with its medicines, results and papers. */
export function VisitPage() {
  const t = useWords();
  const { id } = useParams({ from: '/book/visits/$id' });
  const { record, places, today, state } = useBook();
  const visit = visitsOf(record, places).find((one) => one.id === id);
  const ofVisit = <T extends { encounter: string | undefined }>(all: T[]) =>
    all.filter((one) => one.encounter === id);
  const medicines = ofVisit(medicinesOf(record, places, today));
  const results = ofVisit(resultsOf(record, places));
  const papers = ofVisit(papersOf(record, places));
  return (
    <Page
      title={visit ? t(kindKey[visit.kind]) : t('visitTitle')}
      back="/book/visits"
      kinds={['Encounter', 'Condition', 'MedicationRequest', 'Observation', 'DocumentReference']}
    >
      {!visit && state === 'ready' && (
        <Nothing of={['Encounter']} icon={<IconFileText className="i" aria-hidden />} title={t('visitGone')}>
          {t('goneBody')}
        </Nothing>
      )}
      {visit && (
        <>
          <Told visit={visit} />
          <NextSteps visit={visit} medicines={medicines} results={results} />
          <List
            title={t('prescribed')}
            rows={medicines.map((one) => (
              <MedicineRow key={one.id} medicine={one} brief />
            ))}
          />
          <List
            title={t('resultsOfVisit')}
            rows={results.map((one) => (
              <ResultRow key={one.id} result={one} />
            ))}
          />
          <List
            title={t('papersOfVisit')}
            rows={papers.map((one) => (
              <PaperRow key={one.id} paper={one} />
            ))}
          />
        </>
      )}
    </Page>
  );
}

function Told({ visit }: { visit: Visit }) {
  const t = useWords();
  const missing = useMissing();
  const days = visit.end === undefined ? undefined : daysBetween(dayOf(visit.start), dayOf(visit.end)) + 1;
  return (
    <section className="sheet told">
      <p className="where">
        {visit.place ?? t('placeUnknown')}
        {visit.sensitive && <PrivateMark />}
      </p>
      <p className="when">
        {formatDateTime(visit.start)}
        {visit.service && ` · ${visit.service}`}
        {visit.open && ` · ${t('visitOpen')}`}
      </p>
      {visit.kind === 'inpatient' && days && (
        <p className="when">{t('stayed', { count: days, date: formatDate(visit.end) })}</p>
      )}
      <dl>
        <dt>{t('why')}</dt>
        <dd>{visit.reason ?? t('whyUnknown')}</dd>
        <dt>{t('diagnosis')}</dt>
        <dd>
          {visit.diagnoses.length === 0 && t(missing('Condition') ? 'notLoaded' : 'diagnosisUnknown')}
          {visit.diagnoses.map((diagnosis, index) => (
            <span key={diagnosis.name} className={index === 0 ? 'main' : 'more'}>
              {diagnosis.name} {diagnosis.sensitive && <PrivateMark />}
            </span>
          ))}
        </dd>
        {visit.doctor && (
          <>
            <dt>{t('seenBy')}</dt>
            <dd>{visit.doctor}</dd>
          </>
        )}
        {visit.advice.length > 0 && (
          <>
            <dt>{t('hospitalSays')}</dt>
            {visit.advice.map((line) => (
              <dd key={line}>{line}</dd>
            ))}
          </>
        )}
      </dl>
    </section>
  );
}

/** What the steps are made of. */
const stepKinds = ['MedicationRequest', 'Appointment', 'Observation', 'ServiceRequest'] as const;

function NextSteps({
  visit,
  medicines,
  results,
}: {
  visit: Visit;
  medicines: Medicine[];
  results: Result[];
}) {
  const t = useWords();
  const missing = useMissing();
  const { record, places, language } = useBook();
  const taking = medicines.filter(({ current }) => current);
  const until = taking
    .map((medicine) => medicine.until)
    .toSorted()
    .at(-1);
  const out = results.filter(({ verdict }) => isOut(verdict)).length;
  const next = appointmentsOf(record, places, new Date()).find(({ place }) => place === visit.place);
  const papers = record.ServiceRequest.filter(
    (request) =>
      idOf(request.encounter, 'Encounter') === visit.id &&
      ['active', 'on-hold'].includes(request.status ?? '') &&
      words(request.code),
  );
  const steps: { key: string; icon: ReactNode; words: string }[] = [];
  if (taking.length > 0) {
    steps.push({
      key: 'medicines',
      icon: <IconPill className="i" aria-hidden />,
      words: until
        ? t('takeMedicines', { count: taking.length, date: formatDate(until) })
        : t('takeMedicinesOpen', { count: taking.length }),
    });
  }
  if (next) {
    steps.push({
      key: 'appointment',
      icon: <IconCalendarEvent className="i" aria-hidden />,
      words: t('comeBack', { weekday: weekday(next.start, language), date: formatDateTime(next.start) }),
    });
  }
  if (out > 0) {
    steps.push({
      key: 'results',
      icon: <IconMessageCircle className="i" aria-hidden />,
      words: t('askAboutResults', { count: out }),
    });
  }
  for (const paper of papers) {
    steps.push({
      key: paper.id ?? '',
      icon: <IconFileText className="i" aria-hidden />,
      words: t('referred', { what: words(paper.code) ?? '' }),
    });
  }
  return (
    <section className="sheet plain">
      <h2>{t('nextSteps')}</h2>
      {steps.length === 0 ? (
        <p>{t(missing(...stepKinds) ? 'notLoaded' : 'noNextSteps')}</p>
      ) : (
        <ul>
          {steps.map((step) => (
            <li key={step.key}>
              {step.icon}
              <span>{step.words}</span>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function List({ title, rows }: { title: string; rows: ReactNode[] }) {
  if (rows.length === 0) return null;
  return (
    <section>
      <h2 className="d">{title}</h2>
      <ul className="sheet list">{rows}</ul>
    </section>
  );
}
