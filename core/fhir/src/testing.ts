export {
  aCondition,
  aPatient,
  anEncounter,
  anObservation,
  aVisit,
  type VisitOptions,
} from './testing/builders.ts';
export { officialExamples, syntheaBundles } from './testing/samples.ts';
