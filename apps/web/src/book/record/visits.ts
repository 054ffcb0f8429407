import { idOf, words, type Condition, type Encounter } from './fhir.ts';
import type { Places } from './places.ts';
import type { HealthRecord } from './record.ts';
import { isSensitive } from './sensitivity.ts';

/** How a person was seen, in the book's own kinds. */
export type VisitKind = 'outpatient' | 'inpatient' | 'emergency' | 'home' | 'remote' | 'other';

export type Visit = {
  id: string;
  kind: VisitKind;
  start: string;
  end: string | undefined;
  open: boolean;
  place: string | undefined;
  /** What kind of clinic or service, as the hospital wrote it. */
  service: string | undefined;
  reason: string | undefined;
  /** Main diagnosis first. */
  diagnoses: { name: string; sensitive: boolean }[];
  advice: string[];
  doctor: string | undefined;
  sensitive: boolean;
};

/** Source: http://terminology.hl7.org/CodeSystem/v3-ActCode */
const kindOfClass: Record<string, VisitKind> = {
  AMB: 'outpatient',
  IMP: 'inpatient',
  ACUTE: 'inpatient',
  NONAC: 'inpatient',
  SS: 'inpatient',
  EMER: 'emergency',
  HH: 'home',
  VR: 'remote',
};

/** All visits of a record, latest first. */
export const visitsOf = (record: HealthRecord, places: Places): Visit[] => {
  const conditions = new Map(record.Condition.map((condition) => [condition.id, condition]));
  const ofVisit = Map.groupBy(record.Condition, (condition) => idOf(condition.encounter, 'Encounter'));
  return record.Encounter.filter((encounter) => encounter.id && encounter.status !== 'cancelled')
    .map((encounter) => visitOf(encounter, diagnosesOf(encounter, conditions, ofVisit), places))
    .sort((one, other) => (one.start < other.start ? 1 : -1));
};

const visitOf = (encounter: Encounter, conditions: Condition[], places: Places): Visit => ({
  id: encounter.id!,
  kind: kindOfClass[encounter.class?.code ?? ''] ?? 'other',
  start: encounter.period?.start ?? encounter.meta?.lastUpdated ?? '',
  end: encounter.period?.end,
  open: ['arrived', 'triaged', 'in-progress', 'onleave'].includes(encounter.status ?? ''),
  place: places.of(encounter) ?? places.referred(encounter.serviceProvider),
  service: words(encounter.serviceType) ?? words(encounter.type?.[0]),
  reason: words(encounter.reasonCode?.[0]),
  diagnoses: conditions
    .map((condition) => ({ name: words(condition.code) ?? '', sensitive: isSensitive(condition) }))
    .filter(({ name }, index, all) => name !== '' && all.findIndex((other) => other.name === name) === index),
  advice: conditions.flatMap((condition) => condition.note ?? []).flatMap((note) => note.text ?? []),
  doctor: encounter.participant?.map((one) => one.individual?.display).find((name) => name),
  sensitive: isSensitive(encounter),
});

const diagnosesOf = (
  encounter: Encounter,
  conditions: Map<string | undefined, Condition>,
  ofVisit: Map<string | undefined, Condition[]>,
): Condition[] => {
  const ranked = [...(encounter.diagnosis ?? [])]
    .sort((one, other) => (one.rank ?? 99) - (other.rank ?? 99))
    .map(({ condition }) => conditions.get(idOf(condition, 'Condition')))
    .filter((condition) => condition !== undefined);
  const others = (ofVisit.get(encounter.id) ?? []).filter((condition) => !ranked.includes(condition));
  return [...ranked, ...others];
};
