import { outcomeError } from '@yba/fhir';

/** Where a referral stands; `Task.businessStatus`. */
export type State =
  | 'draft'
  | 'requested'
  | 'received'
  | 'accepted'
  | 'refused'
  | 'arrived'
  | 'answered'
  | 'completed'
  | 'cancelled'
  | 'expired';

export type Party = 'sender' | 'receiver' | 'platform';

export type StepCode =
  | 'draft'
  | 'send'
  | 'receive'
  | 'accept'
  | 'redirect'
  | 'refuse'
  | 'arrive'
  | 'answer'
  | 'complete'
  | 'cancel'
  | 'expire'
  | 'undo';

type StepRule = {
  from: readonly State[];
  to: State;
  by: Party;
  /** Words that say why are asked for. */
  reason?: true;
  /** May be taken back by whoever did it while nothing came after, within UNDO_HOURS. */
  undo?: true;
};

/** How long a step may be taken back, in hours. */
export const UNDO_HOURS = 24;

/**
 * The state machine of a referral, whole: who may do what, from where to where.
 * Source: https://hl7.org/fhir/R4/task.html#statemachine
 */
export const STEPS: Readonly<Record<Exclude<StepCode, 'undo' | 'draft'>, StepRule>> = {
  send: { from: ['draft'], to: 'requested', by: 'sender' },
  receive: { from: ['requested'], to: 'received', by: 'receiver' },
  accept: { from: ['requested', 'received'], to: 'accepted', by: 'receiver', undo: true },
  redirect: {
    from: ['requested', 'received', 'accepted'],
    to: 'requested',
    by: 'receiver',
    reason: true,
    undo: true,
  },
  refuse: { from: ['requested', 'received'], to: 'refused', by: 'receiver', reason: true, undo: true },
  arrive: { from: ['requested', 'received', 'accepted'], to: 'arrived', by: 'receiver', undo: true },
  answer: { from: ['accepted', 'arrived'], to: 'answered', by: 'receiver', reason: true },
  complete: { from: ['answered'], to: 'completed', by: 'sender', undo: true },
  cancel: {
    from: ['draft', 'requested', 'received', 'accepted'],
    to: 'cancelled',
    by: 'sender',
    reason: true,
    undo: true,
  },
  expire: { from: ['draft', 'requested', 'received', 'accepted'], to: 'expired', by: 'platform' },
};

/** `Task.status` of each state. Source: https://hl7.org/fhir/R4/valueset-task-status.html */
export const TASK_STATUS: Readonly<Record<State, string>> = {
  draft: 'draft',
  requested: 'requested',
  received: 'received',
  accepted: 'accepted',
  refused: 'rejected',
  arrived: 'in-progress',
  answered: 'completed',
  completed: 'completed',
  cancelled: 'cancelled',
  expired: 'cancelled',
};

/** `ServiceRequest.status` of each state. Source: https://hl7.org/fhir/R4/valueset-request-status.html */
export const REQUEST_STATUS: Readonly<Record<State, string>> = {
  draft: 'draft',
  requested: 'active',
  received: 'active',
  accepted: 'active',
  refused: 'revoked',
  arrived: 'active',
  answered: 'completed',
  completed: 'completed',
  cancelled: 'revoked',
  expired: 'revoked',
};

/** What each state is called, for the person concerned. */
export const STATE_WORDS: Readonly<Record<State, string>> = {
  draft: 'Đang soạn',
  requested: 'Đã gửi',
  received: 'Đã nhận được',
  accepted: 'Đã đồng ý tiếp nhận',
  refused: 'Không tiếp nhận được',
  arrived: 'Người bệnh đã đến',
  answered: 'Đã trả lời',
  completed: 'Đã xong',
  cancelled: 'Đã hủy',
  expired: 'Hết hạn',
};

export const isState = (code: string | undefined): code is State =>
  code !== undefined && Object.hasOwn(TASK_STATUS, code);

/** Whether a referral in this state still waits for something. */
export const isOpen = (state: State): boolean =>
  ['draft', 'requested', 'received', 'accepted', 'arrived'].includes(state);

/** One step as it was done. `from` and `owner` are what was before, for whoever takes it back. */
export type Step = {
  code: StepCode;
  /** FHIR dateTime. */
  at: string;
  /** 5-character code of the facility that did it; absent for the platform. */
  facility?: string;
  /** Who did it, as the person concerned reads it. */
  by: string;
  from?: State;
  /** Facility it was addressed to before a redirect. */
  owner?: string;
  reason?: string;
};

/** The steps that hold: without those that were taken back, and their taking back. */
export function standing(steps: readonly Step[]): Step[] {
  const held: Step[] = [];
  for (const step of steps) {
    if (step.code === 'undo') held.pop();
    else held.push(step);
  }
  return held;
}

/** The step that `undo` would take back now for this facility. Throws why there is none. */
export function undoable(steps: readonly Step[], facility: string, now: Date): Step {
  const last = standing(steps).at(-1);
  const rule = last && last.code !== 'draft' && last.code !== 'undo' ? STEPS[last.code] : undefined;
  if (!last || !rule?.undo || last.from === undefined)
    throw outcomeError('business-rule', 'The last step of this referral cannot be taken back', 'Task.status');
  if (last.facility !== facility)
    throw outcomeError(
      'business-rule',
      'The last step was done by the other facility; only who did a step takes it back',
      'Task.status',
    );
  if (now.getTime() - Date.parse(last.at) > UNDO_HOURS * 60 * 60 * 1000)
    throw outcomeError(
      'business-rule',
      `A step is taken back within ${UNDO_HOURS} hours; since then others may have acted on it`,
      'Task.status',
    );
  return last;
}

/** Throws `business-rule` when the step does not lead on from this state. */
export function checkStep(code: Exclude<StepCode, 'undo' | 'draft'>, state: State): void {
  const { from } = STEPS[code];
  if (from.includes(state)) return;
  throw outcomeError(
    'business-rule',
    `A referral that is “${state}” cannot be changed by “${code}”; that goes from ${from.join(', ')}`,
    'Task.businessStatus',
  );
}
