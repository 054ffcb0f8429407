import { compileFhirPath } from '../fhirpath/index.ts';
import type { Resource } from '../interactions.ts';
import { OutcomeError } from '../outcome.ts';
import { compileProfile } from '../profile/compile-profile.ts';
import { structureDefinition } from '../profile/structure-definition.ts';
import { report, type Run } from './run.ts';

/**
 * A profile or extension must compile: its base is known, it speaks of elements that exist, allows no more than
 * the base, and its expressions are FHIRPath. Source: https://hl7.org/fhir/R4/profiling.html
 */
export function checkDefinition(resource: Resource, run: Run): void {
  if (resource.resourceType !== 'StructureDefinition' || resource['derivation'] !== 'constraint') return;
  if (run.errors > 0 || resource['kind'] === 'logical') return;
  const list = resource['differential'] ? 'differential' : 'snapshot';
  const definition = structureDefinition(resource);
  const { problems, unclear } = compileProfile(definition, run.source);
  for (const { element, child, why } of problems)
    report(run, 'invalid', why, element === undefined ? child : `${list}.element[${element}].${child}`);
  definition.contextInvariant?.forEach((expression, at) => {
    try {
      compileFhirPath(expression);
    } catch (cause) {
      if (!(cause instanceof OutcomeError)) throw cause;
      report(run, 'invalid', `is no FHIRPath: ${cause.message}`, `contextInvariant[${at}]`);
    }
  });
  for (const id of new Set(unclear)) {
    const at = definition.element.findIndex((element) => element.id === id);
    if (at >= 0)
      report(
        run,
        'processing',
        'no discriminator tells this slice from others, so it is not checked. Fix a value, a pattern, a type or an existence that the discriminator names.',
        `${list}.element[${at}]`,
        'warning',
      );
  }
}
