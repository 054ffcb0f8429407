import { useQuery, type UseQueryResult } from '@tanstack/react-query';
import { fhir } from '../../fhir/client.ts';
import type { Parameter, Parameters, Patient } from '../../fhir/types.ts';

/** How one field of two registrations compares: the matcher's words, and bits for (or against) one person. */
export type FieldAgreement = { field: string; code: string; vi: string; en: string; bits: number };

/** Words in both languages. */
export type Told = { vi: string; en: string };

/** Two registrations that may be of one person; `patient` is this facility's. `chance` 0 to 1. */
export type Pair = {
  key: string;
  patient: Patient;
  other: Patient;
  chance: number;
  bits: number;
  guard?: Told;
  fields: FieldAgreement[];
};

export type Pairs = { pairs: Pair[]; total: number };

/** The pairs that wait for this facility's officers, the likeliest first. */
export function usePairs(enabled: boolean): UseQueryResult<Pairs> {
  return useQuery({
    queryKey: ['identity-pairs'],
    enabled,
    queryFn: async ({ signal }) => {
      const answer = await fhir<Parameters>('Patient/$identity-pairs?_count=100', { signal });
      const pairs = (answer.parameter ?? []).filter(({ name }) => name === 'pair').map(pairOf);
      return { pairs, total: named(answer.parameter, 'total')?.valueInteger ?? pairs.length };
    },
  });
}

function pairOf({ part }: Parameter): Pair {
  const patient = named(part, 'patient')!.resource as Patient;
  const other = named(part, 'other')!.resource as Patient;
  const guard = named(part, 'guard');
  return {
    key: `${patient.id}/${other.id}`,
    patient,
    other,
    chance: named(part, 'chance')?.valueDecimal ?? 0,
    bits: named(part, 'bits')?.valueDecimal ?? 0,
    ...(guard ? { guard: wordsOf(guard.part) } : {}),
    fields: (part ?? []).filter(({ name }) => name === 'field').map(({ part: told }) => agreementOf(told)),
  };
}

function agreementOf(part: Parameter[] | undefined): FieldAgreement {
  return {
    field: named(part, 'field')?.valueCode ?? '',
    code: named(part, 'code')?.valueCode ?? '',
    bits: named(part, 'bits')?.valueDecimal ?? 0,
    ...wordsOf(part),
  };
}

const wordsOf = (part: Parameter[] | undefined): Told => ({
  vi: named(part, 'vi')?.valueString ?? '',
  en: named(part, 'en')?.valueString ?? '',
});

const named = (parts: Parameter[] | undefined, name: string): Parameter | undefined =>
  parts?.find((one) => one.name === name);

export type DecisionKind = 'merge' | 'link' | 'unlink' | 'differ';
export type DecisionState = 'proposed' | 'standing' | 'refused' | 'undo-proposed' | 'undone';

/** A decision about identities, with who made it. Instants are FHIR instants. */
export type Decision = {
  id: number;
  kind: DecisionKind;
  state: DecisionState;
  patient: Patient;
  other?: Patient;
  reason?: string;
  proposedBy: string;
  proposedAt: string;
  confirmedBy?: string;
  undoBy?: string;
  undoReason?: string;
  undoneBy?: string;
  mayConfirm: boolean;
};

/** What waits for a second person, then what was decided, the newest first. */
export function useDecisions(enabled: boolean): UseQueryResult<Decision[]> {
  return useQuery({
    queryKey: ['identity-decisions'],
    enabled,
    queryFn: async ({ signal }) => {
      const answer = await fhir<Parameters>('Patient/$identity-decisions', { signal });
      return (answer.parameter ?? []).map(({ part }) => decisionOf(part));
    },
  });
}

function decisionOf(part: Parameter[] | undefined): Decision {
  const text = (name: string) => named(part, name)?.valueString;
  const optional = Object.fromEntries(
    (['reason', 'confirmedBy', 'undoBy', 'undoReason', 'undoneBy'] as const).flatMap((name) =>
      text(name) ? [[name, text(name)]] : [],
    ),
  );
  const other = named(part, 'other')?.resource as Patient | undefined;
  return {
    id: named(part, 'id')!.valueInteger!,
    kind: named(part, 'kind')!.valueCode as DecisionKind,
    state: named(part, 'state')!.valueCode as DecisionState,
    patient: named(part, 'patient')!.resource as Patient,
    ...(other ? { other } : {}),
    proposedBy: text('proposedBy') ?? '',
    proposedAt: named(part, 'proposedAt')?.valueDateTime ?? '',
    mayConfirm: named(part, 'mayConfirm')?.valueBoolean ?? false,
    ...optional,
  };
}

/** Whether a decision waits for a second person. */
export const waits = ({ state }: Decision): boolean => state === 'proposed' || state === 'undo-proposed';

const reference = (name: string, id: string): Parameter => ({
  name,
  valueReference: { reference: `Patient/${id}` },
});

const post = (operation: string, parameter: Parameter[]) =>
  fhir<Parameters>(`Patient/$${operation}`, {
    method: 'POST',
    body: { resourceType: 'Parameters', parameter },
  });

/** Proposes a decision; nothing changes until a second person has confirmed, but for "two persons". */
export const propose = (kind: DecisionKind, patient: string, other: string | undefined, reason: string) =>
  post('decide-identity', [
    { name: 'kind', valueCode: kind },
    reference('patient', patient),
    ...(other ? [reference('other', other)] : []),
    ...(reason.trim() ? [{ name: 'reason', valueString: reason.trim() }] : []),
  ]);

/** Accepts or refuses, as the second person. */
export const confirmDecision = (id: number, accept: boolean) =>
  post('confirm-identity', [
    { name: 'decision', valueInteger: id },
    { name: 'accept', valueBoolean: accept },
  ]);

/** Withdraws what waits, or asks that what stands be undone. */
export const undoDecision = (id: number, reason: string) =>
  post('undo-identity', [
    { name: 'decision', valueInteger: id },
    ...(reason.trim() ? [{ name: 'reason', valueString: reason.trim() }] : []),
  ]);

/** All registrations of the person of one's own Patient with this record number; undefined when there is no such Patient. */
export async function linkedTo(system: string, number: string): Promise<Patient[] | undefined> {
  const query = new URLSearchParams({ identifier: `${system}|${number}`, _elements: 'id' });
  const found = await fhir<{ entry?: { resource?: { id?: string } }[] } & Parameters>(`Patient?${query}`);
  const id = found.entry?.[0]?.resource?.id;
  if (!id) return undefined;
  const answer = await fhir<Parameters>(`Patient/${id}/$linked`);
  return (answer.parameter ?? [])
    .filter(({ name }) => name === 'patient')
    .map(({ resource }) => resource as Patient);
}
