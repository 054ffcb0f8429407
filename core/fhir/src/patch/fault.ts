import { outcomeError, type OutcomeError } from '../outcome.ts';

/** The patch itself is not well formed: 400. `expression` is the place in the patch. */
export const malformed = (expression: string, why: string): OutcomeError =>
  outcomeError('invalid', `${expression}: ${why}`, expression);

/** The patch is well formed but does not fit the resource: 422. */
export const notApplicable = (expression: string, why: string): OutcomeError =>
  outcomeError('processing', `${expression}: ${why}`, expression);

/** A `test` of the patch found another value: 422. */
export const testFailed = (expression: string, why: string): OutcomeError =>
  outcomeError('business-rule', `${expression}: ${why}`, expression);

export const tooMuch = (expression: string, why: string): OutcomeError =>
  outcomeError('too-costly', `${expression}: ${why}`, expression);
