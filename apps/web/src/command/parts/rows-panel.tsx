import { formatDateTime, formatNumber, StatusWord, useLanguage } from '@yba/ui';
import { IconPlugConnectedX, IconX } from '@tabler/icons-react';
import { useState } from 'react';
import { useCommandText, type CommandKey } from '../messages.ts';
import type { FacilityFigures, Figures } from '../figures/read-figures.ts';
import { rowsOf, stateOf, type FacilityState, type RowFilter } from '../figures/states.ts';
import { useLogText } from '../../message-log/messages.ts';
import {
  type FacilityFigures as Exchanged,
  useFigures as useMessageFigures,
} from '../../message-log/use-messages.ts';
import { ageWords } from '../../message-log/words.ts';
import { provinceName } from '../map/provinces.ts';
import { useSilenceWords } from './figure-words.ts';

const filters: readonly (readonly [RowFilter, CommandKey])[] = [
  ['silent', 'rowsSilent'],
  ['unconnected', 'rowsUnconnected'],
  ['sending', 'rowsSending'],
  ['busy', 'rowsBusy'],
  ['all', 'rowsAll'],
];

/** The facilities behind the figures: a group of them, of the whole country or of the chosen province. */
export function RowsPanel({
  figures,
  filter,
  onFilter,
  province,
  onClear,
}: {
  figures: Figures;
  filter: RowFilter;
  onFilter: (filter: RowFilter) => void;
  province: string | undefined;
  onClear: () => void;
}) {
  const t = useCommandText();
  const { language } = useLanguage();
  const rows = rowsOf(figures, filter, province);
  const exchange = useExchange();
  const [isExchange, setExchange] = useState(false);
  const name = provinceName(province, language);
  return (
    <section className="rows" id="rows">
      <header className="head">
        <h2>{t('rowsTitle')}</h2>
        <div className="seg" role="group" aria-label={t('rowsFilter')}>
          {filters.map(([value, key]) => (
            <button key={value} type="button" aria-pressed={value === filter} onClick={() => onFilter(value)}>
              {t(key)} <b>{formatNumber(rowsOf(figures, value, province).length, language)}</b>
            </button>
          ))}
        </div>
        <button
          type="button"
          className="toggle"
          aria-pressed={isExchange}
          onClick={() => setExchange(!isExchange)}
        >
          {t('exchangeToggle')}
        </button>
        {name && (
          <button type="button" className="clear" onClick={onClear} aria-label={t('clearProvince', { name })}>
            {name} <IconX className="i" aria-hidden />
          </button>
        )}
        {filter === 'silent' && <span>{t('rowsHintSilent')}</span>}
      </header>
      <div className="scroll" tabIndex={0} role="region" aria-label={t('rowsTitle')}>
        {rows.length === 0 ? (
          <p className="quiet">{t('rowsNone')}</p>
        ) : (
          <table>
            <thead>
              <tr>
                <th scope="col">{t('facility')}</th>
                <th scope="col">{t('code')}</th>
                <th scope="col">{t('province')}</th>
                {isExchange ? (
                  <>
                    <th scope="col" className="nu">
                      {t('exchange24')}
                    </th>
                    <th scope="col" className="nu">
                      {t('exchangeFiled')}
                    </th>
                    <th scope="col" className="nu">
                      {t('exchangeRefused')}
                    </th>
                    <th scope="col" className="nu">
                      {t('exchangeWaiting')}
                    </th>
                    <th scope="col" className="nu">
                      {t('exchangeOldest')}
                    </th>
                  </>
                ) : (
                  <>
                    <th scope="col">{t('state')}</th>
                    <th scope="col">{t('lastContact')}</th>
                    <th scope="col" className="nu">
                      {t('silentFor')}
                    </th>
                    <th scope="col" className="nu">
                      {t('visits')}
                    </th>
                  </>
                )}
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <Row
                  key={row.code}
                  row={row}
                  asOf={figures.asOf}
                  exchange={exchange.get(row.code)}
                  isExchange={isExchange}
                />
              ))}
            </tbody>
          </table>
        )}
        {figures.rowsOmitted > 0 && (
          <p className="quiet">{t('rowsOmitted', { count: formatNumber(figures.rowsOmitted, language) })}</p>
        )}
      </div>
    </section>
  );
}

const stateKeys: Record<FacilityState, CommandKey> = {
  sending: 'stateSending',
  silent: 'stateSilent',
  never: 'stateSilent',
  unconnected: 'stateUnconnected',
};

/** What each facility exchanged by message; of who sent none, and while it is not known, there is none. */
function useExchange(): ReadonlyMap<string, Exchanged> {
  const { data } = useMessageFigures();
  return new Map((data?.facilities ?? []).map((one) => [one.code, one]));
}

function Row({
  row,
  asOf,
  exchange,
  isExchange,
}: {
  row: FacilityFigures;
  asOf: string;
  exchange: Exchanged | undefined;
  isExchange: boolean;
}) {
  const t = useCommandText();
  const { language } = useLanguage();
  const silence = useSilenceWords();
  const log = useLogText();
  const state = stateOf(row, asOf);
  const quiet = state === 'silent' || state === 'never';
  return (
    <tr>
      <th scope="row">{row.name}</th>
      <td>{row.code}</td>
      <td className={row.province ? undefined : 'q'}>
        {provinceName(row.province, language) ?? t('unknownProvince')}
      </td>
      {isExchange ? (
        <>
          {(['received', 'filed', 'refused', 'waiting'] as const).map((figure) => (
            <td key={figure} className={exchange ? 'nu' : 'nu q'}>
              {exchange ? formatNumber(exchange[figure], language) : '–'}
            </td>
          ))}
          <td className={exchange?.waiting ? 'nu' : 'nu q'}>
            {exchange?.oldestSeconds === undefined ? '–' : ageWords(log, exchange.oldestSeconds)}
          </td>
        </>
      ) : (
        <>
          <td>
            {quiet ? (
              <StatusWord tone="warn" icon={<IconPlugConnectedX className="i" aria-hidden />}>
                {t(stateKeys[state])}
              </StatusWord>
            ) : (
              <StatusWord>{t(stateKeys[state])}</StatusWord>
            )}
          </td>
          <td className={row.lastContact ? undefined : 'q'}>
            {row.lastContact
              ? formatDateTime(row.lastContact)
              : t(state === 'unconnected' ? 'notConnected' : 'never')}
          </td>
          <td className={state === 'sending' ? 'nu q' : 'nu'}>
            {row.lastContact ? silence(row.lastContact, asOf) : '–'}
          </td>
          <td className="nu">{formatNumber(row.visitsToday, language)}</td>
        </>
      )}
    </tr>
  );
}
