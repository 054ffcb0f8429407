import { keepPreviousData, useQuery } from '@tanstack/react-query';
import {
  EmptyState,
  formatDateTime,
  formatNumber,
  LoadingState,
  todayInVietNam,
  useLanguage,
  usePageTitle,
} from '@yba/ui';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { ReadFailed } from '../../fhir/read-failed.tsx';
import { ask, type Told } from './call.ts';
import './directory.css';
import { DayField, TextField } from './form.tsx';
import { useDirectoryText, type DirectoryKey } from './messages.ts';

/** Facilities on a side of the matrix; more cannot be read. */
const SIDE = 16;

/** Who sent, referred, opened and read with whom, as a matrix and as a list; no patient is in it. */
export function ConnectivityPage() {
  const t = useDirectoryText();
  const { language } = useLanguage();
  usePageTitle(t('connectivityTitle'));
  const today = todayInVietNam();
  const [from, setFrom] = useState(monthBefore(today));
  const [to, setTo] = useState(today);
  const [text, setText] = useState('');
  const [view, setView] = useState<'matrix' | 'list'>('matrix');
  const [chosen, setChosen] = useState<readonly [row: string, column: string]>();
  const answer = useQuery({
    queryKey: ['connectivity', from, to],
    enabled: from !== '' && to !== '',
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => ask('$connectivity', { from, to }, signal),
  });
  const names = new Map(
    (answer.data?.list('facility') ?? []).map((one) => [
      one.value('code'),
      one.value('name') || one.value('code'),
    ]),
  );
  const wanted = text.trim().toLocaleLowerCase('vi');
  const pairs = (answer.data?.list('pair') ?? []).filter((pair) =>
    [pair.value('facility'), pair.value('other')].some((code) =>
      `${code} ${names.get(code) ?? ''}`.toLocaleLowerCase('vi').includes(wanted),
    ),
  );
  const days = { from, to };
  const omitted = answer.data?.count('omitted') ?? 0;
  return (
    <main className="dir wide">
      <section className="one" aria-label={t('connectivityTitle')}>
        <header>
          <h2>{t('connectivityTitle')}</h2>
          <div className="segs" role="group" aria-label={t('view')}>
            {(['matrix', 'list'] as const).map((one) => (
              <button
                key={one}
                type="button"
                aria-pressed={view === one}
                className={view === one ? 'on' : ''}
                onClick={() => setView(one)}
              >
                {t(one === 'matrix' ? 'matrixView' : 'listView')}
              </button>
            ))}
          </div>
        </header>
        <div className="when">
          <DayField label={t('from')} value={from} max={to} onChange={setFrom} />
          <DayField label={t('to')} value={to} max={today} onChange={setTo} />
          <TextField label={t('filterFacility')} value={text} onChange={setText} />
        </div>
        <p className="quiet">{t('connectivityNote')}</p>
        {answer.isLoading && <LoadingState rows={8} />}
        {answer.isError && <ReadFailed of={answer} />}
        {answer.data && pairs.length === 0 && <EmptyState title={t('pairsNone')} />}
        {pairs.length > 0 && view === 'matrix' && (
          <Matrix pairs={pairs} names={names} days={days} onChoose={setChosen} />
        )}
        {pairs.length > 0 && view === 'list' && <List pairs={pairs} names={names} days={days} />}
        {chosen && pairs.length > 0 && view === 'matrix' && (
          <Pair pair={chosen} pairs={pairs} names={names} days={days} />
        )}
        {omitted > 0 && (
          <p className="quiet">{t('pairsOmitted', { count: formatNumber(omitted, language) })}</p>
        )}
      </section>
    </main>
  );
}

const monthBefore = (day: string) =>
  new Date(Date.parse(`${day}T00:00:00Z`) - 30 * 86_400_000).toISOString().slice(0, 10);

type Days = { from: string; to: string };
type Shown = { pairs: readonly Told[]; names: ReadonlyMap<string, string>; days: Days };

/** What one facility had to do with another, and the messages of both in the days shown, from where they are replayed. */
function Pair({ pair: [row, column], ...shown }: Shown & { pair: readonly [string, string] }) {
  const t = useDirectoryText();
  const between = shown.pairs.filter((one) => one.value('facility') === row && one.value('other') === column);
  return (
    <section className="pair" aria-label={t('pairOf', { row, column })}>
      <h3>{t('pairOf', { row, column })}</h3>
      <List {...shown} pairs={between} />
      <p className="quiet">{t('messagesHint')}</p>
    </section>
  );
}

