import {
  formatDate,
  shortFacilityName,
  Timeline,
  TimelineLegend,
  useKeys,
  type TimelineEvent,
  type TimelineLane,
} from '@yba/ui';
import { useMemo } from 'react';
import { useClinicText } from '../messages.ts';
import { standingOf, type Chart } from '../record/chart.ts';
import { missingSources, type LiveSource } from '../../fhir/live-sources.ts';
import { sourceOfCode, type Facilities } from '../record/facilities.ts';
import { dayOf } from '../record/results.ts';
import { dayKey, dayMarks, type Visit } from '../record/visits.ts';

const DAY = 86_400_000;

/** Hospitals whose newest visits are not known here. */
const isUnheard = ({ state }: LiveSource) => state !== 'cut' && state !== 'unasked';
const SPAN = 383 * DAY;

type TimelinePanelProps = {
  chart: Chart;
  visits: readonly Visit[];
  facilities: Facilities;
  own: string | undefined;
  selected: string | undefined;
  onSelect: (id: string) => void;
};

/** The timeline over all hospitals, a lane for each; ← → choose the visit before and after. */
export function TimelinePanel({ chart, visits, facilities, own, selected, onSelect }: TimelinePanelProps) {
  const t = useClinicText();
  const index = visits.findIndex((visit) => visit.id === selected);
  const step = (by: number) => {
    const next = visits[index + by];
    if (next) onSelect(next.id);
  };
  useKeys([
    { keys: '←', label: t('visitBefore'), run: () => step(1), quiet: true },
    { keys: '→', label: t('visitAfter'), run: () => step(-1), quiet: true },
  ]);
  const { parts, sources } = chart;
  const lanes = useMemo(() => {
    const marks = dayMarks(standingOf(parts.results), standingOf(parts.reports), standingOf(parts.medicines));
    const byFacility = Map.groupBy(visits, (visit) => visit.facility);
    const missing = new Map(
      missingSources(sources)
        .filter(isUnheard)
        .map((one) => [one.facility, one]),
    );
    for (const code of missing.keys()) if (!byFacility.has(code)) byFacility.set(code, []);
    return [...byFacility]
      .map(([code, own_]): TimelineLane & { last: number } => {
        const unheard = missing.get(code ?? '');
        const source = unheard
          ? { ...sourceOfCode(code, facilities, own), kind: 'silent' as const }
          : sourceOfCode(code, facilities, own);
        return {
          ...(unheard ? { silentSince: unheard.last ?? 0 } : {}),
          key: code ?? '?',
          source,
          name: shortFacilityName(unheard && source.name === code ? unheard.name : source.name),
          last: Math.max(0, ...own_.map((visit) => visit.at)),
          events: own_.map((visit): TimelineEvent => {
            const label =
              visit.kind === 'inpatient'
                ? [t('kind-inpatient'), visit.diagnoses[0]].filter(Boolean).join(': ')
                : undefined;
            return {
              id: visit.id,
              at: visit.at,
              until: visit.until,
              kind: visit.kind === 'inpatient' ? 'inpatient' : 'visit',
              marks: (['laboratory', 'imaging', 'medicine'] as const).filter((mark) =>
                marks.get(dayKey(visit.facility, dayOf(visit.at)))?.has(mark),
              ),
              words: [
                formatDate(new Date(visit.at)),
                source.name,
                visit.department,
                label ?? visit.diagnoses[0] ?? visit.reason,
              ]
                .filter(Boolean)
                .join(', '),
              label,
            };
          }),
        };
      })
      .sort((a, b) => Number(b.source.kind === 'own') - Number(a.source.kind === 'own') || b.last - a.last);
  }, [parts, sources, visits, facilities, own, t]);
  const now = Date.now();
  const at = visits[index]?.at ?? now;
  const to = at < now - SPAN ? at + SPAN / 2 : now;
  return (
    <section className="tl">
      <div className="hd2">
        <h2>{t('timeline')}</h2>{' '}
        <span className="q">{t('timelineNote', { visits: visits.length, sources: lanes.length })}</span>
        <span className="r">
          <TimelineLegend silent={lanes.some(({ silentSince }) => silentSince !== undefined)} />
          <span className="k">
            <button
              type="button"
              aria-label={t('visitBefore')}
              disabled={index >= visits.length - 1}
              onClick={() => step(1)}
            >
              <kbd>←</kbd>
            </button>
            <button type="button" aria-label={t('visitAfter')} disabled={index <= 0} onClick={() => step(-1)}>
              <kbd>→</kbd>
            </button>
            <span className="wide">{t('visitBeforeAfter')}</span>
          </span>
        </span>
      </div>
      {lanes.length === 0 ? (
        <p className="none">{t('noVisitsHere')}</p>
      ) : (
        <Timeline
          lanes={lanes}
          from={to - SPAN}
          to={to + 2 * DAY}
          now={now}
          selected={selected}
          onSelect={onSelect}
        />
      )}
    </section>
  );
}
