import type { Resource } from '@yba/fhir';
import { FACILITY } from '@yba/vietnam';
import type { CodeableConcept, Extension, Period, Reference } from './elements.ts';
import {
  isState,
  REQUEST_STATUS,
  STATE_WORDS,
  STEPS,
  TASK_STATUS,
  type State,
  type Step,
  type StepCode,
} from './steps.ts';
import { REFERRAL_STATE, STEP, TASK_KIND } from './systems.ts';

export type Kind = 'referral' | 'consultation';

/** A Task of this capability, with the elements it is made of. */
export type ReferralTask = Resource & {
  code?: CodeableConcept;
  status?: string;
  businessStatus?: CodeableConcept;
  statusReason?: CodeableConcept;
  focus?: Reference;
  for?: Reference;
  requester?: Reference;
  owner?: Reference;
  authoredOn?: string;
  lastModified?: string;
  restriction?: { period?: Period };
  extension?: Extension[];
  output?: { type: CodeableConcept; valueReference?: Reference; valueString?: string }[];
};

/** What kind of referral a Task is; undefined for any other Task. */
export function kindOf(resource: object | undefined): Kind | undefined {
  const task = resource as Partial<Resource> | undefined;
  if (task?.resourceType !== 'Task') return undefined;
  const codings: unknown = (task['code'] as CodeableConcept | null | undefined)?.coding;
  const code = Array.isArray(codings)
    ? (codings as ({ system?: string; code?: string } | null)[]).find((one) => one?.system === TASK_KIND)
        ?.code
    : undefined;
  return code === 'referral' || code === 'consultation' ? code : undefined;
}

/** The facility code a reference names by identifier. */
export const facilityIn = (reference: Reference | undefined): string | undefined =>
  reference?.identifier?.system === FACILITY ? reference.identifier.value : undefined;

/** Where the referral stands: by its business status, else by what its status alone tells. */
export function stateOf(task: Pick<ReferralTask, 'businessStatus' | 'status'>): State {
  const code = task.businessStatus?.coding?.find(({ system }) => system === REFERRAL_STATE)?.code;
  return isState(code) ? code : stateOfStatus(task.status ?? '');
}

/** The state a status of R4 stands for when nothing else is said. */
export function stateOfStatus(status: string): State {
  const known: Readonly<Record<string, State>> = {
    draft: 'draft',
    requested: 'requested',
    received: 'received',
    accepted: 'accepted',
    ready: 'accepted',
    rejected: 'refused',
    'in-progress': 'arrived',
    'on-hold': 'arrived',
    completed: 'answered',
    cancelled: 'cancelled',
    failed: 'cancelled',
    'entered-in-error': 'cancelled',
  };
  return known[status] ?? 'requested';
}

/** All steps of a referral, as they were done. */
export function stepsOf(task: Pick<ReferralTask, 'extension'>): Step[] {
  return (task.extension ?? []).flatMap(({ url, extension = [] }) => {
    if (url !== STEP) return [];
    const part = (name: string) => extension.find((one) => one.url === name);
    const from = part('from')?.valueCode;
    const [facility, owner] = [
      part('facility')?.valueIdentifier?.value,
      part('owner')?.valueIdentifier?.value,
    ];
    const reason = part('reason')?.valueString;
    const when = part('when')?.valueDateTime;
    const step: Step = {
      code: (part('step')?.valueCode ?? 'send') as StepCode,
      at: part('at')?.valueDateTime ?? '',
      by: part('by')?.valueString ?? '',
      ...(facility ? { facility } : {}),
      ...(isState(from) ? { from } : {}),
      ...(owner ? { owner } : {}),
      ...(reason ? { reason } : {}),
      ...(when ? { when } : {}),
    };
    return [step];
  });
}

function stepExtension({ code, at, facility, by, from, owner, reason, when }: Step): Extension {
  const identifier = (value: string) => ({ valueIdentifier: { system: FACILITY, value } });
  return {
    url: STEP,
    extension: [
      { url: 'step', valueCode: code },
      { url: 'at', valueDateTime: at },
      { url: 'by', valueString: by },
      ...(facility ? [{ url: 'facility', ...identifier(facility) }] : []),
      ...(from ? [{ url: 'from', valueCode: from }] : []),
      ...(owner ? [{ url: 'owner', ...identifier(owner) }] : []),
      ...(reason ? [{ url: 'reason', valueString: reason }] : []),
      ...(when ? [{ url: 'when', valueDateTime: when }] : []),
    ],
  };
}

/** The same Task in another state, with the step that led there. */
export function moved(task: ReferralTask, state: State, step: Step): ReferralTask {
  const { statusReason: _, ...rest } = task;
  const says = STEPS[step.code as keyof typeof STEPS]?.reason && step.reason && step.code !== 'answer';
  return {
    ...rest,
    resourceType: 'Task',
    status: TASK_STATUS[state],
    businessStatus: {
      coding: [{ system: REFERRAL_STATE, code: state, display: STATE_WORDS[state] }],
      text: STATE_WORDS[state],
    },
    ...(says ? { statusReason: { text: step.reason! } } : {}),
    lastModified: step.at,
    extension: [...(task.extension ?? []), stepExtension(step)],
  };
}

/** The request of a referral as it stands when the Task is in this state, addressed to whom the Task is. */
export function requestIn(request: Resource, state: State, owner: Reference | undefined): Resource {
  return { ...request, status: REQUEST_STATUS[state], ...(owner ? { performer: [owner] } : {}) };
}

/**
 * The Task as it is told to whoever has no part in the treatment (reception, the family doctor, who passed it on): who
 * went where and how it stands, nothing of the illness.
 */
export function withoutIllness(task: Resource): Resource {
  const { reasonCode: _reason, output: _output, statusReason: _why, note: _note, ...rest } = task;
  const extension = ((task['extension'] ?? []) as Extension[]).map((one) => ({
    ...one,
    ...(one.extension ? { extension: one.extension.filter(({ url }) => url !== 'reason') } : {}),
  }));
  return { ...rest, extension } as Resource;
}