/** The message log of a facility in the days shown. */
function Messages({ code, days }: { code: string; days: Days }) {
  const t = useDirectoryText();
  return (
    <Link className="ln" to="/command/messages" search={{ facility: code, ...days }}>
      {t('messagesOf', { code })}
    </Link>
  );
}

function Matrix({
  pairs,
  names,
  days,
  onChoose,
}: Shown & { onChoose: (pair: readonly [string, string]) => void }) {
  const t = useDirectoryText();
  const { language } = useLanguage();
  const between = pairs.filter((pair) => pair.value('other') !== '');
  const weight = new Map<string, number>();
  const cells = new Map<string, { n: number; last: string; words: string[] }>();
  for (const pair of between) {
    const [row, column, n] = [pair.value('facility'), pair.value('other'), pair.count('n')];
    for (const code of [row, column]) weight.set(code, (weight.get(code) ?? 0) + n);
    const cell = cells.get(`${row} ${column}`) ?? { n: 0, last: '', words: [] };
    cells.set(`${row} ${column}`, {
      n: cell.n + n,
      last: cell.last > pair.value('last') ? cell.last : pair.value('last'),
      words: [...cell.words, `${t(`pair-${pair.value('kind')}` as DirectoryKey)}: ${n}`],
    });
  }
  const side = [...weight]
    .sort((a, b) => b[1] - a[1])
    .slice(0, SIDE)
    .map(([code]) => code);
  if (side.length === 0) return <List pairs={pairs} names={names} days={days} />;
  return (
    <>
      <div className="tablebox" tabIndex={0} role="region" aria-label={t('matrixView')}>
        <table className="matrix">
          <thead>
            <tr>
              <th scope="col">{t('fromFacility')}</th>
              {side.map((code) => (
                <th key={code} scope="col" title={names.get(code)}>
                  {code}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {side.map((row) => (
              <tr key={row}>
                <th scope="row">
                  {names.get(row)} <code>{row}</code>
                </th>
                {side.map((column) => {
                  const cell = cells.get(`${row} ${column}`);
                  return (
                    <td
                      key={column}
                      className={cell ? 'nu' : 'nu q'}
                      title={cell && [...cell.words, formatDateTime(cell.last)].join(' · ')}
                    >
                      {cell ? (
                        <button
                          type="button"
                          className="ln"
                          aria-label={`${formatNumber(cell.n, language)} · ${t('pairOf', { row, column })}`}
                          onClick={() => onChoose([row, column])}
                        >
                          {formatNumber(cell.n, language)}
                        </button>
                      ) : row === column ? (
                        ''
                      ) : (
                        '–'
                      )}
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p className="quiet">{t('matrixHint')}</p>
    </>
  );
}

function List({ pairs, names, days }: Shown) {
  const t = useDirectoryText();
  const { language } = useLanguage();
  const named = (code: string) => (code === '' ? t('platform') : `${names.get(code) ?? code} (${code})`);
  return (
    <div className="tablebox" tabIndex={0} role="region" aria-label={t('listView')}>
      <table>
        <thead>
          <tr>
            <th scope="col">{t('fromFacility')}</th>
            <th scope="col">{t('role')}</th>
            <th scope="col">{t('toFacility')}</th>
            <th scope="col" className="nu">
              {t('count')}
            </th>
            <th scope="col">{t('last')}</th>
            <th scope="col">{t('messagesTitle')}</th>
          </tr>
        </thead>
        <tbody>
          {pairs.map((pair) => (
            <tr key={`${pair.value('facility')} ${pair.value('other')} ${pair.value('kind')}`}>
              <th scope="row">{named(pair.value('facility'))}</th>
              <td>{t(`pair-${pair.value('kind')}` as DirectoryKey)}</td>
              <td>{named(pair.value('other'))}</td>
              <td className="nu">{formatNumber(pair.count('n'), language)}</td>
              <td>{formatDateTime(pair.value('last'))}</td>
              <td>
                <span className="links">
                  {[pair.value('facility'), pair.value('other')]
                    .filter((code) => code !== '')
                    .map((code) => (
                      <Messages key={code} code={code} days={days} />
                    ))}
                </span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
