/**
 * The versions that a list of ETags names (`W/"3", W/"4"`); '*' names any. Undefined when one of them is none of ours, or
 * there is none. Source: RFC 9110 13.1.1, 13.1.2, 5.6.1
 */
export function readETags(text: string): readonly number[] | '*' | undefined {
  if (text.trim() === '*') return '*';
  const tags = text.split(',').flatMap((tag) => tag.trim() || []);
  const versions = tags.map((tag) => /^(?:W\/)?"(\d{1,9})"$/.exec(tag)?.[1]);
  return versions.length > 0 && versions.every((version) => version !== undefined)
    ? versions.map(Number)
    : undefined;
}

/** Versions as a list of ETags. Source: https://hl7.org/fhir/R4/http.html#versioning */
export const writeETags = (versions: readonly number[] | '*'): string =>
  versions === '*' ? versions : versions.map((version) => `W/"${version}"`).join(', ');
