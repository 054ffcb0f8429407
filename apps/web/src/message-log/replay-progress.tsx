import { Button, ErrorState, formatNumber, useLanguage } from '@yba/ui';
import { errorWords } from '../fhir/client.ts';
import { useLogText } from './messages.ts';
import type { useReplayRun } from './use-replay-run.ts';

/** How far the replay of a whole filter is; it is stopped here, and gone on with. */
export function ReplayProgress({ replaying }: { replaying: ReturnType<typeof useReplayRun> }) {
  const t = useLogText();
  const { language } = useLanguage();
  const { run, running, error } = replaying;
  if (!run) return null;
  const number = (value: number) => formatNumber(value, language);
  const isThrough = !running && run.next === undefined && run.seen > 0;
  return (
    <section className="replayrun" aria-label={t('replayTitle')}>
      <progress value={run.seen} max={Math.max(run.total, run.seen, 1)} aria-label={t('replayTitle')} />
      <p role="status">
        {t(isThrough ? 'runDone' : running ? 'runGoing' : 'runStopped', {
          seen: number(run.seen),
          total: number(Math.max(run.total, run.seen)),
          queued: number(run.queued),
        })}
      </p>
      {error !== undefined && <ErrorState>{errorWords(error)}</ErrorState>}
      <span className="go">
        {running && <Button onClick={replaying.stop}>{t('runStop')}</Button>}
        {!running && !isThrough && (
          <Button look="primary" onClick={replaying.goOn}>
            {t('runGoOn')}
          </Button>
        )}
        {!running && (
          <Button look="quiet" onClick={replaying.forget}>
            {t(isThrough ? 'close' : 'runForget')}
          </Button>
        )}
      </span>
    </section>
  );
}
