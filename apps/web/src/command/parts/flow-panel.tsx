import { formatNumber, useLanguage } from '@yba/ui';
import { useCommandText } from '../messages.ts';
import { runningHour, ticksTo } from '../figures/flow.ts';
import type { Figures } from '../figures/read-figures.ts';
import { useWeekday } from './figure-words.ts';

const width = 486;
const height = 142;
const left = 40;
const right = 480;
const floor = 120;
const top = 18;
const slot = (right - left) / 24;

/** Today's visits hour by hour, with the same weekday a week before behind them. */
export function FlowPanel({ figures }: { figures: Figures }) {
  const t = useCommandText();
  const { language } = useLanguage();
  const weekday = useWeekday();
  const number = (value: number) => formatNumber(value, language);
  return (
    <section className="flow">
      <header className="head">
        <h2>{t('flowTitle')}</h2>
        <span>{t('flowUnit')}</span>
        {figures.hours.some(({ weekBefore }) => weekBefore > 0) && (
          <span className="beforekey">{t('lastWeek', { weekday: weekday(figures.day) })}</span>
        )}
      </header>
      <dl className="three">
        <div>
          <dt>{t('visitsToday')}</dt>
          <dd>{number(figures.visitsToday)}</dd>
        </div>
        <div>
          <dt>{t('receivedToday')}</dt>
          <dd>{number(figures.receivedToday)}</dd>
        </div>
        <div>
          <dt>{t('sendingNow')}</dt>
          <dd>{number(figures.sending)}</dd>
        </div>
      </dl>
      <HourChart figures={figures} />
    </section>
  );
}

function HourChart({ figures: { hours } }: { figures: Figures }) {
  const t = useCommandText();
  const { language } = useLanguage();
  const number = (value: number) => formatNumber(value, language);
  const most = Math.max(0, ...hours.map(({ visits = 0, weekBefore }) => Math.max(visits, weekBefore)));
  const ticks = ticksTo(most);
  const y = (value: number) => floor - (value / ticks.at(-1)!) * (floor - top);
  const x = (hour: number) => left + hour * slot;
  const now = runningHour(hours);
  const before = hours.some(({ weekBefore }) => weekBefore > 0);
  return (
    <svg
      className="hours"
      viewBox={`0 0 ${width} ${height}`}
      role="img"
      aria-label={t('flowLabel', {
        values: hours
          .filter(({ visits }) => visits !== undefined)
          .map(({ hour, visits }) => t('hourValue', { hour, count: visits ?? 0 }))
          .join(', '),
      })}
    >
      {ticks.map((tick) => (
        <g key={tick}>
          <line x1={left} x2={right} y1={y(tick)} y2={y(tick)} className="grid" />
          <text x={left - 6} y={y(tick) + 4} className="axis end">
            {number(tick)}
          </text>
        </g>
      ))}
      {[0, 6, 12, 18, 24].map((hour) => (
        <text key={hour} x={x(hour)} y={floor + 16} className={hour === 24 ? 'axis end' : 'axis'}>
          {String(hour).padStart(2, '0')}:00
        </text>
      ))}
      {hours.map(({ hour, visits }) =>
        visits ? (
          <rect
            key={hour}
            x={x(hour) + 1.5}
            width={slot - 3}
            y={y(visits)}
            height={floor - y(visits)}
            className={hour === now?.hour ? 'column now' : 'column'}
          />
        ) : null,
      )}
      {before && (
        <path
          d={hours
            .map(
              ({ hour, weekBefore }, index) =>
                `${index ? 'L' : 'M'}${x(hour)} ${y(weekBefore)}H${x(hour + 1)}`,
            )
            .join('')}
          className="before"
        />
      )}
      {now && (
        <text
          x={now.hour < 16 ? x(now.hour + 1) + 6 : x(now.hour) - 6}
          y={Math.min(Math.max(y(now.visits ?? 0) + 4, 12), floor - 8)}
          className="nowword"
          textAnchor={now.hour < 16 ? 'start' : 'end'}
        >
          {t('thisHour', { count: number(now.visits ?? 0), hour: String(now.hour).padStart(2, '0') })}
        </text>
      )}
    </svg>
  );
}
