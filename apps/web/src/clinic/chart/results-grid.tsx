import { useMediaQuery } from '@mantine/hooks';
import { formatDate, SourceBadge, Sparkline } from '@yba/ui';
import { useClinicText } from '../messages.ts';
import { sourceOfCode, type Facilities } from '../record/facilities.ts';
import { pointsOf, type Grid, type TestSeries } from '../record/results.ts';
import { useRangeText, ValueText } from './value-cell.tsx';

type ResultsGridProps = {
  grid: Grid;
  facilities: Facilities;
  own: string | undefined;
  onTrend: (series: TestSeries) => void;
};

/** On a phone the newest day stands beside the names, where no scrolling is needed. */
function newestFirst({ columns, rows }: Grid): Grid {
  return {
    columns: columns.toReversed(),
    rows: rows.map((row) => ({ ...row, cells: row.cells.toReversed() })),
  };
}

/** Results over time: a row for each test, a column for each day at a hospital, with the source's badge above it. */
export function ResultsGrid({ grid: given, facilities, own, onTrend }: ResultsGridProps) {
  const t = useClinicText();
  const range = useRangeText();
  const phone = useMediaQuery('(max-width: 900px)');
  const grid = phone ? newestFirst(given) : given;
  const newest = phone ? 0 : grid.columns.length - 1;
  let panel = grid.rows[0]?.series.panel;
  return (
    <table className="fs">
      <thead>
        <tr>
          <th scope="col">{t('test')}</th>
          <th scope="col">{t('reference')}</th>
          {grid.columns.map((column, index) => (
            <th scope="col" key={column.key} className={index === newest ? 'new' : ''}>
              {index === newest && <span className="newest">{t('newest')} </span>}
              <SourceBadge source={sourceOfCode(column.facility, facilities, own)} />
              <br />
              {formatDate(column.day)}
            </th>
          ))}
          <th scope="col" className="mid">
            {t('trend')}
          </th>
        </tr>
      </thead>
      <tbody>
        {grid.rows.map(({ series, cells }) => {
          const first = series.panel !== panel;
          panel = series.panel;
          const latest = series.values.at(-1);
          return (
            <tr key={series.key} className={first ? 'g' : ''} onClick={() => onTrend(series)}>
              <th scope="row">
                <button type="button" title={`${series.name} ${series.unit}`} onClick={() => onTrend(series)}>
                  {series.name}
                  <small>{series.unit}</small>
                </button>
              </th>
              <td className="ref">{range(latest?.referenceText ?? '')}</td>
              {cells.map((cell, index) => (
                <td key={grid.columns[index]?.key} className={index === newest ? 'new' : ''}>
                  <ValueText value={cell} />
                </td>
              ))}
              <td className="sp">
                <Sparkline points={pointsOf(series).slice(-8)} reference={latest?.reference} />
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
