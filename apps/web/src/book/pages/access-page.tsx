import { Button, formatDate, formatTime, LoadingState } from '@yba/ui';
import {
  IconBuildingHospital,
  IconCash,
  IconClipboardText,
  IconCloudUpload,
  IconDownload,
  IconEye,
  IconLock,
  IconQuestionMark,
  IconSearch,
  IconShieldCheck,
  IconStethoscope,
  IconUserCircle,
  IconUsers,
} from '@tabler/icons-react';
import { useEffect, useRef, useState, type ReactNode } from 'react';
import { ReadFailed } from '../../fhir/read-failed.tsx';
import { useBook, useWords } from '../book-context.tsx';
import { bookText, type BookKey } from '../messages.ts';
import { Chips } from '../parts/chips.tsx';
import { useErrorWords } from '../parts/error-words.ts';
import { LookRequests, useRequests } from '../parts/look-requests.tsx';
import { NoLog } from '../parts/family-books.tsx';
import { kindWords, Nothing, Page } from '../parts/page.tsx';
import { VerdictMark } from '../parts/result-row.tsx';
import { LogState, ProofMark } from '../parts/proof-mark.tsx';
import { saveFile } from '../parts/save-file.ts';
import { useLooks, type Looks } from '../parts/use-looks.ts';
import { useDayWords } from '../parts/words-of-day.ts';
import { useProofs, type Proofs } from '../proof/use-proofs.ts';
import type { LookRequest } from '../record/requests.ts';
import {
  csvOf,
  isLook,
  lookDays,
  summaryOf,
  type Basis,
  type LookSession,
  type Purpose,
} from '../record/looks.ts';

const chipWords: Record<Purpose | 'all', BookKey> = {
  all: 'chipAll',
  care: 'chipCare',
  emergency: 'chipEmergency',
  payment: 'chipPayment',
  management: 'chipManagement',
  place: 'chipPlace',
  find: 'chipFind',
  sent: 'chipSent',
  denied: 'chipDenied',
  other: 'chipOther',
  own: 'chipOwn',
  family: 'chipFamily',
};

const basisWords: Record<Basis, BookKey> = {
  own: 'basisOwn',
  encounter: 'basisEncounter',
  appointment: 'basisAppointment',
  referral: 'basisReferral',
  'care-team': 'basisCareTeam',
  share: 'basisShare',
};

const purposeWords: Record<Purpose, BookKey> = {
  care: 'purposeCare',
  emergency: 'purposeEmergency',
  payment: 'purposePayment',
  management: 'purposeManagement',
  place: 'purposePlace',
  find: 'foundOnly',
  sent: 'purposeSent',
  denied: 'purposeDenied',
  other: 'purposeOther',
  own: 'purposeOwn',
  family: 'purposeFamily',
};

const chipOrder = [
  'all',
  'care',
  'emergency',
  'payment',
  'place',
  'management',
  'find',
  'denied',
  'sent',
  'family',
  'other',
  'own',
] as const;

