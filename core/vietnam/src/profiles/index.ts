import { condition, coverage, encounter, laboratory, medicationRequest } from './care.ts';
import type { Definition } from './definition.ts';
import { extensions } from './extensions.ts';
import { organization, patient, practitioner } from './people.ts';
import { terminology } from './terminology.ts';

export type { Definition } from './definition.ts';

/** The profiles and extensions of Viet Nam, as StructureDefinitions. */
export const structureDefinitions: readonly Definition[] = [
  ...extensions,
  patient,
  practitioner,
  organization,
  encounter,
  condition,
  laboratory,
  medicationRequest,
  coverage,
];

/** The CodeSystems and ValueSets they bind to. */
export const codeSystemsAndValueSets = terminology;
