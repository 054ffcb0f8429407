import { addProfiles, addTerminology } from '@yba/fhir';
import { codeSystemsAndValueSets, structureDefinitions } from '@yba/vietnam/profiles';

/** Puts the profiles of Viet Nam and their terminology in force for everyone, beside those of R4. */
export function addBuiltIn(): void {
  addProfiles(structureDefinitions);
  addTerminology(codeSystemsAndValueSets());
}
