export {
  aCondition,
  aPatient,
  anEncounter,
  anObservation,
  aVisit,
  type VisitOptions,
} from './testing/builders.ts';
export { fhirPathTests, type FhirPathTest, officialExamples, syntheaBundles } from './testing/samples.ts';
