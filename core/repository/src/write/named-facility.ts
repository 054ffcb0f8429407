import { addIssues, isFullOfIssues } from '@yba/fhir';
import type { Issue, Resource } from '@yba/fhir';
import { FACILITY, facilitySource, maLk } from '@yba/vietnam';
import { identifiersOf, type Identifier } from './identifiers.ts';

/**
 * What a resource says of being another facility's: its source, an Organization under that facility's code, a visit
 * under its key. Rows belong to the facility that writes them, and whoever reads them must not be told otherwise.
 */
export function foreignNames(resource: Resource, facility: string): Issue[] {
  const issues: Issue[] = [];
  if (resource['identifier'] === undefined && resource.meta?.['source'] === undefined) return issues;
  const type = resource.resourceType;
  const source = resource.meta?.['source'];
  if (
    typeof source === 'string' &&
    source.startsWith(facilitySource('')) &&
    source !== facilitySource(facility)
  )
    issues.push(foreign(`${type}.meta.source`, facility, 'Leave it out; it is set from the token.'));
  const identifiers: readonly (Identifier | null)[] = identifiersOf(resource); // what is none is told by validation
  for (const [index, identifier] of identifiers.entries()) {
    if (isFullOfIssues(issues)) break;
    const { system, value } = identifier ?? {};
    const isKey =
      type === 'Encounter' &&
      typeof system === 'string' &&
      system.startsWith(maLk('')) &&
      system !== maLk(facility);
    const isCode = type === 'Organization' && system === FACILITY && value !== facility;
    const at = `${type}.identifier[${index}]`;
    if (isKey) addIssues(issues, [foreign(`${at}.system`, facility, `Use ${maLk(facility)}.`)]);
    if (isCode)
      addIssues(issues, [
        foreign(`${at}.value`, facility, 'Refer to that facility’s own Organization instead.'),
      ]);
  }
  return issues;
}

function foreign(expression: string, facility: string, remedy: string): Issue {
  return {
    severity: 'error',
    code: 'business-rule',
    diagnostics: `${expression} names another facility than ${facility}, whose token this is. ${remedy}`,
    expression: [expression],
  };
}
