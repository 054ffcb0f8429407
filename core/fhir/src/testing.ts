export {
  aCondition,
  aPatient,
  anEncounter,
  anObservation,
  aVisit,
  type VisitOptions,
} from './testing/builders.ts';
export {
  fhirPathTests,
  type FhirPathTest,
  officialExamples,
  syntheaBundles,
  type ValidatorCase,
  validatorCases,
} from './testing/samples.ts';
