import type { Dossier } from '@yba/vietnam/dossier';
import { attachmentsOf } from './attachments.ts';
import { conditionsOf } from './conditions.ts';
import { encounterOf } from './encounter.ts';
import { medicinesOf } from './medicines.ts';
import { resultsOf } from './results.ts';
import { servicesOf } from './services.ts';
import type { Mapped, Visit } from './visit.ts';

/** Everything a dossier becomes but its Patient and Coverages, which outlive the visit. */
export const resourcesOf = (visit: Visit, dossier: Dossier, signature: string | undefined): Mapped[] => [
  encounterOf(visit),
  ...conditionsOf(visit),
  ...medicinesOf(visit),
  ...servicesOf(visit),
  ...resultsOf(visit),
  ...attachmentsOf(visit, dossier, signature),
];
