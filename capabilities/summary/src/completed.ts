import type { Resource } from '@yba/fhir';
import { FACILITY, facilitySource } from '@yba/vietnam';

const UNKNOWN = {
  extension: [{ url: 'http://hl7.org/fhir/StructureDefinition/data-absent-reason', valueCode: 'unknown' }],
};

/**
 * A resource with what the guide asks for where the record does not have it: who made a result is the facility that sent it;
 * a time that nobody noted is said to be unknown. Source: https://hl7.org/fhir/uv/ips/Empty-Sections-and-Missing-Data.html
 */
export function completed(resource: Resource): Resource {
  switch (resource.resourceType) {
    case 'Observation':
      return {
        ...resource,
        ...(resource['performer'] === undefined ? { performer: [senderOf(resource)] } : {}),
        ...(hasChoice(resource, 'effective') ? {} : { _effectiveDateTime: UNKNOWN }),
      };
    case 'Procedure':
      return hasChoice(resource, 'performed') ? resource : { ...resource, _performedDateTime: UNKNOWN };
    case 'MedicationStatement':
      return hasChoice(resource, 'effective') ? resource : { ...resource, _effectiveDateTime: UNKNOWN };
    default:
      return resource;
  }
}

const hasChoice = (resource: Resource, name: string) =>
  Object.keys(resource).some((key) => new RegExp(`^_?${name}[A-Z]`).test(key));

/** The facility that a resource came from, as its performer. */
function senderOf(resource: Resource): object {
  const code = resource.meta?.['source'];
  const prefix = facilitySource('');
  if (typeof code !== 'string' || !code.startsWith(prefix)) return UNKNOWN;
  return {
    type: 'Organization',
    identifier: { system: FACILITY, value: code.slice(prefix.length).split('#')[0] },
  };
}
