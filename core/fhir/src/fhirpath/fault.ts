import { outcomeError, type OutcomeError } from '../outcome.ts';

/** A fault in the text of an expression, with where it stands, counted from 1. */
export function syntaxFault(text: string, at: number, why: string): OutcomeError {
  const before = text.slice(0, at);
  const line = before.split('\n').length;
  const column = at - before.lastIndexOf('\n');
  const shown = text.length > 200 ? `${text.slice(0, 197)}…` : text;
  return outcomeError('invalid', `FHIRPath at line ${line}, column ${column}: ${why}. In: ${shown}`, shown);
}

/** An expression that cannot be evaluated on what it was given: two items where one is needed, a wrong type. */
export const evaluationFault = (why: string): OutcomeError => outcomeError('processing', `FHIRPath: ${why}.`);

/** An evaluation that would take more work than the server gives one expression. */
export const tooCostly = (why: string): OutcomeError => outcomeError('too-costly', `FHIRPath: ${why}.`);
