import type { Preconditions } from '@yba/fhir';
import type { StepCode } from './steps.ts';
import type { ReferralTask } from './task.ts';

/** What a caller wants done to a referral. */
export type Wish = {
  step: Exclude<StepCode, 'draft'>;
  reason?: string | undefined;
  /** Redirect: the facility it goes to. */
  to?: string | undefined;
  /** Undo: the step that is taken back. */
  of?: string | undefined;
  /** Book: when the patient is expected, an instant. */
  when?: string | undefined;
  /** Versions of the Task that the caller knows. */
  ifMatch?: Preconditions['ifMatch'] | undefined;
  /** What the Task gives back with an answer. */
  output?: ReferralTask['output'];
};
