import { IconAlertOctagon, IconCircleCheck, IconHelpOctagon } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { SourceBadge, type Source } from './blocks.tsx';
import { ageAt, formatDate, formatPersonNumber } from './format.ts';
import { Mark } from './marks.tsx';
import { useUiText } from './messages.ts';

/** The identity that a banner shows; `extra` are further label–value pairs (insurance, visit …), `missing` what stands for an absent value. */
export type BannerPerson = {
  name: string;
  birthDate?: string | undefined;
  gender?: string | undefined;
  personNumber?: string | undefined;
  /** true, or the FHIR dateTime of death. */
  deceased?: boolean | string | undefined;
  extra?: { label: string; value: ReactNode; missing?: string }[];
};

/** "14/03/1963 · 63 tuổi" in the language in use. */
export function useAgeWords(): (birthDate: string | undefined) => string {
  const t = useUiText();
  return (birthDate) => {
    const age = ageAt(birthDate);
    return age ? t(age.unit, { count: age.value }) : '';
  };
}

/** The word for a FHIR administrative gender in the language in use. */
export function useSexWord(): (gender: string | undefined) => string {
  const t = useUiText();
  return (gender) =>
    gender === 'male' || gender === 'female' || gender === 'other' ? t(gender) : t('unknown');
}

function Missing({ words }: { words?: string | undefined }) {
  const t = useUiText();
  return <span className="miss">{words ?? t('unknown')}</span>;
}

/** The banner that never scrolls away: who this chart is about. What is not known is written out. */
export function PatientBanner({ person, action }: { person: BannerPerson; action?: ReactNode }) {
  const t = useUiText();
  const age = useAgeWords();
  const sex = useSexWord();
  return (
    <section className="ban" aria-label={person.name}>
      <h1 className="nm">{person.name.toLocaleUpperCase('vi')}</h1>
      {person.deceased && (
        <span className="crit">
          {typeof person.deceased === 'string'
            ? t('deceasedOn', { date: formatDate(person.deceased) })
            : t('deceased')}
        </span>
      )}
      <dl>
        <div>
          <dt>{t('birthDate')}</dt>
          <dd>
            {person.birthDate ? (
              [formatDate(person.birthDate), age(person.birthDate)].filter(Boolean).join(' · ')
            ) : (
              <Missing />
            )}
          </dd>
        </div>
        <div>
          <dt>{t('sex')}</dt>
          <dd>{person.gender ? sex(person.gender) : <Missing />}</dd>
        </div>
        <div>
          <dt>{t('personNumber')}</dt>
          <dd>{person.personNumber ? formatPersonNumber(person.personNumber) : <Missing />}</dd>
        </div>
        {person.extra?.map((pair) => (
          <div key={pair.label}>
            <dt>{pair.label}</dt>
            <dd>{pair.value ?? <Missing words={pair.missing} />}</dd>
          </div>
        ))}
      </dl>
      {action}
    </section>
  );
}

/** One allergy as the strip shows it. */
export type StripAllergy = {
  id: string;
  substance: string;
  severity?: 'severe' | 'moderate' | 'mild' | undefined;
  /** Reaction and date in words. */
  detail?: string | undefined;
  source?: Source | undefined;
};

/** What is known about allergies: a list, asked and none known, nobody asked, or unreadable just now. */
export type AllergyState =
  | { state: 'listed'; allergies: StripAllergy[]; asked?: string | undefined }
  | { state: 'none'; asked?: string | undefined; source?: Source | undefined }
  | { state: 'not-asked' }
  | { state: 'unreadable' };

/** The allergy strip under the banner: never blank, and never silent about not knowing. */
export function AllergyStrip({ allergies }: { allergies: AllergyState }) {
  const t = useUiText();
  if (allergies.state === 'listed') {
    return (
      <section className="alg" aria-label={t('allergies')}>
        <div className="t">
          <IconAlertOctagon className="i" aria-hidden />
          {t('allergyCount', { count: allergies.allergies.length })}
        </div>
        <ul className="as" tabIndex={0} aria-label={t('allergies')}>
          {allergies.allergies.map((one) => (
            <li className="a" key={one.id}>
              <Mark kind={one.severity === 'severe' ? 'danger-high' : 'notice'} silent />
              <b>
                {t(one.severity ?? 'severityUnknown')} · {one.substance}
              </b>{' '}
              {one.detail}
              {one.source && <SourceBadge source={one.source} />}
            </li>
          ))}
        </ul>
        {allergies.asked && (
          <div className="a r">{t('askedLast', { date: formatDate(allergies.asked) })}</div>
        )}
      </section>
    );
  }
  const words = {
    none: {
      look: 'alg clear',
      title: t('allergyNoneTitle'),
      say: t('allergyNone'),
      icon: <IconCircleCheck className="i" aria-hidden />,
    },
    'not-asked': {
      look: 'alg ask',
      title: t('allergyNotAskedTitle'),
      say: t('allergyNotAsked'),
      icon: <IconHelpOctagon className="i" aria-hidden />,
    },
    unreadable: {
      look: 'alg ask',
      title: t('allergyHiddenTitle'),
      say: t('allergyHidden'),
      icon: <IconAlertOctagon className="i" aria-hidden />,
    },
  }[allergies.state];
  return (
    <section className={words.look} aria-label={t('allergies')}>
      <div className="t">
        {words.icon}
        {words.title}
      </div>
      <div className="a say">
        {words.say}
        {allergies.state === 'none' && allergies.source && <SourceBadge source={allergies.source} />}
      </div>
      {allergies.state === 'none' && allergies.asked && (
        <div className="a r">{t('askedLast', { date: formatDate(allergies.asked) })}</div>
      )}
    </section>
  );
}
