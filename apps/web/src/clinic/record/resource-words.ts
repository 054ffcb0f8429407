import { ACT_CODE, CONFIDENTIALITY, SENSITIVITY } from '@yba/vietnam';
import type { CodeableConcept, HumanName, Patient, Resource } from '../../fhir/types.ts';

/** Words of a coded concept: its text, else the first display, else the first code; '' when there is none. */
export function conceptWords(concept: CodeableConcept | undefined): string {
  return (
    concept?.text ??
    concept?.coding?.find((coding) => coding.display)?.display ??
    concept?.coding?.find((coding) => coding.code)?.code ??
    ''
  );
}

/** The code of a concept in that system, else its first code when no system is named. */
export function codeIn(concept: CodeableConcept | undefined, system?: string): string | undefined {
  return concept?.coding?.find((coding) => !system || coding.system === system)?.code;
}

/** Whether any of the concepts carries the code, in whatever system. */
export function hasCode(concepts: readonly CodeableConcept[] | undefined, code: string): boolean {
  return concepts?.some((concept) => concept.coding?.some((coding) => coding.code === code)) ?? false;
}

/** A person's name as one text: family name first, as Vietnamese names are written. */
export function nameWords(names: readonly HumanName[] | undefined): string {
  const name = names?.find((one) => one.use === 'official') ?? names?.[0];
  return name?.text ?? [name?.family, ...(name?.given ?? [])].filter(Boolean).join(' ');
}

/** The value of the first identifier in that system that is in use. */
export function identifierIn(resource: Pick<Patient, 'identifier'>, system: string): string | undefined {
  return resource.identifier?.find((one) => one.system === system && one.use !== 'old')?.value;
}

/** Whether a label keeps the resource to its own facility and the person: HIV, tuberculosis, restricted. */
export function isSensitive(resource: Resource): boolean {
  return (
    resource.meta?.security?.some(
      (label) =>
        (label.system === ACT_CODE && ['HIV', 'PSY', 'SDV'].includes(label.code ?? '')) ||
        label.system === SENSITIVITY ||
        (label.system === CONFIDENTIALITY && ['R', 'V'].includes(label.code ?? '')),
    ) ?? false
  );
}

/** The part of a reference after the last slash. */
export function idOf(reference: string | undefined): string | undefined {
  return reference?.split('/').pop();
}

/** The code of the facility that sent a resource, from its `meta.source`. */
export function facilityCodeOf(resource: Pick<Resource, 'meta'> | undefined): string | undefined {
  return /\/facility\/([^/#]+)/.exec(resource?.meta?.source ?? '')?.[1];
}
