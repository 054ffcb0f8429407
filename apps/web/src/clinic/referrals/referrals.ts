import {
  facilityIn,
  kindOf,
  standing,
  stateOf,
  stepsOf,
  TRANSFER_PAPER,
  type Kind,
  type State,
  type Step,
  type StepCode,
} from '@yba/referral/course';
import { FACILITY, ICD10_VN } from '@yba/vietnam';
import { useQuery, type UseQueryResult } from '@tanstack/react-query';
import { entriesOf, fhir } from '../../fhir/client.ts';
import type { Bundle, Parameter, Parameters, Reference, ServiceRequest, Task } from '../../fhir/types.ts';
import { conceptWords, idOf } from '../record/resource-words.ts';

/** The lists of a facility, in the order of their keys 1–4. */
export const VIEWS = ['in', 'out', 'done', 'family'] as const;
export type View = (typeof VIEWS)[number];

/** A referral as the screens show it. */
export type Referral = {
  id: string;
  kind: Kind;
  state: State;
  person: string;
  patient: string;
  from: { code: string; name: string };
  to: { code: string; name: string };
  number: string;
  reason: string;
  until: string | undefined;
  changed: string;
  /** Those that stand: what was taken back is left out. */
  steps: Step[];
  /** Undefined once it is over, and for the family doctor. */
  request: ServiceRequest | undefined;
  /** `ServiceRequest/{id}`, whether it can be read here or not. */
  requestReference: string;
  answer: string;
  /** What it gave back, by the codes of `referral-output`. */
  outputs: { code: string; words: string; reference: string }[];
};

const placeOf = (reference: Reference | undefined) => {
  const code = facilityIn(reference) ?? '';
  return { code, name: reference?.display ?? code };
};

/** A Task with its request, as the screens show it. */
export function referralOf(task: Task, request: ServiceRequest | undefined): Referral {
  return {
    id: task.id ?? '',
    kind: kindOf(task) ?? 'referral',
    state: stateOf(task),
    person: task.for?.display ?? '',
    patient: idOf(task.for?.reference) ?? '',
    from: placeOf(task.requester),
    to: placeOf(task.owner),
    number: task.identifier?.[0]?.value ?? '',
    reason: conceptWords(task.reasonCode),
    until: task.restriction?.period?.end,
    changed: task.lastModified ?? task.authoredOn ?? '',
    steps: standing(stepsOf(task)),
    request,
    requestReference: task.focus?.reference ?? '',
    answer: task.output?.find(({ valueString }) => valueString)?.valueString ?? '',
    outputs: (task.output ?? []).flatMap(({ type, valueReference }) =>
      valueReference?.reference
        ? [
            {
              code: type?.coding?.[0]?.code ?? '',
              words: conceptWords(type),
              reference: valueReference.reference,
            },
          ]
        : [],
    ),
  };
}

/** The fields of the transfer paper that a request carries, by their names in XML13. */
export function paperFields(request: ServiceRequest | undefined): Readonly<Record<string, string>> {
  const parts = request?.extension?.find(({ url }) => url === TRANSFER_PAPER)?.extension ?? [];
  return Object.fromEntries(parts.map(({ url, valueString }) => [url, valueString ?? '']));
}

/** The referrals a Bundle of `$referrals`, or a search of Tasks, holds. */
export function referralsOf(bundle: Bundle): Referral[] {
  const requests = new Map(entriesOf(bundle, 'ServiceRequest').map((one) => [one.id, one]));
  return entriesOf(bundle, 'Task').map((task) => referralOf(task, requests.get(idOf(task.focus?.reference))));
}

/** One list of the facility; `['referrals', view]` is its key. */
export function useReferrals(view: View, enabled = true): UseQueryResult<Referral[]> {
  return useQuery({
    queryKey: ['referrals', view],
    enabled,
    queryFn: async ({ signal }) => {
      const ask = async (side: string, open: boolean) =>
        referralsOf(await fhir<Bundle>(`Task/$referrals?side=${side}&open=${open}`, { signal }));
      if (view === 'done') {
        const lists = await Promise.all([ask('in', false), ask('out', false)]);
        return lists.flat().sort((a, b) => b.changed.localeCompare(a.changed));
      }
      return ask(view, true);
    },
  });
}

