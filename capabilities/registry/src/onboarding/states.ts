/** How far a facility has come on its way into the exchange. */
export type State =
  'applied' | 'coded' | 'credentialed' | 'tested' | 'live' | 'suspended' | 'terminated' | 'rejected';

/** What an officer does. `back` undoes the last step. */
export type Step =
  | 'give-code'
  | 'issue-credentials'
  | 'accept-test'
  | 'go-live'
  | 'suspend'
  | 'resume'
  | 'terminate'
  | 'reject'
  | 'back';

/** From which state each step leads to which. */
export const STEPS: Readonly<Record<Exclude<Step, 'back'>, { from: readonly State[]; to: State }>> = {
  'give-code': { from: ['applied'], to: 'coded' },
  'issue-credentials': { from: ['coded'], to: 'credentialed' },
  'accept-test': { from: ['credentialed'], to: 'tested' },
  'go-live': { from: ['tested'], to: 'live' },
  suspend: { from: ['live'], to: 'suspended' },
  resume: { from: ['suspended'], to: 'live' },
  terminate: { from: ['live', 'suspended'], to: 'terminated' },
  reject: { from: ['applied', 'coded', 'credentialed', 'tested'], to: 'rejected' },
};

/** Every step, for messages. */
export const STEP_NAMES: readonly string[] = [...Object.keys(STEPS), 'back'];

/** The steps open in a state. `back` needs a step before it. */
export function stepsIn(state: State, hasBefore: boolean): Step[] {
  const open = (Object.keys(STEPS) as Exclude<Step, 'back'>[]).filter((step) =>
    STEPS[step].from.includes(state),
  );
  return [...open, ...(hasBefore ? (['back'] as const) : [])];
}

/** What the software of a facility may do in a state: nothing, a test run, or all that is a facility's. */
export function accessIn(state: State): 'none' | 'joining' | 'live' {
  if (state === 'live') return 'live';
  return state === 'credentialed' || state === 'tested' ? 'joining' : 'none';
}
