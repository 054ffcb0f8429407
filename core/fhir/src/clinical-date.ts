import type { Resource } from './interactions.ts';
import { model } from './model/model.ts';
import { ownParameter, type SearchParameter } from './search/search-parameter.ts';
import { ValueList } from './search/value-sink.ts';
import type { DateValue } from './search/values.ts';
import { compileWays, goWay, type Way } from './search/way.ts';

const waysByType = new Map<string, Way[]>();

/**
 * When the thing a resource speaks of began, in ms since 1970: the element its definition maps to the
 * beginning, else to the doing, the recording, the plan. Undefined when none is given or the type has no date.
 */
export function clinicalDate(resource: Resource): number | undefined {
  const interval = clinicalInterval(resource);
  if (!interval) return undefined;
  return Number.isFinite(interval.from) ? interval.from : interval.to;
}

/** The span of time that `clinicalDate` gives the beginning of. */
export function clinicalInterval(resource: Resource): DateValue | undefined {
  const found = new ValueList();
  for (const way of waysOf(resource.resourceType)) {
    goWay(way, resource, resource, found);
    for (const value of found.values)
      if (value.kind === 'date' && (Number.isFinite(value.from) || Number.isFinite(value.to))) return value;
  }
  return undefined;
}

/** True when the parameter finds the very element that `clinicalDate` looks at first, so that both give one order. */
export function isClinicalDate(type: string, param: SearchParameter): boolean {
  const [first] = model.clinicalDates[type] ?? [];
  return first !== undefined && ownParameter(param, type).expression === `${type}.${first}`;
}

function waysOf(type: string): Way[] {
  let ways = waysByType.get(type);
  if (!ways) {
    ways = (model.clinicalDates[type] ?? []).flatMap((path) => compileWays(path, type, 'date'));
    waysByType.set(type, ways);
  }
  return ways;
}
