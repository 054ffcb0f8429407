import type { StepCode } from '../steps.ts';

/** To whom news goes: the person, or a facility by its part in the referral. */
export type Audience = 'person' | 'out' | 'in' | 'family' | 'passed';

/**
 * Which step is news to whom. `receive` is a receipt and told by the tick alone; who was passed over is told nothing more.
 * A facility is never told what it did itself.
 */
const NEWS: Readonly<Record<Audience, ReadonlySet<StepCode>>> = {
  person: new Set(['send', 'accept', 'refuse', 'redirect', 'book', 'answer', 'cancel', 'expire', 'undo']),
  out: new Set(['accept', 'refuse', 'redirect', 'book', 'miss', 'arrive', 'answer', 'expire', 'undo']),
  in: new Set(['miss', 'cancel', 'complete', 'expire', 'undo']),
  family: new Set(['send', 'refuse', 'redirect', 'arrive', 'answer', 'cancel', 'expire']),
  passed: new Set(),
};

/** Whether a step is news to them. */
export const isNews = (audience: Audience, code: StepCode): boolean => NEWS[audience].has(code);
