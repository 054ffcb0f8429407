import { Button, LoadingState } from '@yba/ui';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { fhir } from '../../fhir/client.ts';
import type { Parameters } from '../../fhir/types.ts';
import { useBook, useWords } from '../book-context.tsx';
import type { Patient } from '../record/fhir.ts';
import { personOf } from '../record/person.ts';

/** A record that somebody else lets the person see. */
type FamilyBook = { patient: string; relation: string; name: string };

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
          const relation = part.find(({ name }) => name === 'relation')?.valueCode ?? '';
          const read = await fhir(patient, { signal }).catch(() => undefined);
          const whose = read ? [read as unknown as Patient] : [];
          return { patient, relation, name: personOf(whose, patient, today).name };
        }),
      );
    },
  });
  const open = (patient?: string, relation?: string) => {
    openBookOf(patient, relation);
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
        {data.map(({ patient, relation, name }) => (
          <li key={patient} className="setting">
            <span>
              <b>{name}</b>
              <small>{t(relation === 'guardian' ? 'familyGuardian' : 'familyGiven')}</small>
            </span>
            <Button tap onClick={() => open(patient, relation)}>
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

/** Says whose book is open when it is not one's own; never scrolls out of mind. */
export function WhoseBook() {
  const t = useWords();
  const { isFamily, person, openBookOf } = useBook();
  if (!isFamily) return null;
  return (
    <div className="whose" role="status">
      <span>{t('lookingAt', { name: person.name })}</span>
      <Button onClick={() => openBookOf()}>{t('ownBook')}</Button>
    </div>
  );
}
