import { outcomeError } from '@yba/fhir';
import {
  STEPS,
  UNDO_HOURS,
  undoable,
  type State,
  type Step,
  type TableStep,
  type UndoFault,
} from './steps.ts';

const WHY_NOT: Readonly<Record<UndoFault, string>> = {
  none: 'The last step of this referral cannot be taken back',
  other: 'The last step was done by the other facility; only who did a step takes it back',
  late: `A step is taken back within ${UNDO_HOURS} hours; since then others may have acted on it`,
};

/** The step that `undo` takes back now for this facility. Throws why there is none. */
export function stepToUndo(steps: readonly Step[], facility: string, now: Date): Step {
  const last = undoable(steps, facility, now);
  if (typeof last === 'string') throw outcomeError('business-rule', WHY_NOT[last], 'Task.status');
  return last;
}

/** Throws `business-rule` when the step does not lead on from this state, or is none of this kind of referral. */
export function checkStep(code: TableStep, state: State, kind: 'referral' | 'consultation'): void {
  const { from, only } = STEPS[code];
  if (only !== undefined && only !== kind)
    throw outcomeError(
      'business-rule',
      `“${code}” is a step of a referral; a consultation is accepted and answered, nobody travels`,
      'Task.code',
    );
  if (from.includes(state)) return;
  throw outcomeError(
    'business-rule',
    `A referral that is “${state}” cannot be changed by “${code}”; that goes from ${from.join(', ')}`,
    'Task.businessStatus',
  );
}
