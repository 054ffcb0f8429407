import { byDay, type Day } from './dates.ts';
import {
  idOf,
  timeOf,
  words,
  type CodeableConcept,
  type DiagnosticReport,
  type Observation,
} from './fhir.ts';
import { facilityCodeOf, type Places } from './places.ts';
import type { HealthRecord } from './record.ts';
import { isSensitive } from './sensitivity.ts';
import { isOut, rangeOf, severityOf, verdictOf, type Range, type Verdict } from './verdict.ts';

/** One result in the book: a measured value, or a report in words. */
export type Result = {
  id: string;
  kind: 'test' | 'report' | 'vital';
  /** Code of the test, which finds its plain words. */
  code: string | undefined;
  name: string;
  at: string;
  value: number | undefined;
  /** The value as the laboratory wrote it: "7.0". */
  digits: string | undefined;
  unit: string | undefined;
  comparator: string | undefined;
  /** The result when it is not a number. */
  text: string | undefined;
  range: Range;
  verdict: Verdict;
  place: string | undefined;
  facility: string | undefined;
  performer: string | undefined;
  encounter: string | undefined;
  sensitive: boolean;
};

/** All results of a record, latest first. Reports that only gather results listed by themselves are left out; blood pressure stays one result with two numbers. */
export const resultsOf = (record: HealthRecord, places: Places): Result[] =>
  [
    ...record.Observation.map((observation) => fromObservation(observation, places)),
    ...record.DiagnosticReport.filter((report) => report.conclusion && !report.result?.length).map((report) =>
      fromReport(report, places),
    ),
  ]
    .filter((result) => result !== undefined)
    .sort((one, other) => (one.at < other.at ? 1 : -1));

const fromObservation = (observation: Observation, places: Places): Result | undefined => {
  const at = timeOf(observation);
  const value = observation.valueQuantity?.value ?? observation.valueInteger;
  const pair = observation.component?.filter((part) => part.valueQuantity?.value !== undefined) ?? [];
  const text =
    observation.valueString ??
    words(observation.valueCodeableConcept) ??
    (pair.length ? pair.map((part) => part.valueQuantity?.value).join('/') : undefined);
  if (!observation.id || !at || (value === undefined && text === undefined)) return undefined;
  const quantity = observation.valueQuantity ?? pair[0]?.valueQuantity;
  return {
    ...shared(observation, places),
    id: observation.id,
    kind: hasCategory(observation.category, 'vital-signs') ? 'vital' : 'test',
    code: observation.code?.coding?.find((coding) => coding.code)?.code,
    name: words(observation.code) ?? '',
    at,
    value,
    digits: observation.valueQuantity?.digits ?? value?.toString(),
    unit: quantity?.unit,
    comparator: quantity?.comparator,
    text,
    range: rangeOf(observation),
    verdict: pair.length ? worst(pair.map(verdictOf)) : verdictOf(observation),
  };
};

const fromReport = (report: DiagnosticReport, places: Places): Result | undefined => {
  const at = timeOf(report);
  if (!report.id || !at) return undefined;
  return {
    ...shared(report, places),
    id: report.id,
    kind: 'report',
    code: report.code?.coding?.find((coding) => coding.code)?.code,
    name: words(report.code) ?? '',
    at,
    value: undefined,
    digits: undefined,
    unit: undefined,
    comparator: undefined,
    text: report.conclusion,
    range: {},
    verdict: 'unknown',
  };
};

const shared = (resource: Observation | DiagnosticReport, places: Places) => ({
  place: places.of(resource) ?? places.referred(resource.performer?.[0]),
  facility: facilityCodeOf(resource),
  performer: resource.performer?.find((who) => who.reference?.includes('Practitioner'))?.display,
  encounter: idOf(resource.encounter, 'Encounter'),
  sensitive: isSensitive(resource),
});

const hasCategory = (categories: CodeableConcept[] | undefined, code: string): boolean =>
  categories?.some((category) => category.coding?.some((coding) => coding.code === code)) ?? false;

const worst = (verdicts: Verdict[]): Verdict =>
  verdicts.toSorted((one, other) => severityOf(one) - severityOf(other))[0] ?? 'unknown';

/** Results of one day, those to ask a doctor about first. */
export type ResultDay = { day: Day; results: Result[]; out: number };

/** The results list: day by day, latest first. */
export const resultDays = (results: readonly Result[]): ResultDay[] =>
  byDay(results, (result) => result.at).map(({ day, items }) => ({
    day,
    results: [...items].sort((one, other) => severityOf(one.verdict) - severityOf(other.verdict)),
    out: items.filter((result) => isOut(result.verdict)).length,
  }));
