import type { MarkKind, ReferenceRange, SeriesPoint } from '@yba/ui';
import { TEST } from '@yba/vietnam';
import type { Observation, Quantity, ReferenceRange as FhirRange } from '../../fhir/types.ts';
import { panelOf } from './panels.ts';
import { codeIn, conceptWords, facilityCodeOf } from './resource-words.ts';

/** One measured value. `text` is as written by the laboratory (a dot before decimals); `at` in ms. */
export type Value = {
  id: string;
  at: number;
  day: string;
  facility: string | undefined;
  text: string;
  number: number | undefined;
  unit: string;
  flag: MarkKind | undefined;
  reference: ReferenceRange;
  referenceText: string;
  encounter: string | undefined;
};

/** One test with all its values, oldest first. */
export type TestSeries = {
  key: string;
  name: string;
  unit: string;
  panel: number;
  order: number;
  values: Value[];
};

/** One column of the grid: a day at a facility. */
export type Column = { key: string; day: string; facility: string | undefined; at: number };

/** The grid of results over time: the newest columns, and a row for each test that has a value in any of them. */
export type Grid = { columns: Column[]; rows: { series: TestSeries; cells: (Value | undefined)[] }[] };

const FLAGS: Record<string, MarkKind> = {
  HH: 'danger-high',
  LL: 'danger-low',
  AA: 'danger-high',
  H: 'high',
  HU: 'high',
  L: 'low',
  LU: 'low',
  A: 'notice',
  POS: 'notice',
};

const written = (quantity: Quantity | undefined): string =>
  quantity?.value === undefined ? '' : `${quantity.comparator ?? ''}${quantity.digits ?? quantity.value}`;

function rangeOf(ranges: readonly FhirRange[] | undefined): { range: ReferenceRange; text: string } {
  const range = ranges?.[0];
  const [low, high] = [written(range?.low), written(range?.high)];
  const ends = low && high ? `${low} – ${high}` : low ? `≥ ${low}` : high ? `≤ ${high}` : '';
  const text = ends || (range?.text ?? '');
  return { range: { low: range?.low?.value, high: range?.high?.value }, text };
}

/** A unit as shown; UCUM annotations ("{INR}") say nothing to people. */
const unitWords = (unit: string | undefined): string => (/^\{.*\}$/.test(unit ?? '') ? '' : (unit ?? ''));

type Measured = Pick<
  Observation,
  'code' | 'valueQuantity' | 'valueString' | 'interpretation' | 'referenceRange'
>;

function flagOf(measured: Measured, number: number | undefined, range: ReferenceRange): MarkKind | undefined {
  for (const concept of measured.interpretation ?? []) {
    const code = codeIn(concept);
    if (code && FLAGS[code]) return FLAGS[code];
    if (code === 'N' || code === 'NEG') return undefined;
  }
  if (number === undefined) return undefined;
  if (range.high !== undefined && number > range.high) return 'high';
  return range.low !== undefined && number < range.low ? 'low' : undefined;
}

function valueOf(
  observation: Observation,
  measured: Measured,
  suffix: string,
): { value: Value; key: string; name: string } | undefined {
  const when =
    observation.effectiveDateTime ??
    observation.effectiveInstant ??
    observation.effectivePeriod?.start ??
    observation.issued;
  const other = observation.valueCodeableConcept
    ? conceptWords(observation.valueCodeableConcept)
    : observation.valueInteger;
  const text =
    written(measured.valueQuantity) ||
    measured.valueString ||
    (suffix || other === undefined ? '' : String(other));
  if (!when || !text) return undefined;
  const at = Date.parse(when);
  const number = measured.valueQuantity?.value ?? (/^-?\d+(\.\d+)?$/.test(text) ? Number(text) : undefined);
  const { range, text: referenceText } = rangeOf(measured.referenceRange);
  const name = conceptWords(measured.code);
  return {
    key: codeIn(measured.code, TEST) ?? codeIn(measured.code) ?? name.toLocaleLowerCase('vi'),
    name,
    value: {
      id: `${observation.id}${suffix}`,
      at,
      day: dayOf(at),
      facility: facilityCodeOf(observation),
      text,
      number,
      unit: unitWords(measured.valueQuantity?.unit),
      flag: flagOf(measured, number, range),
      reference: range,
      referenceText,
      encounter: observation.encounter?.reference,
    },
  };
}

/** The day in Viet Nam of a time in ms, yyyy-MM-dd. */
export function dayOf(at: number): string {
  return new Date(at + 7 * 3_600_000).toISOString().slice(0, 10);
}

/** All tests with their values, in the order of the panels; components (blood pressure) are tests of their own. */
export function seriesOf(observations: readonly Observation[]): TestSeries[] {
  const rows = new Map<string, TestSeries>();
  for (const observation of observations) {
    if (observation.status === 'entered-in-error' || observation.status === 'cancelled') continue;
    const measured = observation.component?.length
      ? observation.component.map((part, index) => valueOf(observation, part, `#${index}`))
      : [valueOf(observation, observation, '')];
    for (const one of measured) {
      if (!one) continue;
      const row = rows.get(one.key) ?? {
        key: one.key,
        name: one.name,
        unit: one.value.unit,
        values: [],
        ...panelOf(one.key),
      };
      row.values.push(one.value);
      rows.set(one.key, row);
    }
  }
  for (const row of rows.values()) row.values.sort((a, b) => a.at - b.at);
  return [...rows.values()].sort(
    (a, b) => a.panel - b.panel || a.order - b.order || a.name.localeCompare(b.name, 'vi'),
  );
}

/**
 * The grid of `count` days: the newest one, then the newest with a fair part of the tests (a daily check in hospital
 * does not push a full examination out). `extra` series (vital signs) fill the same days.
 */
export function gridOf(
  series: readonly TestSeries[],
  count: number,
  extra: readonly TestSeries[] = [],
): Grid {
  const columns = new Map<string, Column & { tests: number }>();
  for (const row of series) {
    for (const { day, facility, at } of row.values) {
      const key = `${day} ${facility}`;
      const column = columns.get(key) ?? { key, day, facility, at, tests: 0 };
      column.tests += 1;
      columns.set(key, column);
    }
  }
  const byTime = [...columns.values()].sort((a, b) => b.at - a.at);
  const fair = Math.max(0, ...byTime.map((column) => column.tests)) * FAIR_SHARE;
  const full = byTime.filter((column, index) => index === 0 || column.tests >= fair);
  const newest = (full.length >= count ? full : byTime).slice(0, count).reverse();
  const rows = [...series, ...extra]
    .map((one) => ({
      series: one,
      cells: newest.map((column) =>
        one.values.findLast((value) => value.day === column.day && value.facility === column.facility),
      ),
    }))
    .filter((row) => row.cells.some((cell) => cell !== undefined));
  return { columns: newest, rows };
}

const FAIR_SHARE = 0.7;

/** The points of a series that can be drawn. */
export function pointsOf(series: TestSeries): (SeriesPoint & { value: number })[] {
  return series.values
    .filter((value) => value.number !== undefined)
    .map((value) => ({ at: value.at, value: value.number!, out: value.flag !== undefined }));
}
