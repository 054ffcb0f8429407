/** What can be the id of a resource. Source: https://hl7.org/fhir/R4/datatypes.html#id */
export const isResourceId = (text: string): boolean => /^[A-Za-z0-9.-]{1,64}$/.test(text);