/** Who looked at the record, in which role, where, why and when; a new look appears by itself. */
export function AccessPage() {
  const t = useWords();
  const wordsOf = useErrorWords();
  const dayWords = useDayWords();
  const looks = useLooks();
  const [filter, setFilter] = useState<(typeof chipOrder)[number]>('all');
  const fresh = useFresh(looks);
  const proofs = useProofs(looks.events);
  const requests = useRequests();
  const { mayReadLog } = useBook();
  const shown = looks.sessions.filter((session) =>
    filter === 'all' ? isLook(session) || session.purpose === 'denied' : session.purpose === filter,
  );
  if (!mayReadLog)
    return (
      <Page title={t('accessTitle')}>
        <NoLog />
      </Page>
    );
  return (
    <Page title={t('accessTitle')}>
      {looks.state === 'loading' && (
        <section className="sheet pad">
          <LoadingState rows={6} label={t('loading')} />
        </section>
      )}
      {looks.state === 'failed' && (
        <section className="sheet">
          <ReadFailed of={{ error: looks.error, refetch: looks.reload }} title={t('errorTitle')}>
            {wordsOf(looks.error)}
          </ReadFailed>
        </section>
      )}
      {looks.state === 'ready' && (
        <>
          <Summary looks={looks} />
          <LogState proofs={proofs} />
          <Chips
            label={t('chips')}
            chosen={filter}
            onChoose={setFilter}
            chips={chipOrder
              .map((value) => ({
                value,
                label: t(chipWords[value]),
                count: looks.sessions.filter((session) =>
                  value === 'all'
                    ? isLook(session) || session.purpose === 'denied'
                    : session.purpose === value,
                ).length,
              }))
              .filter(({ value, count }) => value === 'all' || count > 0)}
          />
          {shown.length === 0 && (
            <Nothing icon={<IconEye className="i" aria-hidden />} title={t('accessNone')}>
              {t('accessNoneBody')}
            </Nothing>
          )}
          {lookDays(shown).map(({ day, items }) => (
            <section key={day}>
              <h2 className="d">{dayWords(day)}</h2>
              <ul className="sheet lst">
                {items.map((session) => (
                  <Entry
                    key={session.id}
                    session={session}
                    fresh={fresh.has(session.id)}
                    proofs={proofs}
                    requests={requests}
                  />
                ))}
              </ul>
            </section>
          ))}
          {looks.older && (
            <Button tap className="wide" onClick={looks.older}>
              {t('olderLooks')}
            </Button>
          )}
          <p className="nt">
            <IconShieldCheck className="i" aria-hidden />
            <span>{t('accessLaw')}</span>
          </p>
          <Downloads looks={looks} />
        </>
      )}
    </Page>
  );
}

function Summary({ looks }: { looks: Looks }) {
  const t = useWords();
  const { live } = useBook();
  const { people, looks: count, withoutReason } = summaryOf(looks.sessions);
  const first = looks.looks.at(-1)?.at;
  return (
    <p className="sum">
      {people === 0 ? (
        t('accessNobody')
      ) : (
        <>
          <b>{t('accessPeople', { people, looks: count })}</b>{' '}
          {first && t('accessSince', { date: formatDate(first) })}{' '}
          {withoutReason === 0 ? t('accessAllReasons') : t('accessSomeWithout', { count: withoutReason })}
        </>
      )}
      <span className={live ? 'live on' : 'live'} role="status">
        {t(live ? 'live' : 'liveOff')}
      </span>
    </p>
  );
}

const icons: Record<Purpose, ReactNode> = {
  care: <IconStethoscope className="i" aria-hidden />,
  emergency: <VerdictMark verdict="dangerHigh" />,
  payment: <IconCash className="i" aria-hidden />,
  management: <IconClipboardText className="i" aria-hidden />,
  place: <IconBuildingHospital className="i" aria-hidden />,
  find: <IconSearch className="i" aria-hidden />,
  sent: <IconCloudUpload className="i" aria-hidden />,
  denied: <IconLock className="i" aria-hidden />,
  other: <IconQuestionMark className="i" aria-hidden />,
  own: <IconUserCircle className="i" aria-hidden />,
  family: <IconUsers className="i" aria-hidden />,
};

