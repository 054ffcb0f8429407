import { SUBSETTED } from '@yba/fhir';
import type { Issue, Resource } from '@yba/fhir';

/**
 * What was read with `_elements` or `_summary` is a part, and says so by its tag: as an update it would take the rest
 * away. Source: https://hl7.org/fhir/R4/search.html#elements, “not accidentally used to overwrite a complete resource”
 */
export function incomplete({ resourceType, meta }: Resource): Issue[] {
  const tags = meta?.['tag'];
  if (!Array.isArray(tags)) return [];
  const at = tags.findIndex((tag) => tag?.code === SUBSETTED.code && tag.system === SUBSETTED.system);
  if (at < 0) return [];
  return [
    {
      severity: 'error',
      code: 'business-rule',
      diagnostics:
        'The tag SUBSETTED says that this is a part of the resource; as an update it would take the rest away. Read it whole and change that, patch it, or leave the tag out if it is whole.',
      expression: [`${resourceType}.meta.tag[${at}]`],
    },
  ];
}
