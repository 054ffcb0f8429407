import type { Resource } from '@yba/fhir';
import { mrn } from '@yba/vietnam';

type Identifier = { system?: string; value?: string };
type Reference = { reference?: string; identifier?: Identifier };

/** The record number by which this facility knows a Patient. */
export function recordNumberOf(patient: Resource, facility: string): string | undefined {
  const identifiers = (patient['identifier'] ?? []) as Identifier[];
  return identifiers.find(({ system }) => system === mrn(facility))?.value;
}

/** Where resources of the patient compartment say whose they are. */
const PLACES = ['subject', 'patient', 'beneficiary', 'for'] as const;

/** The reference to the patient of a resource, where it has one of the usual kind. */
export function patientReference(resource: Resource): Reference | undefined {
  for (const place of PLACES) {
    const reference = resource[place] as Reference | undefined;
    if (reference && typeof reference === 'object') return reference;
  }
  return undefined;
}

/**
 * The record number that a reference to a patient names: `Patient?identifier=<system>|<number>`, or a logical one.
 */
export function recordNumberIn({ reference, identifier }: Reference, facility: string): string | undefined {
  if (identifier?.system === mrn(facility)) return identifier.value;
  const query = /^Patient\?(.+)$/.exec(reference ?? '')?.[1];
  const [system, value] = (new URLSearchParams(query).get('identifier') ?? '').split('|');
  return system === mrn(facility) ? value || undefined : undefined;
}