function Entry({
  session,
  fresh,
  proofs,
  requests,
}: {
  session: LookSession;
  fresh: boolean;
  proofs: Proofs;
  requests: readonly LookRequest[];
}) {
  const t = useWords();
  const { isFamily } = useBook();
  const emergency = session.purpose === 'emergency';
  const where = [session.role, session.place].filter(Boolean).join(' · ');
  return (
    <li className={`e${emergency ? ' er' : ''}${fresh ? ' fresh' : ''}`}>
      <span className="n">{session.purpose === 'own' && !isFamily ? t('you') : session.name}</span>
      <span className="tm">{formatTime(session.until)}</span>
      <span className="o">{session.purpose === 'own' ? t('thisBook') : where}</span>
      <span className="w">
        {icons[session.purpose]}
        <span>
          {emergency ? <b>{t('purposeEmergency')}</b> : t(purposeWords[session.purpose])}
          {session.basis && session.purpose !== 'place' && `, ${t(basisWords[session.basis])}`}
          {session.reason && `, ${t('wrote', { reason: session.reason })}`}
        </span>
      </span>
      {session.purpose !== 'own' && session.purpose !== 'denied' && <Detail session={session} />}
      <ProofMark ids={session.ids} proofs={proofs} />
      {session.purpose !== 'own' && session.place && <LookRequests ids={session.ids} requests={requests} />}
    </li>
  );
}

function Detail({ session }: { session: LookSession }) {
  const t = useWords();
  const minutes = Math.round((Date.parse(session.until) - Date.parse(session.at)) / 60_000);
  const kinds = kindWords(session.kinds)
    .map((word) => t(word))
    .join(', ');
  const lines = [
    session.cameLate &&
      t('cameLate', { date: formatDate(session.cameLate), time: formatTime(session.cameLate) }),
    session.opened && t('openedRecord'),
    kinds &&
      t(session.wrote ? 'savedKinds' : 'sawKinds', { kinds }) +
        (minutes > 0 ? ` ${t('forMinutes', { count: minutes })}` : ''),
  ].filter(Boolean);
  if (lines.length === 0) return null;
  return (
    <span className="det">
      {lines.map((line) => (
        <span key={String(line)}>{line}.</span>
      ))}
    </span>
  );
}

function Downloads({ looks }: { looks: Looks }) {
  const t = useWords();
  const { today } = useBook();
  const headings = (
    [
      'csvAt',
      'csvName',
      'csvRole',
      'csvPlace',
      'csvPurpose',
      'csvReason',
      'csvAction',
      'csvKinds',
      'csvId',
    ] as const
  ).map((key) => t(key));
  const name = `nhat-ky-xem-ho-so-${today}`;
  return (
    <div className="downloads">
      <Button
        tap
        onClick={() => saveFile(`${name}.csv`, 'text/csv;charset=utf-8', csvOf(looks.looks, headings))}
      >
        <IconDownload className="i" aria-hidden />
        {t('downloadCsv')}
      </Button>
      <Button
        tap
        onClick={() =>
          saveFile(
            `${name}.json`,
            'application/fhir+json',
            JSON.stringify(
              {
                resourceType: 'Bundle',
                type: 'collection',
                entry: looks.events.map((resource) => ({ resource })),
              },
              null,
              2,
            ),
          )
        }
      >
        <IconDownload className="i" aria-hidden />
        {t('downloadJson')}
      </Button>
    </div>
  );
}

/** Ids of looks that came, or went on, while the page is open; each is also said to a screen reader. */
const useFresh = ({ sessions, state }: Looks): Set<string> => {
  const known = useRef<Map<string, string> | undefined>(undefined);
  const [fresh, setFresh] = useState<Set<string>>(new Set());
  useEffect(() => {
    if (state !== 'ready') return;
    const seen = known.current;
    known.current = new Map(sessions.map(({ id, until }) => [id, until]));
    if (!seen) return;
    const came = sessions.filter((session) => seen.get(session.id) !== session.until && isLook(session));
    const latest = came[0];
    if (!latest) return;
    setFresh(new Set(came.map(({ id }) => id)));
    announce(bookText('justLooked', { name: latest.name, place: latest.place ?? '' }));
  }, [sessions, state]);
  return fresh;
};

/** Says a sentence to a screen reader without moving anything on the page. */
const announce = (sentence: string): void => {
  let teller = document.getElementById('book-teller');
  if (!teller) {
    teller = document.createElement('div');
    teller.id = 'book-teller';
    teller.className = 'vh';
    teller.setAttribute('aria-live', 'polite');
    document.body.append(teller);
  }
  teller.textContent = sentence;
};
