import { formatDate } from '@yba/ui';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useBook, useMissing, useWords } from '../book-context.tsx';
import { Page } from '../parts/page.tsx';
import { PrivateMark } from '../parts/private-mark.tsx';
import { allergiesOf, problemsOf, type Problem } from '../record/health.ts';

/** What every doctor asks first: allergies and long conditions. */
export function HealthPage() {
  const t = useWords();
  const { record, places } = useBook();
  const missing = useMissing();
  const { active, past } = problemsOf(record, places);
  return (
    <Page title={t('healthTitle')} kinds={['AllergyIntolerance', 'Condition', 'Organization']}>
      <section>
        <h2 className="d">{t('allergies')}</h2>
        <AllergyList />
      </section>
      <section>
        <h2 className="d">{t('problems')}</h2>
        {active.length === 0 ? (
          <p className="sheet pad">{t(missing('Condition') ? 'notLoaded' : 'problemsNone')}</p>
        ) : (
          <ProblemList problems={active} />
        )}
      </section>
      {past.length > 0 && (
        <section>
          <h2 className="d">{t('pastProblems')}</h2>
          <ProblemList problems={past} />
        </section>
      )}
    </Page>
  );
}

function AllergyList() {
  const t = useWords();
  const missing = useMissing();
  const { record, places } = useBook();
  const known = allergiesOf(record, places);
  if (known.state !== 'listed') {
    const says = known.state === 'none' ? 'allergyNone' : 'allergyNotAsked';
    return <p className="sheet pad">{t(missing('AllergyIntolerance') ? 'notLoaded' : says)}</p>;
  }
  return (
    <ul className="sheet list">
      {known.allergies.map((allergy) => (
        <li className="hrow" key={allergy.name}>
          <b>
            {allergy.severe && <IconAlertTriangle className="i bad" aria-hidden />}
            {allergy.name}
          </b>
          <small>
            {[allergy.severe && t('allergySevere'), allergy.reaction, allergy.place]
              .filter(Boolean)
              .join(' · ')}
          </small>
        </li>
      ))}
    </ul>
  );
}

function ProblemList({ problems }: { problems: Problem[] }) {
  const t = useWords();
  return (
    <ul className="sheet list">
      {problems.map((problem) => (
        <li className="hrow" key={problem.name}>
          <b>
            {problem.name} {problem.sensitive && <PrivateMark />}
          </b>
          <small>
            {[problem.since && t('since', { date: formatDate(problem.since) }), problem.place]
              .filter(Boolean)
              .join(' · ')}
          </small>
        </li>
      ))}
    </ul>
  );
}
