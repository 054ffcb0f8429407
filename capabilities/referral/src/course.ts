// What screens share with the server about a referral: its states and steps, and how a Task tells them. Pure.
export { appointmentNumber, REFERRAL_STATE, TRANSFER_PAPER } from './systems.ts';
export {
  isOpen,
  standing,
  STEPS,
  stepsFrom,
  undoable,
  type State,
  type Step,
  type StepCode,
  type TableStep,
} from './steps.ts';
export { facilityIn, kindOf, stateOf, stepsOf, type Kind } from './task.ts';
