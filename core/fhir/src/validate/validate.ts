import type { Resource } from '../interactions.ts';
import { resourceTypes } from '../model/model.ts';
import type { Issue } from '../outcome.ts';
import { nearNames } from '../search/near-names.ts';
import { checkObject, objectCheck, setResourceCheck } from './compile-type.ts';
import { report, type Run, shown } from './run.ts';

/**
 * What is wrong with a resource by the R4 definitions, in the order of its elements; empty when nothing is.
 * Only severity 'error' makes it invalid; a reference to an unlisted type is a 'warning'. Each names the element by its FHIRPath, the rule, and what to write instead. Checked are:
 * known elements, types, cardinality, choices, primitive formats and their extensions, codes of required
 * bindings, targets of literal references, contained resources, the narrative. Invariants and profiles are not.
 */
export function validate(resource: Resource): Issue[] {
  const run: Run = { issues: [], path: [] };
  checkResource(resource, run);
  return run.issues;
}

/** A resource at the place the run is at: the one given, contained, or in a Bundle or Parameters. */
function checkResource(value: unknown, run: Run): void {
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
  checkObject(objectCheck(type), value, run);
}

function unknownType(type: unknown): string {
  if (type === undefined) return 'resourceType is missing. Name the type of the resource.';
  const near = nearNames(String(type), resourceTypes);
  return `resourceType ${shown(type)} is no FHIR R4 resource type.${near.length > 0 ? ` Did you mean ${near.join(', ')}?` : ''}`;
}

setResourceCheck(checkResource);
