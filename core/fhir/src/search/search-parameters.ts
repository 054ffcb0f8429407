import { model, resourceTypes } from '../model/model.ts';
import { isFullText } from './full-text.ts';
import type { SearchParameter } from './search-parameter.ts';

const byType = new Map<string, ReadonlyMap<string, SearchParameter>>();

/**
 * The parameters a resource type can be searched by, those of Resource (`_id`, `_lastUpdated`, `_tag` …)
 * included; `undefined` gives what every type shares. Those without a FHIRPath expression (
 * `_query`, `_filter`) are left out, for they are not evaluated; `_text` and `_content` look at words.
 */
export function searchParameters(type: string | undefined): readonly SearchParameter[] {
  return [...parametersOf(type).values()];
}

/** One parameter of a type by its code, or undefined. */
export function searchParameter(type: string | undefined, code: string): SearchParameter | undefined {
  return parametersOf(type).get(code);
}

/** True for a parameter that R4 defines for the type but that this platform does not evaluate. */
export function isUnsupportedParameter(type: string | undefined, code: string): boolean {
  return definitions(type).some((parameter) => parameter.code === code) && !parametersOf(type).has(code);
}

/** What R4 defines by this code for the type, also when it is not evaluated here. */
export function definedParameter(type: string, code: string): SearchParameter | undefined {
  return definitions(type).find((parameter) => parameter.code === code);
}

function parametersOf(type: string | undefined): ReadonlyMap<string, SearchParameter> {
  const key = type ?? 'Resource';
  let parameters = byType.get(key);
  if (!parameters) {
    const evaluable = definitions(type).filter(({ code, expression }) => expression || isFullText(code));
    parameters = new Map(evaluable.map((parameter) => [parameter.code, parameter]));
    if (key === 'Resource' || resourceTypes.has(key)) byType.set(key, parameters);
  }
  return parameters;
}

function definitions(type: string | undefined): SearchParameter[] {
  const levels =
    type === undefined ? ['Resource'] : resourceTypes.has(type) ? [...ancestors(type), type] : [];
  return levels.flatMap((level) => model.searchParameters[level] ?? []);
}

/** Base types, the most general first: `Resource`, `DomainResource`. */
function ancestors(type: string): string[] {
  const base = model.types[type]?.base;
  return base ? [...ancestors(base), base] : [];
}
