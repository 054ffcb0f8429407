/** A FHIRPath Patch of one operation, as Parameters. Source: https://hl7.org/fhir/R4/fhirpatch.html */
export const fhirPathPatch = (type: string, path: string, more: readonly object[] = []) => ({
  resourceType: 'Parameters',
  parameter: [
    {
      name: 'operation',
      part: [{ name: 'type', valueCode: type }, { name: 'path', valueString: path }, ...more],
    },
  ],
});
