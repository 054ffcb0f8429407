import type { FunctionTable } from '../expression.ts';
import { aggregateFunctions } from './aggregates.ts';
import { boundaryFunctions } from './boundaries.ts';
import { conversionFunctions } from './conversion.ts';
import { datePartFunctions } from './date-parts.ts';
import { existenceFunctions } from './existence.ts';
import { fhirFunctions } from './fhir.ts';
import { filterFunctions } from './filter.ts';
import { mathFunctions } from './math.ts';
import { sortFunctions } from './sort.ts';
import { stringFunctions } from './strings.ts';
import { subsetFunctions } from './subset.ts';
import { utilityFunctions } from './utility.ts';

/** All functions by name. `is`, `as` and `ofType` are compiled apart: their argument is a type. */
export const functions: FunctionTable = {
  ...existenceFunctions,
  ...filterFunctions,
  ...subsetFunctions,
  ...conversionFunctions,
  ...stringFunctions,
  ...mathFunctions,
  ...boundaryFunctions,
  ...datePartFunctions,
  ...aggregateFunctions,
  ...sortFunctions,
  ...utilityFunctions,
  ...fhirFunctions,
};
