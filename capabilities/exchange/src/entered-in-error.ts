import type { Resource } from '@yba/fhir';

const verificationStatus = {
  coding: [
    { system: 'http://terminology.hl7.org/CodeSystem/condition-ver-status', code: 'entered-in-error' },
  ],
};

/** Where each type says that it should never have been; others have a plain `status`. */
const statusOf: Readonly<Record<string, (resource: Resource) => Resource>> = {
  Condition(resource) {
    const marked: Resource = { ...resource, verificationStatus };
    delete marked.clinicalStatus; // con-5: an error has no clinical status
    return marked;
  },
  Encounter: (resource) => ({
    ...resource,
    status: 'entered-in-error',
    identifier: ((resource.identifier ?? []) as object[]).map((identifier) => ({
      ...identifier,
      use: 'old',
    })),
  }),
};

/**
 * The resource marked as entered in error, for a row that a correction no longer has. An Encounter gives up its
 * identifier, so that the visit can be filed under another patient.
 */
export function enteredInError(stored: Resource): Resource {
  const { meta, ...resource } = stored;
  const security = meta?.security;
  const marked = statusOf[stored.resourceType]?.(resource as Resource) ?? {
    ...resource,
    status: 'entered-in-error',
  };
  return { ...(marked as Resource), ...(security ? { meta: { security } } : {}) };
}
