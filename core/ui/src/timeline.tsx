import { useEffect, useRef, useState } from 'react';
import type { Source } from './blocks.tsx';
import { useUiText } from './messages.ts';

/** What a mark on the timeline stands for. */
export type TimelineKind = 'visit' | 'inpatient' | 'laboratory' | 'imaging' | 'medicine';

/** One visit on a lane: times in ms, other marks of the same day beside it, words for a screen reader. */
export type TimelineEvent = {
  id: string;
  at: number;
  until?: number | undefined;
  kind: 'visit' | 'inpatient';
  marks: readonly ('laboratory' | 'imaging' | 'medicine')[];
  words: string;
  /** Short text drawn beside a long stay. */
  label?: string | undefined;
};

/** One facility's lane. `silentSince` (ms): the source has not answered since then. */
export type TimelineLane = {
  key: string;
  source: Source;
  name: string;
  events: readonly TimelineEvent[];
  silentSince?: number;
};

const LANE = 23;
const HEAD = 17;
const NAME_PX = 196;
const DAY = 86_400_000;
const INK = '#3D4653';

function months(from: number, to: number): { at: number; label: string }[] {
  const first = new Date(from);
  const found = [];
  for (let step = 1; ; step += 1) {
    const at = Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + step, 1);
    if (at > to) return found;
    const month = new Date(at);
    found.push({
      at,
      label: `${String(month.getUTCMonth() + 1).padStart(2, '0')}/${month.getUTCFullYear()}`,
    });
  }
}

function Shape({ kind, x, y }: { kind: TimelineKind; x: number; y: number }) {
  if (kind === 'laboratory')
    return <rect x={x - 4} y={y - 4} width="8" height="8" fill="#fff" stroke={INK} strokeWidth="1.6" />;
  if (kind === 'imaging') {
    return (
      <rect
        x={x - 3.8}
        y={y - 3.8}
        width="7.6"
        height="7.6"
        transform={`rotate(45 ${x} ${y})`}
        fill="#fff"
        stroke={INK}
        strokeWidth="1.6"
      />
    );
  }
  if (kind === 'medicine')
    return (
      <rect x={x - 6} y={y - 3} width="12" height="6" rx="3" fill="#fff" stroke={INK} strokeWidth="1.6" />
    );
  return <circle cx={x} cy={y} r="4.5" fill={INK} />;
}

/** Words and shapes of the timeline, for its heading. */
export function TimelineLegend({ silent = false }: { silent?: boolean }) {
  const t = useUiText();
  return (
    <>
      {(['visit', 'inpatient', 'laboratory', 'imaging', 'medicine'] as const).map((kind) => (
        <span className="k" key={kind}>
          <svg width={kind === 'inpatient' ? 18 : 14} height="12" aria-hidden="true">
            {kind === 'inpatient' ? (
              <rect y="1" width="18" height="10" rx="3" fill={INK} />
            ) : (
              <Shape kind={kind} x={7} y={6} />
            )}
          </svg>
          {t(kind)}
        </span>
      ))}
      {silent && (
        <span className="k">
          <svg width="16" height="10" aria-hidden="true">
            <rect x=".5" y=".5" width="15" height="9" fill="#FFF4DB" stroke="#A86400" strokeDasharray="3 2" />
          </svg>
          {t('silent')}
        </span>
      )}
    </>
  );
}

type TimelineProps = {
  lanes: readonly TimelineLane[];
  from: number;
  to: number;
  now: number;
  selected?: string | undefined;
  onSelect: (id: string) => void;
};

