/**
 * The type of a search over all types that asks for one alone, taken out of its query: it is a search on that type, and
 * takes all its parameters. Undefined, and the query as it was, when it asks for none, several or an unknown one.
 * Source: https://hl7.org/fhir/R4/search.html#all “all other search parameters SHALL be common to all provided types”
 */
export function takeOnlyType(query: URLSearchParams, known: ReadonlySet<string>): string | undefined {
  const types = query.getAll('_type');
  if (types.length !== 1 || !known.has(types[0]!)) return undefined;
  query.delete('_type');
  return types[0];
}
