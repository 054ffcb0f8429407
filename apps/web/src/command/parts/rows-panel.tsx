import { formatDateTime, formatNumber, StatusWord, useLanguage } from '@yba/ui';
import { IconPlugConnectedX, IconX } from '@tabler/icons-react';
import { useCommandText, type CommandKey } from '../messages.ts';
import type { FacilityFigures, Figures } from '../figures/read-figures.ts';
import { rowsOf, stateOf, type FacilityState, type RowFilter } from '../figures/states.ts';
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
                <th scope="col">{t('state')}</th>
                <th scope="col">{t('lastContact')}</th>
                <th scope="col" className="nu">
                  {t('silentFor')}
                </th>
                <th scope="col" className="nu">
                  {t('visits')}
                </th>
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <Row key={row.code} row={row} asOf={figures.asOf} />
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

function Row({ row, asOf }: { row: FacilityFigures; asOf: string }) {
  const t = useCommandText();
  const { language } = useLanguage();
  const silence = useSilenceWords();
  const state = stateOf(row, asOf);
  const quiet = state === 'silent' || state === 'never';
  return (
    <tr>
      <th scope="row">{row.name}</th>
      <td>{row.code}</td>
      <td className={row.province ? undefined : 'q'}>
        {provinceName(row.province, language) ?? t('unknownProvince')}
      </td>
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
    </tr>
  );
}
