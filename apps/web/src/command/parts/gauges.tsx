import { formatDateTime, formatNumber, useLanguage } from '@yba/ui';
import { useCommandText, type CommandKey } from '../messages.ts';
import type { Figures } from '../figures/read-figures.ts';
import { gaugesOf, ratioOf, type Gauge, type RowFilter } from '../figures/states.ts';

const titles: Record<Gauge['id'], CommandKey> = {
  connected: 'gaugeConnected',
  sending: 'gaugeSending',
  busy: 'gaugeBusy',
  provinces: 'gaugeProvinces',
};

const sources: Record<Gauge['id'], CommandKey> = {
  connected: 'sourceRegistry',
  sending: 'sourceFeed',
  busy: 'sourceFeed',
  provinces: 'sourceRegistry',
};

/** Percentages, each with numerator, denominator, date, source and the way down to its rows. */
export function Gauges(props: {
  figures: Figures;
  onRows: (filter: RowFilter) => void;
  onTable: () => void;
}) {
  return (
    <div className="gauges">
      {gaugesOf(props.figures).map((gauge) => (
        <GaugeCard key={gauge.id} gauge={gauge} {...props} />
      ))}
    </div>
  );
}

function GaugeCard({
  gauge: { id, share, rest },
  figures,
  onRows,
  onTable,
}: {
  gauge: Gauge;
  figures: Figures;
  onRows: (filter: RowFilter) => void;
  onTable: () => void;
}) {
  const t = useCommandText();
  const { language } = useLanguage();
  const number = (value: number) => formatNumber(value, language);
  const ratio = ratioOf(share);
  const both = { part: number(share.part), whole: number(share.whole) };
  const left = share.whole - share.part;
  return (
    <section className="gauge">
      <h2>{t(titles[id])}</h2>
      <p className="percent">
        {ratio === undefined ? (
          <span className="nothing">{t('gaugeNothing')}</span>
        ) : (
          <>
            {formatNumber((ratio * 100).toFixed(1), language)} <small>%</small>
          </>
        )}
      </p>
      <div className="track" aria-hidden="true">
        <i style={{ width: `${(ratio ?? 0) * 100}%` }} />
      </div>
      <p className="counts">{t(id === 'provinces' ? 'gaugeProvinceCount' : 'gaugeFacilities', both)}</p>
      <p className="source">
        {formatDateTime(figures.asOf)} · {t(sources[id])}
      </p>
      <GaugeLink id={id} rest={rest} left={left} part={share.part} onRows={onRows} onTable={onTable} />
    </section>
  );
}

function GaugeLink(props: {
  id: Gauge['id'];
  rest: RowFilter | undefined;
  left: number;
  part: number;
  onRows: (filter: RowFilter) => void;
  onTable: () => void;
}) {
  const t = useCommandText();
  const { language } = useLanguage();
  const { id, rest, left, part } = props;
  if (rest === undefined) {
    return (
      <button type="button" onClick={props.onTable}>
        {t('linkProvinces')}
      </button>
    );
  }
  const key = ({ connected: 'linkUnconnected', sending: 'linkSilent', busy: 'linkBusy' } as const)[
    id as 'connected' | 'sending' | 'busy'
  ];
  return (
    <button type="button" onClick={() => props.onRows(rest)}>
      {t(key, { count: formatNumber(rest === 'busy' ? part : left, language) })}
    </button>
  );
}
