import type { Resource } from '../interactions.ts';
import { extractParameter, type Extracted } from './extract.ts';
import { matchesValue } from './match-value.ts';
import { isFullText } from './full-text.ts';
import { ownParameter, type SearchParameter } from './search-parameter.ts';
import type { SearchFilter, SearchValue } from './search-request.ts';

/**
 * Tells whether a resource passes a filter, exactly as the specification says. `extracted`, when the
 * caller has it, saves the extraction. Chains and `_has` speak of other resources: an Error, resolve
 * them first.
 */
export function matches(filter: SearchFilter, resource: Resource, extracted?: readonly Extracted[]): boolean {
  if (filter.kind === 'any') return filter.filters.some((one) => matches(one, resource, extracted));
  if (filter.kind === 'chain' || filter.kind === 'has' || filter.kind === 'list')
    throw new Error(`a ${filter.kind} filter cannot be told from one resource`);
  const param = ownParameter(filter.param, resource.resourceType);
  const values =
    extracted && isExtracted(param)
      ? (extracted.find((one) => one.param === param)?.values ?? [])
      : extractParameter(param, resource);
  if (filter.kind === 'missing') return (values.length === 0) === filter.missing;
  const found = filter.values.some(
    (search) =>
      isOfVersion(search, resource) &&
      values.some((value) => matchesValue(param, filter.modifier, search, value)),
  );
  return filter.modifier === 'not' || filter.modifier === 'not-in' ? !found : found;
}

/** Whether a definition is of the version asked for. Source: https://hl7.org/fhir/R4/search.html#uri */
const isOfVersion = (search: SearchValue, resource: Resource) =>
  search.kind !== 'uri' || search.version === undefined || resource['version'] === search.version;

/** What `extract` gives without being asked; custom parameters and words are looked up one by one. */
const isExtracted = ({ code, custom }: SearchParameter) => !custom && !isFullText(code);
