/** A token as a search parameter takes it. Source: https://hl7.org/fhir/R4/search.html#escaping */
export const token = (system: string, value: string): string =>
  `${system}|${value.replace(/[\\,$|]/g, '\\$&')}`;

/** The query that names a resource by this identifier. */
export const byIdentifier = (system: string, value: string): string =>
  `identifier=${encodeURIComponent(token(system, value))}`;
