/** What the log's entries are made of. */
export type CanonicalValue = string | number | null;

/**
 * A flat object as canonical JSON: members in the order of their names, no white space.
 * Of numbers only integers that are exact. Source: https://www.rfc-editor.org/rfc/rfc8785
 */
export function canonicalJson(value: Readonly<Record<string, CanonicalValue>>): string {
  const members = Object.keys(value)
    .sort() // by UTF-16 code units, as the RFC asks
    .map((name) => `${JSON.stringify(name)}:${JSON.stringify(value[name])}`);
  return `{${members.join(',')}}`;
}