/** A person's visits on one axis, a lane for each facility; a visit is chosen by click, or by ← → of the screen. */
export function Timeline({ lanes, from, to, now, selected, onSelect }: TimelineProps) {
  const t = useUiText();
  const box = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(1218);
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const watch = new ResizeObserver(
      ([entry]) => entry && setWidth(Math.max(560, Math.floor(entry.contentRect.width))),
    );
    watch.observe(element);
    return () => watch.disconnect();
  }, []);
  const height = HEAD + lanes.length * LANE;
  const x = (at: number) => NAME_PX + ((at - from) / (to - from)) * (width - NAME_PX - 30);
  const axis = months(from, to);
  const skip = Math.ceil(axis.length / ((width - NAME_PX) / 70));
  return (
    <div className="lanes" ref={box} tabIndex={0} role="region" aria-label={t('timeline')}>
      <svg width={width} height={height} viewBox={`0 0 ${width} ${height}`}>
        <defs>
          <pattern
            id="silent"
            width="6"
            height="6"
            patternUnits="userSpaceOnUse"
            patternTransform="rotate(45)"
          >
            <rect width="6" height="6" fill="#FFF4DB" />
            <rect width="1.4" height="6" fill="#E8C77A" />
          </pattern>
        </defs>
        {axis.map(({ at, label }, index) => (
          <g key={at} aria-hidden="true">
            <line x1={x(at)} y1={HEAD} x2={x(at)} y2={height} stroke="#ECEFF3" />
            {index % skip === 0 && (
              <text x={x(at) + 4} y="12" className="ax">
                {label}
              </text>
            )}
          </g>
        ))}
        {lanes.map((lane, row) => {
          const top = HEAD + row * LANE;
          const middle = top + LANE / 2;
          const { own, dash } = { own: lane.source.kind === 'own', dash: lane.source.kind === 'silent' };
          return (
            <g key={lane.key}>
              <line x1="0" y1={top} x2={width} y2={top} stroke="#DDE1E7" />
              <rect
                x="14"
                y={middle - 7}
                width="25"
                height="14"
                rx="3"
                fill={own ? INK : '#fff'}
                stroke={own ? INK : '#5A6371'}
                strokeDasharray={dash ? '3 2' : undefined}
              />
              <text x="26.5" y={middle + 3.5} className="bd" fill={own ? '#fff' : INK} aria-hidden="true">
                {lane.source.letters}
              </text>
              <text x="46" y={middle + 4} className="ln">
                {lane.name.length > 23 ? `${lane.name.slice(0, 22)}…` : lane.name}
                <title>{lane.name}</title>
              </text>
              {lane.silentSince !== undefined && lane.silentSince < to && (
                <rect
                  x={x(Math.max(lane.silentSince, from))}
                  y={top + 4}
                  width={x(now) - x(Math.max(lane.silentSince, from))}
                  height={LANE - 8}
                  fill="url(#silent)"
                  stroke="#A86400"
                  strokeDasharray="3 2"
                />
              )}
              {lane.events
                .filter((event) => (event.until ?? event.at) >= from && event.at <= to)
                .map((event) => (
                  <Visit
                    key={event.id}
                    event={event}
                    x={x}
                    y={middle}
                    selected={event.id === selected}
                    onSelect={onSelect}
                  />
                ))}
            </g>
          );
        })}
        <line x1={x(now)} y1="4" x2={x(now)} y2={height} stroke="#2A4B9B" strokeWidth="2">
          <title>{t('today')}</title>
        </line>
      </svg>
    </div>
  );
}

type VisitProps = {
  event: TimelineEvent;
  x: (at: number) => number;
  y: number;
  selected: boolean;
  onSelect: (id: string) => void;
};

function Visit({ event, x, y, selected, onSelect }: VisitProps) {
  const start = x(event.at);
  const long = event.kind === 'inpatient';
  const stay = long ? Math.max(14, x(event.until ?? event.at + DAY) - start) : 0;
  const after = long ? start + stay + 9 : start + 11;
  const width = (long ? stay : 6) + event.marks.length * 11 + 12;
  return (
    <g
      className="visit"
      role="button"
      aria-label={event.words}
      aria-pressed={selected}
      onClick={() => onSelect(event.id)}
      cursor="pointer"
    >
      <title>{event.words}</title>
      <rect
        x={start - 8}
        y={y - 11}
        width={width + 6}
        height="22"
        rx="4"
        fill={selected ? '#DCE5F7' : 'transparent'}
        stroke={selected ? '#2A4B9B' : 'none'}
      />
      {long ? (
        <rect x={start} y={y - 6.5} width={stay} height="13" rx="3" fill={INK} />
      ) : (
        <Shape kind="visit" x={start} y={y} />
      )}
      {event.marks.map((mark, index) => (
        <Shape key={mark} kind={mark} x={after + index * 11 + (mark === 'medicine' ? 3 : 0)} y={y} />
      ))}
      {event.label && (
        <text x={after + event.marks.length * 11 + 2} y={y + 4} className="ev">
          {event.label}
        </text>
      )}
    </g>
  );
}
