import type { Resource } from '../interactions.ts';
import { compileFhirPath } from '../fhirpath/index.ts';
import { parse } from '../fhirpath/parser.ts';
import type { Constraint } from '../model/model.ts';
import { OutcomeError } from '../outcome.ts';
import { nativeInvariants } from './native-invariants.ts';
import { resolveReference } from './resolve-reference.ts';
import { report, type Run } from './run.ts';
import { isSkipped, type Skip, skipsOf } from './skip.ts';
import { valueSetHas } from '../terminology/index.ts';

/** A compiled invariant: evaluated at the place the run is at, it reports when it does not hold. */
export type Invariant = (value: unknown, sibling: unknown, run: Run) => void;

/**
 * Compiles an invariant of a type (`Patient`, `Patient.contact`, `Period`, `date`). Advice (best practice) gives
 * nothing. Throws OutcomeError for an expression that is no FHIRPath.
 * Source: https://hl7.org/fhir/R4/conformance-rules.html#constraints
 */
export function compileInvariant(constraint: Constraint, type: string): Invariant | undefined {
  const { key, severity, human, expression, best } = constraint;
  if (best) return undefined;
  const compiled = compileFhirPath(expression);
  const skip = usefulSkip(expression, type);
  const native = nativeInvariants[expression];
  const holds: Holds =
    native ?? ((value, run, sibling) => !isFalse(compiled.evaluate(value, optionsOf(type, sibling, run))));
  return (value, sibling, run) => {
    if (skip && typeof value === 'object' && value !== null && isSkipped(skip, value as Fields)) return;
    try {
      if (!holds(value as Fields, run, sibling))
        report(run, 'invariant', `${key}: ${human}`, undefined, severity);
    } catch (cause) {
      if (!(cause instanceof OutcomeError)) throw cause;
      const why =
        cause.code === 'too-costly' ? 'it takes too long here' : 'its expression does not fit what is here';
      report(run, 'processing', `${key} was not checked, ${why}: ${human}`, undefined, 'warning');
    }
  };
}

/** An expression that answers nothing, as when dates of different precision are compared, is not violated. */
const isFalse = (result: unknown[]) => result.length === 1 && result[0] === false;

type Fields = Record<string, unknown>;
type Holds = (value: Fields, run: Run, sibling: unknown) => boolean;

function usefulSkip(expression: string, type: string): Skip | undefined {
  const skip = skipsOf(parse(expression), type);
  return skip.absent.length + skip.present.length > 0 ? skip : undefined;
}

/** What an expression sees around its focus: %resource, %rootResource, what references lead to, value sets. */
export function optionsOf(type: string, sibling: unknown, run: Run) {
  return {
    type,
    ...(sibling === undefined ? {} : { sibling }),
    root: run.resource,
    rootResource: run.rootResource,
    resolve: (reference: string): Resource | undefined => resolveReference(reference, run),
    memberOf: (valueSet: string, system: string | undefined, code: string) =>
      valueSetHas(valueSet, system, code, run.source),
  };
}
