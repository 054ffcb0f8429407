import { formatDateTime, StatusWord } from '@yba/ui';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useConformanceText } from './messages.ts';
import type { Run } from './results.ts';
import { Trend } from './trend.tsx';

type Props = { runs: readonly Run[]; open: string | undefined; onOpen: (facility: string) => void };

/** The newest check of each facility; a row opens what lies behind it. */
export function ResultsTable({ runs, open, onOpen }: Props) {
  const t = useConformanceText();
  return (
    <div className="tablebox" tabIndex={0} role="region" aria-label={t('title')}>
      <table className="runs">
        <thead>
          <tr>
            <th scope="col">{t('facility')}</th>
            <th scope="col">{t('vendor')}</th>
            <th scope="col">{t('lastRun')}</th>
            <th scope="col">{t('found')}</th>
            <th scope="col">{t('rules')}</th>
            <th scope="col">{t('trend')}</th>
          </tr>
        </thead>
        <tbody>
          {runs.map((run) => (
            <tr key={run.facility} className={run.facility === open ? 'on' : ''}>
              <th scope="row">
                <button
                  type="button"
                  className="open"
                  aria-expanded={run.facility === open}
                  onClick={() => onOpen(run.facility)}
                >
                  {run.name}
                </button>
                <small>{run.facility}</small>
              </th>
              <td>
                {run.vendor}
                <small>
                  {run.formats.map((format) => t(`format-${format}` as 'format-fhir')).join(', ')}
                </small>
              </td>
              <td className="num">{formatDateTime(run.at)}</td>
              <td>
                <RunState run={run} />
              </td>
              <td className="num" data-label={t('rules')}>
                {t('of', { part: run.rulesPassed, whole: run.rulesChecked })}
              </td>
              <td data-label={t('trend')}>
                <Trend errors={run.trend} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Whether a check found errors, and how many. */
export function RunState({ run }: { run: Pick<Run, 'passed' | 'errors' | 'warnings'> }) {
  const t = useConformanceText();
  return (
    <>
      <StatusWord
        tone={run.passed ? 'ok' : 'bad'}
        {...(run.passed ? {} : { icon: <IconAlertTriangle className="i" aria-hidden /> })}
      >
        {run.passed ? t('passedWord') : t('errorsCount', { count: run.errors })}
      </StatusWord>
      {run.warnings > 0 && <small>{t('warningsCount', { count: run.warnings })}</small>}
    </>
  );
}
