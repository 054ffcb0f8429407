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
  | 'book'
  | 'miss'
  | 'arrive'
  | 'answer'
  | 'complete'
  | 'cancel'
  | 'expire'
  | 'undo';

/** A step of the table: everything but writing a draft, which begins, and `undo`, which goes back. */
export type TableStep = Exclude<StepCode, 'undo' | 'draft'>;

type StepRule = {
  from: readonly State[];
  to: State;
  by: Party;
  /** Only for the patient who travels: a consultation has none. */
  only?: 'referral';
  /** Reception does it too: it needs nothing of the illness. */
  desk?: true;
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
export const STEPS: Readonly<Record<TableStep, StepRule>> = {
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
  book: { from: ['accepted'], to: 'accepted', by: 'receiver', only: 'referral', desk: true },
  miss: { from: ['accepted'], to: 'accepted', by: 'platform', only: 'referral' },
  arrive: {
    from: ['requested', 'received', 'accepted'],
    to: 'arrived',
    by: 'receiver',
    only: 'referral',
    desk: true,
    undo: true,
  },
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

/** The steps that lead on from a state for one side, in the order of the table. */
export function stepsFrom(state: State, by: Party, kind: 'referral' | 'consultation'): TableStep[] {
  return (Object.keys(STEPS) as TableStep[]).filter((code) => {
    const rule = STEPS[code];
    return rule.by === by && rule.from.includes(state) && (rule.only === undefined || rule.only === kind);
  });
}

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
  /** Book: when the patient is expected, an instant. */
  when?: string;
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

/** When the patient is expected where they were referred to, an instant; undefined once they came, or it was told that they did not. */
export function expectedAt(state: State, steps: readonly Step[]): string | undefined {
  const last = state === 'accepted' ? standing(steps).at(-1) : undefined;
  return last?.code === 'book' ? last.when : undefined;
}

/** Why a facility cannot take back the last step: there is none that is taken back, another did it, or it is too long ago. */
export type UndoFault = 'none' | 'other' | 'late';

/** The step that `undo` would take back now for this facility, or why there is none. */
export function undoable(steps: readonly Step[], facility: string, now: Date): Step | UndoFault {
  const last = standing(steps).at(-1);
  const rule = last && last.code !== 'draft' && last.code !== 'undo' ? STEPS[last.code] : undefined;
  if (!last || !rule?.undo || last.from === undefined) return 'none';
  if (last.facility !== facility) return 'other';
  return now.getTime() - Date.parse(last.at) > UNDO_HOURS * 60 * 60 * 1000 ? 'late' : last;
}
