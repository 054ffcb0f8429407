import type { ProfileSource } from '../profile/profile-source.ts';
import { codeSystem } from './code-system.ts';
import { type ExpandedConcept, valueSet } from './value-set.ts';

export { ignoresCase } from './code-system.ts';
export { addTerminology } from './library.ts';
export type { ExpandedConcept } from './value-set.ts';

/**
 * Whether a value set holds a code; without a system, whether it holds it of any system. Undefined when that
 * cannot be said here: the set is unknown, or rests on content that is not ours (SNOMED CT, LOINC).
 * Source: https://hl7.org/fhir/R4/valueset.html#compositions
 */
export function valueSetHas(
  canonical: string,
  system: string | undefined,
  code: string,
  source?: ProfileSource,
): boolean | undefined {
  return valueSet(canonical, source)?.has(system, code);
}

/** Whether `valueSetHas` can say of every code if a value set holds it. */
export function valueSetDecides(canonical: string, source?: ProfileSource): boolean {
  return valueSet(canonical, source)?.decides() === true;
}

/** Every concept of a value set, in its order; undefined when unknown or not a list. Source: https://hl7.org/fhir/R4/valueset-operation-expand.html */
export function expand(canonical: string, source?: ProfileSource): ExpandedConcept[] | undefined {
  return valueSet(canonical, source)?.expand();
}

/**
 * Whether a code is the other or stands below it in its system; ICD-10 by its letters and digits. Undefined when
 * the system's hierarchy is not ours. Source: https://hl7.org/fhir/R4/codesystem-operation-subsumes.html
 */
export function isBelow(
  system: string,
  code: string,
  ancestor: string,
  source?: ProfileSource,
): boolean | undefined {
  return codeSystem(system, source)?.isBelow(code, ancestor);
}

/** A code and all below it; undefined when the system is not a list of codes here. */
export function codesBelow(system: string, ancestor: string, source?: ProfileSource): string[] | undefined {
  const content = codeSystem(system, source);
  return content?.codes()?.filter((code) => content.isBelow(code, ancestor));
}

/** A code and all above it; undefined when the system is not a list of codes here. */
export function codesAbove(system: string, code: string, source?: ProfileSource): string[] | undefined {
  const content = codeSystem(system, source);
  return content?.codes()?.filter((ancestor) => content.isBelow(code, ancestor));
}
