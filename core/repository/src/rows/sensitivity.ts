import type { Resource } from '@yba/fhir';

/**
 * Sensitivity classes as the bits of a row's label; a row may be of several. Bit 1 marks the shared registries.
 * `restricted` is what a label keeps back without saying why.
 */
export const SENSITIVITY = {
  restricted: 1,
  hiv: 4,
  tuberculosis: 8,
  'mental-health': 16,
  reproductive: 32,
  genetic: 64,
  vip: 128,
} as const;

export type Sensitivity = keyof typeof SENSITIVITY;

/** Every class at once. */
export const EVERY_SENSITIVITY = Object.values(SENSITIVITY).reduce((all, bit) => all | bit, 0);

/** Code system of the classes that HL7 has no code for; it has one for each class. */
export const SENSITIVITY_SYSTEM = 'https://yba.vn/fhir/CodeSystem/sensitivity';

const ACT_CODE = 'http://terminology.hl7.org/CodeSystem/v3-ActCode';
const CONFIDENTIALITY = 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality';

/** Source: https://terminology.hl7.org/ValueSet-v3-InformationSensitivityPolicy.html */
const BY_ACT_CODE: Readonly<Record<string, Sensitivity>> = {
  HIV: 'hiv',
  PSY: 'mental-health',
  PSYTHPN: 'mental-health',
  ETH: 'mental-health',
  SEX: 'reproductive',
  STD: 'reproductive',
  GDIS: 'genetic',
  SCA: 'genetic',
  CEL: 'vip',
  VIP: 'vip',
  SDV: 'restricted',
};

type Label = { system?: string; code?: string };

/** The class a security label names, or undefined for a label that keeps nothing back. */
export function sensitivityOf({ system, code = '' }: Label): Sensitivity | undefined {
  if (system === ACT_CODE) return Object.hasOwn(BY_ACT_CODE, code) ? BY_ACT_CODE[code] : undefined;
  if (system === CONFIDENTIALITY) return code === 'R' || code === 'V' ? 'restricted' : undefined;
  return system === SENSITIVITY_SYSTEM && Object.hasOwn(SENSITIVITY, code)
    ? (code as Sensitivity)
    : undefined;
}

/** The bits of all classes that a resource's security labels name; 0 for an ordinary resource. */
export function sensitivityBits(resource: Resource): number {
  const labels = resource.meta?.['security'] as Label[] | undefined;
  if (!labels) return 0;
  return labels.reduce((bits, label) => {
    const known = sensitivityOf(label);
    return known ? bits | SENSITIVITY[known] : bits;
  }, 0);
}
