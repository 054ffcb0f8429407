import { useLanguage, type Language } from '@yba/ui';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { createContext, useContext, useEffect, useMemo, useRef, useState, type ReactNode } from 'react';
import { useSession } from '../auth/session.ts';
import { useLive } from '../fhir/live.ts';
import { loadRecord } from './load-record.ts';
import { useBookText, type BookKey } from './messages.ts';
import { dayOf, type Day } from './record/dates.ts';
import { personOf, type Person } from './record/person.ts';
import { placesOf, type Places } from './record/places.ts';
import { recordOf, type HealthRecord, type RecordKind } from './record/record.ts';

/** What one is to the owner of another book. */
export type Relation = 'guardian' | 'given';

/**
 * A record that somebody else lets the person see, until an instant if it has an end; `log`: who looked at it, too; `shares`:
 * they let others see it in its place.
 */
export type OtherBook = {
  patient: string;
  relation: Relation;
  log: boolean;
  shares: boolean;
  until?: string;
};

/** The book that is open: whose it is, what is in it, and how it stands with loading. */
export type Book = {
  /** `Patient/{id}`; undefined when no hospital has a record of the person. */
  patient: string | undefined;
  record: HealthRecord;
  state: 'loading' | 'ready' | 'failed';
  error: unknown;
  reload: () => void;
  /** Reads it again, and asks the hospitals that keep detail at home once more. */
  askAgain: () => void;
  /** Whether changes arrive by themselves at this moment. */
  live: boolean;
  person: Person;
  /** Whether it is somebody else's book, opened by delegation. */
  isFamily: boolean;
  /** Whether the person decides about this book: their own, or that of a child they answer for. */
  mayDecide: boolean;
  /** Whether the person lets others see this book: not in the place of a child from its seventh birthday on. */
  mayShare: boolean;
  /** Whether who looked may be read here, and asked about: one's own log, and of whom one answers for. */
  mayReadLog: boolean;
  /** Why the book of another is open; undefined for one's own. */
  relation: Relation | undefined;
  /** Opens the book of another, by `Patient/{id}`; without one, one's own. */
  openBookOf: (other?: OtherBook) => void;
  /** Whether the book of another was open until a moment ago, and is not to be seen any more. */
  hasEnded: boolean;
  places: Places;
  today: Day;
  language: Language;
};

const BookContext = createContext<Book | undefined>(undefined);
const nothing = recordOf([]);

/** Opens the signed-in person's book once for all pages and keeps it fresh from the live stream. */
export function BookProvider({ children }: { children: ReactNode }) {
  const claims = useSession()?.claims;
  const own = claims?.patient && `Patient/${claims.patient.replace('Patient/', '')}`;
  const [other, setOther] = useState<OtherBook>();
  const [hasEnded, setEnded] = useState(false);
  const patient = other?.patient ?? own;
  const client = useQueryClient();
  const anew = useRef(false);
  useEffect(() => {
    const end = Date.parse(other?.until ?? '');
    if (Number.isNaN(end)) return;
    // looked at again and again: a timer may sleep with the machine, and holds no more than 24 days
    const watch = setInterval(() => {
      if (Date.now() < end) return;
      setOther(undefined);
      setEnded(true);
      client.removeQueries({ predicate: ({ queryKey }) => queryKey.includes(other?.patient) });
      void client.invalidateQueries({ queryKey: ['family'] });
    }, 1000);
    return () => clearInterval(watch);
  }, [other, client]);
  const { language } = useLanguage();
  const { data, error, refetch } = useQuery({
    queryKey: ['book', patient],
    queryFn: ({ signal }) => {
      const isAnew = anew.current;
      anew.current = false;
      return loadRecord(patient!, signal, isAnew);
    },
    enabled: Boolean(patient),
    staleTime: 60_000,
  });
  const live = useLive(patient && `patient=${patient}`, ({ event }) => {
    if (event === 'chart') void client.invalidateQueries({ queryKey: ['book'] });
    if (event === 'chart') void client.invalidateQueries({ queryKey: ['requests'] });
    if (event === 'access') void client.invalidateQueries({ queryKey: ['looks'] });
  });
  const today = dayOf(new Date());
  const record = data ?? nothing;
  const name = claims?.name ?? '';
  const book = useMemo<Book>(
    () => ({
      patient: patient || undefined,
      record,
      state: !patient || data ? 'ready' : error ? 'failed' : 'loading',
      error,
      reload: () => void refetch(),
      askAgain() {
        anew.current = true;
        void refetch();
      },
      live,
      person: personOf(record.Patient, other ? '' : name, today),
      isFamily: other !== undefined,
      mayDecide: other === undefined || other.relation === 'guardian',
      mayShare: other === undefined || other.shares,
      mayReadLog: other === undefined || other.log,
      relation: other?.relation,
      openBookOf(one) {
        setOther(one?.patient === own ? undefined : one);
        setEnded(false);
      },
      hasEnded,
      places: placesOf(record.Organization),
      today,
      language,
    }),
    [patient, own, other, hasEnded, record, data, error, refetch, live, name, today, language],
  );
  // what was begun in one book, a half-filled decision, does not go on in another
  return (
    <BookContext key={patient} value={book}>
      {children}
    </BookContext>
  );
}

/** The open book. */
export function useBook(): Book {
  const book = useContext(BookContext);
  if (!book) throw new Error('useBook outside BookProvider');
  return book;
}

/** Whether any of these kinds could not be read whole: then "there is none" must not be said. */
export function useMissing(): (...kinds: RecordKind[]) => boolean {
  const { missing } = useBook().record;
  return (...kinds) => kinds.some((kind) => missing.includes(kind));
}

/** The book's sentences, with the person addressed as they should be: `{{you}}`, `{{You}}`. */
export function useWords(): (key: BookKey, values?: Record<string, string | number>) => string {
  const text = useBookText();
  const { person } = useBook();
  const you = text(person.you);
  const You = you.charAt(0).toUpperCase() + you.slice(1);
  return (key, values) => text(key, { you, You, ...values });
}
