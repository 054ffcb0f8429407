import {
  Button,
  formatDate,
  formatPersonNumber,
  formatTime,
  Mark,
  OtherLanguage,
  todayInVietNam,
  useAgeWords,
  useKeys,
  useSexWord,
} from '@yba/ui';
import { IconCheck, IconEye } from '@tabler/icons-react';
import { useEffect, useRef, useState } from 'react';
import { useSession } from '../../auth/session.ts';
import { errorWords, Said } from '../../fhir/client.ts';
import { clinicText, useClinicText } from '../messages.ts';
import type { Found } from './match.ts';
import { ABILITIES, roleOf } from '../shell/roles.ts';
import { hasTwoWords, openRecord, REASONS, type Reason } from './reasons.ts';

type ReasonSheetProps = { person: Found; onCancel: () => void; onOpened: () => void };

/** Asks why a record is to be opened, and shows the very sentence its owner will read. Keys 1–4, 0, Enter, Esc. */
export function ReasonSheet({ person, onCancel, onOpened }: ReasonSheetProps) {
  const t = useClinicText();
  const age = useAgeWords();
  const sex = useSexWord();
  const sheet = useRef<HTMLElement>(null);
  const words = useRef<HTMLTextAreaElement>(null);
  // who does not treat has no emergency to open for
  const { readCare } = ABILITIES[roleOf(useSession())];
  const reasons = REASONS.filter(({ emergency }) => readCare || !emergency);
  const [reason, setReason] = useState<Reason>(REASONS[0]!);
  const [typed, setTyped] = useState('');
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>();
  const lacking = reason.emergency === true && !hasTwoWords(typed);
  useEffect(() => sheet.current?.focus(), []);
  const choose = (next: Reason) => {
    setReason(next);
    setFailure(undefined);
    if (next.emergency) setTimeout(() => words.current?.focus(), 0);
  };
  const open = async () => {
    if (busy) return;
    if (lacking) {
      setFailure(new Said(() => clinicText('twoWords')));
      words.current?.focus();
      return;
    }
    setBusy(true);
    setFailure(undefined);
    try {
      await openRecord(person.id, reason, reason.emergency ? typed : '');
      onOpened();
    } catch (error) {
      setFailure(error);
      setBusy(false);
    }
  };
  useKeys(
    [
      ...reasons.map((one) => ({
        keys: one.key,
        label: t(`reason-${one.code}`),
        run: () => choose(one),
        quiet: true,
      })),
      { keys: '↵', label: t('openRecord'), run: () => void open(), inText: true },
      { keys: 'Esc', label: t('doNotOpen'), run: onCancel, inText: true },
    ],
    { modal: true },
  );
  return (
    <section className="why" ref={sheet} tabIndex={-1} aria-labelledby="why-title">
      <header>
        <h2 id="why-title">{t('whyTitle')}</h2>
        <p className="lead">{t('whyLead')}</p>
        <OtherLanguage />
      </header>
      <div className="mb">
        <b>{person.name.toLocaleUpperCase('vi')}</b>
        <span>{[formatDate(person.birthDate), age(person.birthDate)].filter(Boolean).join(' · ')}</span>
        <span>{sex(person.gender)}</span>
        {person.number && <span>{formatPersonNumber(person.number)}</span>}
      </div>
      <ul className="pu" role="radiogroup" aria-label={t('whyTitle')}>
        {reasons.map((one) => (
          <li key={one.code} role="none">
            <button
              type="button"
              role="radio"
              aria-checked={one === reason}
              className={[one === reason ? 'on' : '', one.emergency ? 'er' : ''].join(' ').trim()}
              onClick={() => choose(one)}
            >
              <kbd aria-hidden="true">{one.key}</kbd>
              <span>
                <b>{t(`reason-${one.code}`)}</b>
                <small>{t(`reasonHint-${one.code}`)}</small>
              </span>
              {one === reason ? (
                <IconCheck className="i" aria-hidden />
              ) : one.emergency ? (
                <Mark kind="danger-high" silent />
              ) : (
                <span />
              )}
            </button>
          </li>
        ))}
      </ul>
      {reason.emergency && (
        <div className="field typed">
          <label htmlFor="why-words">{t('emergencyWords')}</label>
          <textarea
            id="why-words"
            ref={words}
            rows={2}
            maxLength={500}
            value={typed}
            aria-invalid={failure !== undefined && lacking}
            onChange={(event) => setTyped(event.target.value)}
          />
          <ul className="consequences" aria-label={t('emergencyMeans')}>
            <li>{t('emergencyTold')}</li>
            <li>{t('emergencyReviewed')}</li>
            <li>{t('emergencyShows')}</li>
          </ul>
        </div>
      )}
      <Told person={person} reason={reason} typed={typed} />
      {failure !== undefined && (
        <p className="failure" role="alert">
          {errorWords(failure)}
        </p>
      )}
      <div className="act">
        <span className="lim">{t('openLimit')}</span>
        <Button keys="Esc" onClick={onCancel}>
          {t('doNotOpen')}
        </Button>
        <Button look="primary" keys="↵" disabled={busy} onClick={() => void open()}>
          {t('openRecord')}
        </Button>
      </div>
    </section>
  );
}

/** What the person concerned will read in the health book, word for word. */
function Told({ person, reason, typed }: { person: Found; reason: Reason; typed: string }) {
  const t = useClinicText();
  const session = useSession();
  const given = person.name.trim().split(/\s+/).at(-1) ?? person.name;
  const old = Number(todayInVietNam().slice(0, 4)) - Number((person.birthDate ?? '2000').slice(0, 4)) >= 50;
  const title =
    person.gender === 'female'
      ? t(old ? 'titleOldWoman' : 'titleWoman')
      : person.gender === 'male'
        ? t(old ? 'titleOldMan' : 'titleMan')
        : '';
  const now = new Date();
  return (
    <div className="cit">
      <IconEye className="i" aria-hidden />
      <div>
        <b>{t('willSee', { who: `${title} ${given}`.trim() })}</b>
        <q>
          {session?.claims.name}, {session?.claims.facility_name} {t('hasOpened')}{' '}
          <b>{t(`told-${reason.code}`)}</b>
          {reason.emergency && typed.trim() ? ` (“${typed.trim()}”)` : ''}{' '}
          {t('toldAt', { time: formatTime(now), date: formatDate(now) })}
        </q>
      </div>
    </div>
  );
}
