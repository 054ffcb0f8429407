import type { Resource } from './interactions.ts';
import { outcomeError } from './outcome.ts';
import { elementsNamed, summarise } from './search/summarise.ts';

/** Which elements of each resource are wanted. */
export type Subset = Parameters<typeof summarise>[1];

/**
 * Reads `_summary` and `_elements` of an interaction that answers resources whole; undefined when all of them is
 * wanted. `_elements` outweighs `_summary`. Throws `invalid` for a summary that such an answer does not have, `too-costly` for
 * more elements than are looked for.
 * Source: https://hl7.org/fhir/R4/search.html#summary, https://hl7.org/fhir/R4/search.html#elements
 */
export function subsetOf(params: URLSearchParams | undefined): Subset | undefined {
  const elements = params
    ?.get('_elements')
    ?.split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  if (elements?.length) return { elements: elementsNamed(elements) };
  const summary = params?.get('_summary');
  if (!summary || summary === 'false') return undefined;
  if (summary === 'true' || summary === 'text' || summary === 'data') return { summary };
  throw outcomeError(
    'invalid',
    `_summary=${summary} cannot be asked of a whole resource; use true, text, data or false.`,
    '_summary',
  );
}

/**
 * Which elements of the CapabilityStatement are wanted. There is one, which is answered whatever `mode` of it is asked
 * for. Throws `invalid` for what is no mode.
 * Source: https://hl7.org/fhir/R4/http.html#capabilities, “servers MAY ignore the mode parameter”
 */
export function subsetOfStatement(params: URLSearchParams | undefined): Subset | undefined {
  const mode = params?.get('mode') ?? 'full';
  if (mode !== 'full' && mode !== 'normative' && mode !== 'terminology')
    throw outcomeError('invalid', `mode is full, normative or terminology, not ${mode}`, 'mode');
  return subsetOf(params);
}

/** The text of a resource, or of the part of it that is wanted. `parse` is called only for a part. */
export function subsetText(
  text: string,
  subset: Subset | undefined,
  parse: (text: string) => Resource,
): string {
  return subset ? summarise(parse(text), subset) : text;
}
