import type { FacilityFigures, Figures } from './read-figures.ts';

/** How a facility stands: heard of in the last 24 hours, silent, never heard of though connected, or not connected. */
export type FacilityState = 'sending' | 'silent' | 'never' | 'unconnected';

/** A connected facility is silent when nothing came from it for this long. */
export const silentAfterMs = 24 * 3_600_000;

/** How a facility stands at the moment of the figures. */
export const stateOf = ({ connected, lastContact }: FacilityFigures, asOf: string): FacilityState => {
  if (!connected) return 'unconnected';
  if (lastContact === undefined) return 'never';
  return Date.parse(asOf) - Date.parse(lastContact) < silentAfterMs ? 'sending' : 'silent';
};

/** Which rows a list shows; `silent` holds also those never heard of. */
export type RowFilter = 'silent' | 'unconnected' | 'sending' | 'busy' | 'all';

/** The rows of a list, of one province when it is given; the longest silent first. */
export const rowsOf = (
  { rows, asOf }: Figures,
  filter: RowFilter,
  province: string | undefined,
): FacilityFigures[] =>
  rows.filter((row) => (province === undefined || row.province === province) && passes(row, asOf, filter));

const passes = (row: FacilityFigures, asOf: string, filter: RowFilter): boolean => {
  const state = stateOf(row, asOf);
  switch (filter) {
    case 'all':
      return true;
    case 'busy':
      return row.visitsToday > 0;
    case 'silent':
      return state === 'silent' || state === 'never';
    default:
      return state === filter;
  }
};

/** A part of a whole, with both numbers kept. */
export type Share = { part: number; whole: number };

/** The ratio of a share; undefined when there is nothing to be a part of. */
export const ratioOf = ({ part, whole }: Share): number | undefined =>
  whole === 0 ? undefined : part / whole;

/** What the gauges show. Each is computed from the figures alone; one that needs all rows is absent when some are left out. */
export type Gauge = {
  id: 'connected' | 'sending' | 'busy' | 'provinces';
  share: Share;
  rest: RowFilter | undefined;
};

/** The gauges of the country. */
export const gaugesOf = (figures: Figures): Gauge[] => {
  const { facilities, connected, sending, provinces, rows, rowsOmitted } = figures;
  const busy = rows.filter((row) => row.connected && row.visitsToday > 0).length;
  const reached = provinces.filter((province) => province.connected > 0).length;
  return [
    { id: 'connected', share: { part: connected, whole: facilities }, rest: 'unconnected' },
    { id: 'sending', share: { part: sending, whole: connected }, rest: 'silent' },
    ...(rowsOmitted === 0
      ? [{ id: 'busy', share: { part: busy, whole: connected }, rest: 'busy' } as const]
      : []),
    { id: 'provinces', share: { part: reached, whole: provinces.length }, rest: undefined },
  ];
};
