import type { Resource } from '@yba/fhir';
import { extension } from '@yba/vietnam';

/** Why something is withdrawn: the facility took it back, or a correction has it no more, or it belongs to another patient. */
export type Withdrawing = { code: 'retraction' | 'correction' | 'moved'; text?: string };

const REASON = extension('withdrawal-reason');
const REASONS = 'https://yba.vn/fhir/CodeSystem/withdrawal-reason';

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
 * identifier, so that the visit can be filed under another patient. Why stands in the extension `withdrawal-reason`.
 */
export function enteredInError(stored: Resource, { code, text }: Withdrawing): Resource {
  const { meta, ...resource } = stored;
  const security = meta?.security;
  const marked = statusOf[stored.resourceType]?.(resource as Resource) ?? {
    ...resource,
    status: 'entered-in-error',
  };
  const reason = {
    url: REASON,
    valueCodeableConcept: { coding: [{ system: REASONS, code }], ...(text ? { text } : {}) },
  };
  const others = ((stored['extension'] ?? []) as { url?: string }[]).filter(({ url }) => url !== REASON);
  return {
    ...(marked as Resource),
    extension: [...others, reason],
    ...(security ? { meta: { security } } : {}),
  };
}
