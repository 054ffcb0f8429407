import { model, type ElementModel } from '../model/model.ts';

/** A value of `_summary`, or only what a resource cannot be without. */
export type SummaryMode = 'true' | 'text' | 'data' | 'count' | 'mandatory';

/**
 * The top-level elements (choices as `value[x]`) that `_summary` keeps of a type: `true` those marked as
 * summary, `text` narrative, id, meta and mandatory ones, `data` all but the narrative, `count` none.
 * Mandatory elements are always kept. Source: https://hl7.org/fhir/R4/search.html#summary
 */
export function summaryElements(type: string, mode: SummaryMode): string[] {
  const kept = (model.types[type]?.elements ?? []).filter((element) => keeps(element, mode));
  return kept.map(({ name, choice }) => (choice ? `${name}[x]` : name));
}

function keeps({ name, min, summary }: ElementModel, mode: SummaryMode): boolean {
  if (mode === 'count') return false;
  if (min || name === 'id' || name === 'meta') return true;
  if (mode === 'mandatory') return false;
  if (mode === 'text') return name === 'text';
  return mode === 'data' ? name !== 'text' : summary === true;
}
