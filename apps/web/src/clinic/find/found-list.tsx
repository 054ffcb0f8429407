import { formatDate, initials, StatusWord, useAgeWords, useSexWord } from '@yba/ui';
import { IconLock, IconLockOpen2 } from '@tabler/icons-react';
import { useEffect, useRef } from 'react';
import { useClinicText } from '../messages.ts';
import type { Found } from './match.ts';
import type { FindQuery } from './query.ts';

type FoundListProps = {
  found: readonly Found[];
  query: FindQuery;
  chosen: number;
  onChoose: (index: number) => void;
};

/** The persons found: first those with the very number, then those that are only like the question, never merged. */
export function FoundList({ found, query, chosen, onChoose }: FoundListProps) {
  const t = useClinicText();
  const certain = found.filter((person) => person.certain).length;
  const exact =
    query.kind === 'name'
      ? t('matchSure')
      : t(query.kind.startsWith('insurance') ? 'matchInsurance' : 'matchNumber');
  return (
    <>
      {certain > 0 && (
        <div className="gh">
          <b>{exact}</b>
          <span>{t('persons', { count: certain })}</span>
        </div>
      )}
      {found.slice(0, certain).map((person, index) => (
        <Row key={person.id} person={person} on={index === chosen} onChoose={() => onChoose(index)} />
      ))}
      {found.length > certain && (
        <div className="gh">
          <b>{t(query.kind === 'name' ? 'matchLike' : 'matchLikeOther')}</b>
          <span>{t('personsNotMerged', { count: found.length - certain })}</span>
        </div>
      )}
      {found.slice(certain).map((person, index) => (
        <Row
          key={person.id}
          person={person}
          on={index + certain === chosen}
          onChoose={() => onChoose(index + certain)}
        />
      ))}
    </>
  );
}

function Row({ person, on, onChoose }: { person: Found; on: boolean; onChoose: () => void }) {
  const t = useClinicText();
  const age = useAgeWords();
  const sex = useSexWord();
  const row = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (on) row.current?.scrollIntoView({ block: 'nearest' });
  }, [on]);
  const born = person.birthDate ? formatDate(person.birthDate) : t('birthDateUnknown');
  return (
    <button
      type="button"
      ref={row}
      className={on ? 'it on' : 'it'}
      aria-current={on}
      tabIndex={-1}
      onClick={onChoose}
    >
      <span className="ava" aria-hidden="true">
        {initials(person.name)}
      </span>
      <span className="who">
        <b>
          {person.name.split(/\s+/).map((word, index) => (
            <span key={`${index}${word}`}>
              {index > 0 && ' '}
              {person.differs.name.has(index) ? (
                <em>{word.toLocaleUpperCase('vi')}</em>
              ) : (
                word.toLocaleUpperCase('vi')
              )}
            </span>
          ))}
        </b>
        <small>
          {person.differs.birthDate ? <em>{born}</em> : born}
          {[age(person.birthDate), sex(person.gender), person.address]
            .filter(Boolean)
            .map((part) => ` · ${part}`)}
        </small>
      </span>
      {person.open ? (
        <StatusWord tone="ok" icon={<IconLockOpen2 className="i" aria-hidden />}>
          {t('openHere')}
        </StatusWord>
      ) : (
        <StatusWord tone={person.certain ? 'warn' : 'plain'} icon={<IconLock className="i" aria-hidden />}>
          {t('closedHere')}
        </StatusWord>
      )}
    </button>
  );
}
