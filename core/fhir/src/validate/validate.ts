import type { Resource } from '../interactions.ts';
import { resourceTypes } from '../model/model.ts';
import type { Issue } from '../outcome.ts';
import type { ProfileSource } from '../profile/profile-source.ts';
import { nearNames } from '../search/near-names.ts';
import { checkFullUrls } from './bundle.ts';
import { checkClaims } from './claims.ts';
import { checkObject, objectCheck, setResourceCheck } from './compile-type.ts';
import { checkDefinition } from './definition.ts';
import { newRun, report, type Run, shown } from './run.ts';

export type ValidateOptions = { profiles?: ProfileSource };

/**
 * What is wrong with a resource by the R4 definitions and by the profiles it claims, in the order of its elements;
 * empty when nothing is. Only severity 'error' makes it invalid. Each names the element by its FHIRPath, the rule,
 * and what to write instead. Checked are: known elements, types, cardinality, choices, primitive formats and
 * their extensions, bindings, invariants, targets of literal references, known extensions, contained resources,
 * the narrative; of the profiles in `meta.profile` all they ask beyond that. `profiles` gives those that are not
 * built in, and their value sets. Source: https://hl7.org/fhir/R4/validation.html
 */
export function validate(resource: Resource, { profiles }: ValidateOptions = {}): Issue[] {
  const run = newRun(resource, profiles);
  checkResource(resource, run);
  return run.issues;
}

/** A resource at the place the run is at: the one given, contained, or in a Bundle or Parameters. */
export function checkResource(value: unknown, run: Run, contained = false): void {
  const root = run.path.length === 0;
  const type =
    typeof value === 'object' && value !== null
      ? (value as { resourceType?: unknown }).resourceType
      : undefined;
  if (typeof type !== 'string' || !resourceTypes.has(type)) {
    if (root) run.path.push(typeof type === 'string' && /^[A-Za-z]+$/.test(type) ? type : 'Resource');
    report(run, 'structure', unknownType(type));
    return;
  }
  if (root) run.path.push(type);
  const { resource, rootResource, bundle, depth, misshapen } = run;
  run.resource = value as Resource;
  if (!contained) run.rootResource = run.resource;
  if (type === 'Bundle') run.bundle = run.resource;
  run.depth = run.path.length;
  checkObject(objectCheck(type), value, run);
  if (type === 'Bundle') checkFullUrls(run.resource, run);
  checkClaims(run.resource, run);
  if (root) checkDefinition(run.resource, run);
  run.resource = resource;
  run.rootResource = rootResource;
  run.depth = depth;
  // what is wrong inside leaves the outer one what it is
  run.misshapen = misshapen;
  run.bundle = bundle;
}

function unknownType(type: unknown): string {
  if (type === undefined) return 'resourceType is missing. Name the type of the resource.';
  const near = nearNames(String(type), resourceTypes);
  return `resourceType ${shown(type)} is no FHIR R4 resource type.${near.length > 0 ? ` Did you mean ${near.join(', ')}?` : ''}`;
}

setResourceCheck(checkResource);
