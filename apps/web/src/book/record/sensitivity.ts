import type { Resource } from './fhir.ts';

const sensitiveCodes = new Set(['HIV', 'PSY', 'SDV', 'TBOO', 'STD', 'SEX', 'ETH', 'tuberculosis', 'R', 'V']);

/**
 * Whether a resource carries a sensitivity label: then the person and the facility that wrote it read it,
 * and nobody else. Source: https://hl7.org/fhir/R4/security-labels.html
 */
export const isSensitive = (resource: Resource): boolean =>
  resource.meta?.security?.some((label) => label.code !== undefined && sensitiveCodes.has(label.code)) ??
  false;
