import { Button, formatDateTime, LoadingState, useLanguage } from '@yba/ui';
import { useEffect, useRef } from 'react';
import { ReadFailed } from '../../fhir/read-failed.tsx';
import { useConformanceText } from './messages.ts';
import { readRuns, useResults, type Run } from './results.ts';
import { RunState } from './results-table.tsx';

/** What lies behind the newest check of a facility: the rules that do not hold, and the checks before. */
export function RunsPanel({ run, onClose }: { run: Run; onClose: () => void }) {
  const t = useConformanceText();
  const { language } = useLanguage();
  const answer = useResults(run.facility);
  const top = useRef<HTMLElement>(null);
  useEffect(() => {
    top.current?.scrollIntoView({ block: 'nearest' });
  }, [run.facility]);
  return (
    <section className="behind" ref={top} aria-label={t('runsOf', { name: run.name })}>
      <div className="head">
        <h3>{t('runsOf', { name: run.name })}</h3>
        <Button onClick={onClose}>{t('close')}</Button>
      </div>
      <div className="cols">
        <div>
          <h4>{t('failedRules')}</h4>
          {run.failed.length === 0 && <p>{t('noneFailed')}</p>}
          <ul className="failed">
            {run.failed.map((rule) => (
              <li key={rule.code}>
                <span>{rule[language]}</span>
                <small>
                  <code>{rule.code}</code> ·{' '}
                  {rule.errors > 0
                    ? t('errorsCount', { count: rule.errors })
                    : t('warningsCount', { count: rule.warnings })}
                </small>
              </li>
            ))}
          </ul>
        </div>
        <div>
          <h4>{t('results')}</h4>
          {answer.isPending && <LoadingState rows={4} />}
          {answer.isError && <ReadFailed of={answer} title={t('failedToLoad')} />}
          <ol className="before">
            {answer.data &&
              readRuns(answer.data)
                .slice(0, 12)
                .map((one, at) => (
                  <li key={`${one.at} ${at}`}>
                    <span className="num">{formatDateTime(one.at)}</span>
                    <span>{one.vendor}</span>
                    <span>
                      <RunState run={one} />
                    </span>
                  </li>
                ))}
          </ol>
        </div>
      </div>
    </section>
  );
}
