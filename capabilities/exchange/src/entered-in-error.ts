import type { Resource } from '@yba/fhir';
import { extension } from '@yba/vietnam';

/** Why something is withdrawn: the facility took it back, or a correction has it no more, or it belongs to another patient. */
export type Withdrawing = { code: 'retraction' | 'correction' | 'moved'; text?: string };

const REASON = extension('withdrawal-reason');
const REASONS = 'https://yba.vn/fhir/CodeSystem/withdrawal-reason';

const verificationStatus = (of: 'condition-ver-status' | 'allergyintolerance-verification') => ({
  coding: [{ system: `http://terminology.hl7.org/CodeSystem/${of}`, code: 'entered-in-error' }],
});

/** Where each type says that it should never have been; others have a plain `status`. */
const statusOf: Readonly<Record<string, (resource: Resource) => Resource>> = {
  AllergyIntolerance(resource) {
    const { clinicalStatus: _, ...rest } = resource; // ait-2: an error has no clinical status
    return { ...rest, verificationStatus: verificationStatus('allergyintolerance-verification') } as Resource;
  },
  Appointment: (resource) => ({
    ...resource,
    // app-3: without both its times it may be nothing else
    status: resource['start'] && resource['end'] ? 'entered-in-error' : 'cancelled',
  }),
  Condition(resource) {
    const { clinicalStatus: _, ...rest } = resource; // con-5: an error has no clinical status
    // con-4: nor, without one, an end
    const kept = Object.entries(rest).filter(([name]) => !/^_?abatement/.test(name));
    const marked = {
      ...Object.fromEntries(kept),
      verificationStatus: verificationStatus('condition-ver-status'),
    };
    return marked as unknown as Resource;
  },
  Goal: (resource) => ({ ...resource, lifecycleStatus: 'entered-in-error' }),
  Encounter: (resource) => ({
    ...resource,
    status: 'entered-in-error',
    ...(resource.identifier
      ? { identifier: (resource.identifier as object[]).map((one) => ({ ...one, use: 'old' })) }
      : {}),
  }),
};

/** Types that have no way to say that they were entered in error. */
const WITHOUT_STATUS: ReadonlySet<string> = new Set([
  'AdverseEvent',
  'AppointmentResponse',
  'AuditEvent',
  'Basic',
  'Binary',
  'BodyStructure',
  'Group',
  'ImmunizationRecommendation',
  'Linkage',
  'MeasureReport',
  'MolecularSequence',
  'Patient',
  'Person',
  'Provenance',
  'RelatedPerson',
  'ResearchSubject',
  'Schedule',
  'VerificationResult',
]);

/** Whether a resource of this type can say that it was entered in error. */
export const isWithdrawable = (type: string): boolean => !WITHOUT_STATUS.has(type);

/** Whether a resource says that it should never have been. */
export function isWithdrawn(resource: Resource): boolean {
  const verification = resource['verificationStatus'] as { coding?: { code?: string }[] } | undefined;
  const reasons = (resource['extension'] ?? []) as { url?: string }[];
  return (
    resource['status'] === 'entered-in-error' ||
    resource['lifecycleStatus'] === 'entered-in-error' ||
    (verification?.coding?.some(({ code }) => code === 'entered-in-error') ?? false) ||
    (resource['status'] === 'cancelled' && reasons.some(({ url }) => url === REASON))
  );
}

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
