import { Button, formatDateTime, SourceBadge, useKeys } from '@yba/ui';
import { IconRecycle } from '@tabler/icons-react';
import { useState } from 'react';
import { errorWords } from '../../fhir/client.ts';
import { useAcceptances } from '../referrals/acceptance.ts';
import { useReferralText } from '../referrals/messages.ts';
import { useClinicText } from '../messages.ts';
import { sourceOfCode, type Facilities } from '../record/facilities.ts';
import type { TestSeries, Value } from '../record/results.ts';
import { useRangeText, ValueText } from './value-cell.tsx';

type LatestElsewhereProps = {
  /** Id of the Patient. */
  patient: string;
  series: readonly TestSeries[];
  facilities: Facilities;
  own: string | undefined;
  onTrend: (series: TestSeries) => void;
};

const DAYS = 86_400_000;

/** The newest result that another hospital measured within 90 days, out-of-range ones first: no need to measure again unseen. */
function latestElsewhere(
  series: readonly TestSeries[],
  own: string | undefined,
): { series: TestSeries; value: Value } | undefined {
  const now = Date.now();
  const found = series.flatMap((one) => {
    const value = one.values.at(-1);
    return value && value.facility !== own && now - value.at < 90 * DAYS ? [{ series: one, value }] : [];
  });
  return found.sort(
    (a, b) =>
      b.value.at - a.value.at || Number(b.value.flag !== undefined) - Number(a.value.flag !== undefined),
  )[0];
}

/**
 * A card for the newest result of another hospital: value, age, place, its trend by one key, and by another that it is used
 * here, so that the test is not repeated: who said so and when is kept.
 */
export function LatestElsewhere({ patient, series, facilities, own, onTrend }: LatestElsewhereProps) {
  const t = useClinicText();
  const range = useRangeText();
  const latest = latestElsewhere(series, own);
  const words = useReferralText();
  const acceptances = useAcceptances(patient);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>();
  const taken = latest && acceptances.of(latest.value.id);
  const isTaken = taken !== undefined && !taken.withdrawn;
  const decide = async () => {
    if (!latest || busy) return;
    setBusy(true);
    setFailure(undefined);
    await acceptances
      .decide(latest.value.id, !isTaken)
      .catch((error: unknown) => setFailure(error))
      .finally(() => setBusy(false));
  };
  useKeys(
    latest
      ? [
          { keys: 'D', label: t('seeTrend'), run: () => onTrend(latest.series) },
          { keys: 'N', label: words(isTaken ? 'untake' : 'take'), run: () => void decide() },
        ]
      : [],
  );
  if (!latest) return null;
  const source = sourceOfCode(latest.value.facility, facilities, own);
  const days = Math.floor((Date.now() - latest.value.at) / DAYS);
  const others =
    series.filter(
      (one) =>
        one.values.at(-1)?.facility === latest.value.facility && one.values.at(-1)?.day === latest.value.day,
    ).length - 1;
  return (
    <div className="reuse">
      <h2 className="h">
        <IconRecycle className="i" aria-hidden />
        {t('elsewhereTitle')}
      </h2>
      <div className="b">
        <div className="v">
          <b>
            {latest.series.name} <ValueText value={latest.value} /> {latest.series.unit}
          </b>
          <span>{days === 0 ? t('measuredToday') : t('measuredAgo', { days })}</span>
        </div>
        <dl>
          <dt>{t('measuredBy')}</dt>
          <dd>
            <span className="clip">{source.name}</span> <SourceBadge source={source} />
          </dd>
          <dt>{t('sampled')}</dt>
          <dd>{formatDateTime(new Date(latest.value.at))}</dd>
          <dt>{t('reference')}</dt>
          <dd>{range(latest.value.referenceText) || <span className="miss">{t('notSaid')}</span>}</dd>
          <dt>{t('sameDay')}</dt>
          <dd>{others > 0 ? t('otherTests', { count: others }) : t('noOtherTests')}</dd>
        </dl>
        <Button look="primary" keys="D" onClick={() => onTrend(latest.series)}>
          {t('seeTrend')}
        </Button>
        <Button keys="N" disabled={busy} onClick={() => void decide()}>
          {words(isTaken ? 'untake' : 'take')}
        </Button>
        {isTaken && <p role="status">{words('taken', { who: taken.who, when: formatDateTime(taken.at) })}</p>}
        {failure !== undefined && <p role="alert">{errorWords(failure)}</p>}
      </div>
    </div>
  );
}
