import { outcomeError, parseJson } from '@yba/fhir';

/** `Type/id` of what a transaction wrote, in order. Throws `exception` for an answer without locations. */
export function locations(text: string): string[] {
  const { entry } = parseJson(text) as unknown as { entry: { response: { location?: string } }[] };
  return entry.map(({ response }) => {
    const reference = response.location?.split('/_history/')[0];
    if (!reference) throw outcomeError('exception', 'The store answered no location');
    return reference;
  });
}
