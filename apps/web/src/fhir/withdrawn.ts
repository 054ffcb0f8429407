import type { CodeableConcept, Extension, Quantity } from './types.ts';

/** Why something was withdrawn; undefined when the hospital did not say. */
export type WithdrawalReason = 'retraction' | 'correction' | 'moved';

/** Something its hospital withdrew: it never should have been, and is kept. */
export type Withdrawn = {
  /** `Type/id` */
  id: string;
  type: string;
  what: string;
  /** The value of a result, digits as they were written, and its unit. */
  value: string;
  unit: string;
  /** When it was of, as written. */
  date: string;
  /** Code of the facility. */
  facility: string | undefined;
  /** When it was withdrawn. */
  at: string;
  reason: WithdrawalReason | undefined;
  /** What the hospital wrote. */
  words: string | undefined;
};

/** What of any kind of resource is read here. */
type Loose = {
  resourceType: string;
  id?: string;
  meta?: { source?: string; lastUpdated?: string };
  extension?: Extension[];
  status?: string;
  verificationStatus?: CodeableConcept;
  code?: CodeableConcept;
  type?: CodeableConcept | CodeableConcept[];
  medicationCodeableConcept?: CodeableConcept;
  description?: string;
  effectiveDateTime?: string;
  effectivePeriod?: { start?: string };
  authoredOn?: string;
  date?: string;
  issued?: string;
  recordedDate?: string;
  valueQuantity?: Quantity;
  valueString?: string;
  valueCodeableConcept?: CodeableConcept;
};

const REASON = 'https://yba.vn/fhir/StructureDefinition/withdrawal-reason';
const REASONS: readonly string[] = ['retraction', 'correction', 'moved'];

/** Whether a resource says that it should never have been. */
export function isWithdrawn(resource: object): boolean {
  const { status, verificationStatus } = resource as Loose;
  return (
    status === 'entered-in-error' ||
    (verificationStatus?.coding?.some(({ code }) => code === 'entered-in-error') ?? false)
  );
}

/** Those of the resources that were withdrawn, the latest withdrawn first. */
export function withdrawnOf(resources: readonly object[]): Withdrawn[] {
  return (resources as readonly Loose[])
    .filter(isWithdrawn)
    .map(withdrawnFrom)
    .sort((a, b) => b.at.localeCompare(a.at));
}

function withdrawnFrom(resource: Loose): Withdrawn {
  const why = resource.extension?.find(({ url }) => url === REASON)?.valueCodeableConcept;
  const code = why?.coding?.[0]?.code;
  const type = Array.isArray(resource.type) ? resource.type[0] : resource.type;
  return {
    id: `${resource.resourceType}/${resource.id}`,
    type: resource.resourceType,
    what:
      resource.description ||
      words(resource.medicationCodeableConcept) ||
      words(resource.code) ||
      words(type) ||
      resource.resourceType,
    ...valueOf(resource),
    date:
      resource.effectiveDateTime ??
      resource.effectivePeriod?.start ??
      resource.authoredOn ??
      resource.date ??
      resource.recordedDate ??
      resource.issued ??
      '',
    facility: /\/facility\/([^/#]+)/.exec(resource.meta?.source ?? '')?.[1],
    at: resource.meta?.lastUpdated ?? '',
    reason: REASONS.includes(code ?? '') ? (code as WithdrawalReason) : undefined,
    words: why?.text,
  };
}

function valueOf({ valueQuantity, valueString, valueCodeableConcept }: Loose): {
  value: string;
  unit: string;
} {
  if (valueQuantity?.value === undefined)
    return { value: valueString ?? words(valueCodeableConcept), unit: '' };
  const { comparator = '', digits, value, unit = '' } = valueQuantity;
  return { value: `${comparator}${digits ?? value}`, unit };
}

function words(concept: CodeableConcept | undefined): string {
  return (
    concept?.text ??
    concept?.coding?.find(({ display }) => display)?.display ??
    concept?.coding?.[0]?.code ??
    ''
  );
}
