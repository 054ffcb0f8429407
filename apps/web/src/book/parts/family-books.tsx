import { Button, LoadingState } from '@yba/ui';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { fhir } from '../../fhir/client.ts';
import type { Parameters } from '../../fhir/types.ts';
import { useBook, useWords, type OtherBook } from '../book-context.tsx';
import type { Patient } from '../record/fhir.ts';
import { personOf } from '../record/person.ts';

type FamilyBook = OtherBook & { name: string };

/** The books of others that may be opened, and the way back to one's own. Not drawn when there are none. */
export function FamilyBooks() {
  const t = useWords();
  const navigate = useNavigate();
  const { isFamily, openBookOf, today } = useBook();
  const { data, isPending } = useQuery({
    queryKey: ['family'],
    staleTime: 60_000,
    queryFn: async ({ signal }): Promise<FamilyBook[]> => {
      const answer = await fhir<Parameters>('$delegations', { signal });
      return Promise.all(
        (answer.parameter ?? []).map(async ({ part = [] }) => {
          const patient = part.find(({ name }) => name === 'patient')?.valueReference?.reference ?? '';
          const guards = part.some(({ name, valueCode }) => name === 'relation' && valueCode === 'guardian');
          const log = part.some(({ name, valueBoolean }) => name === 'log' && valueBoolean === true);
          const shares = part.some(({ name, valueBoolean }) => name === 'shares' && valueBoolean === true);
          const until = part.find(({ name }) => name === 'until')?.valueInstant;
          const read = await fhir(patient, { signal }).catch(() => undefined);
          const whose = read ? [read as unknown as Patient] : [];
          return {
            patient,
            relation: guards ? 'guardian' : 'given',
            log,
            shares,
            ...(until ? { until } : {}),
            name: personOf(whose, patient, today).name,
          };
        }),
      );
    },
  });
  const open = (other?: OtherBook) => {
    openBookOf(other);
    void navigate({ to: '/book' });
  };
  if (isFamily)
    return (
      <Button tap className="wide" look="primary" onClick={() => open()}>
        {t('ownBook')}
      </Button>
    );
  if (isPending) return <LoadingState rows={1} label={t('loading')} />;
  if (!data || data.length === 0) return null;
  return (
    <section>
      <h2 className="d">{t('familyBooks')}</h2>
      <ul className="sheet list family">
        {data.map(({ name, ...book }) => (
          <li key={book.patient} className="setting">
            <span>
              <b>{name}</b>
              <small>{t(book.relation === 'guardian' ? 'familyGuardian' : 'familyGiven')}</small>
            </span>
            <Button tap onClick={() => open(book)}>
              {t('openBook')}
            </Button>
          </li>
        ))}
      </ul>
      <p className="nt">
        <span>{t('familyHint')}</span>
      </p>
    </section>
  );
}

/** Says whose book is open when it is not one's own, or that it is not open any more; never scrolls out of mind. */
export function WhoseBook() {
  const t = useWords();
  const { isFamily, hasEnded, person, openBookOf } = useBook();
  if (hasEnded)
    return (
      <div className="whose" role="status">
        <span>{t('familyEnded')}</span>
        <Button onClick={() => openBookOf()}>{t('done')}</Button>
      </div>
    );
  if (!isFamily) return null;
  return (
    <div className="whose" role="status">
      <span>{t('lookingAt', { name: person.name })}</span>
      <Button onClick={() => openBookOf()}>{t('ownBook')}</Button>
    </div>
  );
}

/** Says that who looked is not to be read in this book, and why. */
export function NoLog() {
  const t = useWords();
  const { relation, person } = useBook();
  return (
    <p className="nt">
      <span>{relation === 'guardian' ? t('familyLogGrownUp', { name: person.name }) : t('familyNoLog')}</span>
    </p>
  );
}
