import type {
  Condition,
  DiagnosticReport,
  Encounter,
  MedicationRequest,
  Observation,
} from '../../fhir/types.ts';
import { dayOf } from './results.ts';
import { conceptWords, facilityCodeOf, idOf } from './resource-words.ts';

/** One visit as the screens show it. `at`, `until` in ms. */
export type Visit = {
  id: string;
  at: number;
  until: number | undefined;
  kind: 'visit' | 'inpatient' | 'emergency';
  status: string;
  facility: string | undefined;
  department: string;
  reason: string;
  diagnoses: string[];
  physician: string;
};

const INPATIENT = new Set(['IMP', 'ACUTE', 'NONAC']);

/** Visits that their hospital withdrew: they never should have been, and are kept. */
export function withdrawnVisits(encounters: readonly Encounter[]): Visit[] {
  return visitsIn(
    encounters.filter(({ status, period }) => status === 'entered-in-error' && period?.start),
    [],
  );
}

/** Visits, newest first; diagnoses are the Conditions that point at the visit or that the visit points at. */
export function visitsOf(encounters: readonly Encounter[], conditions: readonly Condition[] = []): Visit[] {
  return visitsIn(
    encounters.filter(
      ({ status, period }) => status !== 'entered-in-error' && status !== 'cancelled' && period?.start,
    ),
    conditions,
  );
}

function visitsIn(encounters: readonly Encounter[], conditions: readonly Condition[]): Visit[] {
  const byId = new Map(conditions.map((condition) => [condition.id, condition]));
  const byVisit = Map.groupBy(conditions, (condition) => idOf(condition.encounter?.reference));
  return encounters
    .map((encounter): Visit => {
      const pointed = (encounter.diagnosis ?? []).map((one) => byId.get(idOf(one.condition.reference)));
      const said = [...pointed, ...(byVisit.get(encounter.id) ?? [])].map((condition) =>
        conceptWords(condition?.code),
      );
      const code = encounter.class?.code ?? '';
      const end = encounter.period?.end;
      return {
        id: encounter.id ?? '',
        at: Date.parse(encounter.period?.start ?? ''),
        until: end ? Date.parse(end) : undefined,
        kind: INPATIENT.has(code) ? 'inpatient' : code === 'EMER' ? 'emergency' : 'visit',
        status: encounter.status ?? '',
        facility: facilityCodeOf(encounter),
        department: conceptWords(encounter.serviceType) || conceptWords(encounter.type?.[0]),
        reason: conceptWords(encounter.reasonCode?.[0]),
        diagnoses: [...new Set(said.filter(Boolean))],
        physician: encounter.participant?.find((one) => one.individual?.display)?.individual?.display ?? '',
      };
    })
    .sort((a, b) => b.at - a.at);
}

/** What happened at a facility on a day beside the visit: laboratory, imaging, medicines. */
export type DayMarks = ReadonlyMap<string, ReadonlySet<'laboratory' | 'imaging' | 'medicine'>>;

/** The key of a day at a facility. */
export const dayKey = (facility: string | undefined, day: string): string => `${facility} ${day}`;

/** Marks of every day at every facility. */
export function dayMarks(
  observations: readonly Observation[],
  reports: readonly DiagnosticReport[],
  medicines: readonly MedicationRequest[],
): DayMarks {
  const marks = new Map<string, Set<'laboratory' | 'imaging' | 'medicine'>>();
  const add = (
    facility: string | undefined,
    when: string | undefined,
    mark: 'laboratory' | 'imaging' | 'medicine',
  ) => {
    if (!when) return;
    const key = dayKey(facility, when.includes('T') ? dayOf(Date.parse(when)) : when);
    marks.set(key, (marks.get(key) ?? new Set()).add(mark));
  };
  for (const one of observations) add(facilityCodeOf(one), one.effectiveDateTime ?? one.issued, 'laboratory');
  for (const one of reports) {
    const imaging = one.category?.some((concept) =>
      concept.coding?.some((coding) => /^(RAD|IMG|US|CT|MR|NMR|CUS|imaging)/.test(coding.code ?? '')),
    );
    if (imaging) add(facilityCodeOf(one), one.effectiveDateTime ?? one.issued, 'imaging');
  }
  for (const one of medicines) add(facilityCodeOf(one), one.authoredOn, 'medicine');
  return marks;
}
