import type { Resource } from '../interactions.ts';
import { model, resourceTypes } from '../model/model.ts';
import { fault } from './parse-filter.ts';
import type { SearchRequest } from './search-request.ts';
import { summaryElements } from './summary-elements.ts';

/** Marks a resource that was not given whole, so that nobody writes it back. Source: https://hl7.org/fhir/R4/search.html#elements */
export const SUBSETTED = {
  system: 'http://terminology.hl7.org/CodeSystem/v3-ObservationValue',
  code: 'SUBSETTED',
};

/** Elements that `_elements` may name: no resource has as many, and each is looked for in each resource that is shown. */
const MOST_ELEMENTS = 200;

/** The names in `_elements`. Throws `too-costly` when there are too many. */
export function elementsNamed(names: readonly string[]): readonly string[] {
  if (names.length <= MOST_ELEMENTS) return names;
  throw fault('too-costly', '_elements', `names ${names.length} elements; ${MOST_ELEMENTS} are taken`);
}

/** The text of a resource cut down to what `_elements` or `_summary` ask for of its type. */
export function summarise(
  resource: Resource,
  { elements, summary }: Pick<SearchRequest, 'elements' | 'summary'>,
): string {
  const named = elements && elementsOf(resource.resourceType, elements);
  if (named?.length === 0) return JSON.stringify(resource); // a part was asked of other types alone
  const wanted = named
    ? new Set([
        ...named.map((name) => elementName(resource.resourceType, name)),
        ...summaryElements(resource.resourceType, 'mandatory'),
      ])
    : new Set(summaryElements(resource.resourceType, summary === 'false' ? 'data' : (summary ?? 'data')));
  const kept = Object.entries(resource).filter(([name]) => {
    const plain = name.replace(/^_/, '');
    if (['resourceType', 'id', 'meta'].includes(plain)) return true;
    if (summary === 'data' && !elements) return plain !== 'text';
    return [...wanted].some(
      (each) => plain === each || (each.endsWith('[x]') && plain.startsWith(each.slice(0, -3))),
    );
  });
  const cut = Object.fromEntries(kept) as Resource;
  const tags = (resource.meta?.['tag'] ?? []) as unknown[];
  cut.meta = { ...resource.meta, tag: [...tags, SUBSETTED] };
  return JSON.stringify(cut);
}

/** What is asked of a type: `Patient.name` is asked of Patients alone, and `name.family` is in `name`. */
const elementsOf = (type: string, elements: readonly string[]): string[] =>
  elements.flatMap((asked) => {
    const [first = '', second] = asked.split('.');
    if (second === undefined || !resourceTypes.has(first)) return [first];
    return first === type ? [second] : [];
  });

/** A choice is asked for by its base name, `value`, by `value[x]`, or by one of its properties. */
function elementName(type: string, asked: string): string {
  const isChoice = model.types[type]?.elements.some(({ name, choice }) => choice && name === asked);
  return isChoice ? `${asked}[x]` : asked;
}