/** Takes a step; answers the referral as it then stands. Throws FhirError. */
export async function takeStep(
  id: string,
  step: StepCode,
  more: readonly Parameter[] = [],
): Promise<Referral> {
  const parameter: Parameter[] = [{ name: 'step', valueCode: step }, ...more];
  const task = await fhir<Task>(`Task/${id}/$advance`, {
    method: 'POST',
    body: { resourceType: 'Parameters', parameter },
  });
  return referralOf(task, undefined);
}

/** Beds of a facility or ward as it declares them. */
export type Beds = { ward: string; declared: number; occupied: number | undefined; asOf: string };
export type Capacity = { beds: Beds[]; services: string[]; waiting: number };

/** What a facility (5-character code) declares. */
export function useCapacity(code: string | undefined): UseQueryResult<Capacity | undefined> {
  return useQuery({
    queryKey: ['capacity', code],
    enabled: code !== undefined,
    staleTime: 60_000,
    queryFn: async ({ signal }) => {
      const found = await fhir<Bundle>(
        `Organization?identifier=${encodeURIComponent(`${FACILITY}|${code}`)}`,
        {
          signal,
        },
      );
      const id = entriesOf(found, 'Organization')[0]?.id;
      if (!id) return undefined;
      const { parameter = [] } = await fhir<Parameters>(`Organization/${id}/$capacity`, { signal });
      const part = (one: Parameter, name: string) => one.part?.find((each) => each.name === name);
      return {
        beds: parameter
          .filter(({ name }) => name === 'beds')
          .map((one) => ({
            ward: part(one, 'ward')?.valueString ?? '',
            declared: part(one, 'declared')?.valueUnsignedInt ?? 0,
            occupied: part(one, 'occupied')?.valueUnsignedInt,
            asOf: part(one, 'asOf')?.valueDateTime ?? '',
          })),
        services: parameter.flatMap(({ name, valueString }) =>
          name === 'service' && valueString ? [valueString] : [],
        ),
        waiting: parameter.find(({ name }) => name === 'waiting')?.valueUnsignedInt ?? 0,
      };
    },
  });
}

/** Sends a referral, or keeps its draft; answers the id of its Task. `key` makes it once. Throws FhirError. */
export async function sendReferral(parameter: readonly Parameter[], key: string): Promise<string> {
  const answer = await fhir<Parameters>('ServiceRequest/$refer', {
    method: 'POST',
    body: { resourceType: 'Parameters', parameter },
    headers: { 'idempotency-key': key },
  });
  return idOf(answer.parameter?.find(({ name }) => name === 'task')?.valueReference?.reference) ?? '';
}

/** When a patient comes again, and why; empty words are left out. */
export type Revisit = {
  patient: string;
  /** FHIR dateTime with its zone. */
  when: string;
  department: string;
  note: string;
  diagnosis: { code: string; display: string } | undefined;
  encounter: string | undefined;
  /** Licence of whoever signs for the facility (MA_TTDV). */
  head: string;
};

/** Books it and numbers its paper; answers `Appointment/{id}`. `key` makes it once. Throws FhirError. */
export async function bookRevisit(revisit: Revisit, key: string): Promise<string> {
  const { patient, when, department, note, diagnosis, encounter, head } = revisit;
  const words = (name: string, valueString: string) => (valueString ? [{ name, valueString }] : []);
  const parameter: Parameter[] = [
    { name: 'patient', valueReference: { reference: `Patient/${patient}` } },
    { name: 'when', valueDateTime: when },
    ...words('department', department),
    ...words('note', note),
    ...words('MA_TTDV', head),
    ...(diagnosis ? [{ name: 'diagnosis', valueCoding: { system: ICD10_VN, ...diagnosis } }] : []),
    ...(encounter ? [{ name: 'encounter', valueReference: { reference: encounter } }] : []),
  ];
  const answer = await fhir<Parameters>('Appointment/$re-appoint', {
    method: 'POST',
    body: { resourceType: 'Parameters', parameter },
    headers: { 'idempotency-key': key },
  });
  return answer.parameter?.find(({ name }) => name === 'appointment')?.valueReference?.reference ?? '';
}
