import { compileFhirPath, type EvaluateOptions } from '../fhirpath/index.ts';
import { parse } from '../fhirpath/parser.ts';
import type { Constraint } from '../model/model.ts';
import { OutcomeError } from '../outcome.ts';
import { nativeInvariants } from './native-invariants.ts';
import { resolveReference } from './resolve-reference.ts';
import { report, type Run, shown } from './run.ts';
import { isSkipped, type Skip, skipsOf } from './skip.ts';
import { valueSetHas } from '../terminology/index.ts';

/** A compiled invariant: when it need not be looked at, and the look, which reports at the place the run is at. */
export type Invariant = { skip: Skip; check(value: unknown, sibling: unknown, run: Run): void };

/**
 * Compiles an invariant of a type (`Patient`, `Patient.contact`, `Period`, `date`). Advice (best practice) gives
 * nothing. An expression that answers nothing, as when dates of different precision are compared, is not violated.
 * Throws OutcomeError for an expression that is no FHIRPath.
 * Source: https://hl7.org/fhir/R4/conformance-rules.html#constraints
 */
export function compileInvariant(constraint: Constraint, type: string): Invariant | undefined {
  const { key, severity, human, expression, best } = constraint;
  if (best) return undefined;
  const compiled = compileFhirPath(expression);
  const native = nativeInvariants[expression];
  const holds: Holds =
    native ?? ((value, run, sibling) => !compiled.refutes(value, optionsOf(type, sibling, run)));
  return {
    skip: skipsOf(parse(expression), type),
    check: (value, sibling, run) => {
      try {
        run.unknownSet = undefined;
        if (holds(value as Fields, run, sibling)) return;
        const set = run.unknownSet as string | undefined;
        if (set === undefined) report(run, 'invariant', `${key}: ${human}`, undefined, severity);
        else
          report(
            run,
            'processing',
            `${key} was not checked, the value set ${shown(set)} is not known here: ${human}`,
            undefined,
            'warning',
          );
      } catch (cause) {
        if (!(cause instanceof OutcomeError)) throw cause;
        const why =
          cause.code === 'too-costly' ? 'it takes too long here' : 'its expression does not fit what is here';
        report(run, 'processing', `${key} was not checked, ${why}: ${human}`, undefined, 'warning');
      }
    },
  };
}

/** Looks at an invariant of one value, unless that can be spared. */
export function checkInvariant({ skip, check }: Invariant, value: unknown, sibling: unknown, run: Run): void {
  if (typeof value === 'object' && value !== null && isSkipped(skip, value as Fields)) return;
  check(value, sibling, run);
}

type Fields = Record<string, unknown>;
type Holds = (value: Fields, run: Run, sibling: unknown) => boolean;

/** What an expression sees around its focus: %resource, %rootResource, what references lead to, value sets. */
export function optionsOf(type: string, sibling: unknown, run: Run): EvaluateOptions {
  const options = (run.surroundings ??= {
    resolve: (reference) => resolveReference(reference, run),
    memberOf: (valueSet, system, code) => {
      const has = valueSetHas(valueSet, system, code, run.source);
      if (has === undefined) run.unknownSet = valueSet;
      return has;
    },
  });
  options.type = type;
  options.sibling = sibling;
  options.root = run.resource;
  options.rootResource = run.rootResource;
  return options;
}
