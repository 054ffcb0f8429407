import { outcomeError, type Sentence } from '@yba/fhir';
import {
  STEPS,
  UNDO_HOURS,
  undoable,
  type State,
  type Step,
  type TableStep,
  type UndoFault,
} from './steps.ts';

const WHY_NOT: Readonly<Record<UndoFault, Sentence>> = {
  none: {
    en: 'The last step of this referral cannot be taken back',
    vi: 'Bước cuối của giấy chuyển này không rút lại được.',
  },
  other: {
    en: 'The last step was done by the other facility; only who did a step takes it back',
    vi: 'Bước cuối do cơ sở kia làm; chỉ nơi đã làm mới rút lại được.',
  },
  late: {
    en: `A step is taken back within ${UNDO_HOURS} hours; since then others may have acted on it`,
    vi: `Chỉ rút lại được trong ${UNDO_HOURS} giờ; sau đó người khác có thể đã làm theo.`,
  },
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
      {
        en: `“${code}” is a step of a referral; a consultation is accepted and answered, nobody travels`,
        vi: 'Bước này chỉ có ở giấy chuyển; hội chẩn thì nhận và trả lời, người bệnh không đi.',
      },
      'Task.code',
    );
  if (from.includes(state)) return;
  throw outcomeError(
    'business-rule',
    `A referral that is “${state}” cannot be changed by “${code}”; that goes from ${from.join(', ')}`,
    'Task.businessStatus',
  );
}
