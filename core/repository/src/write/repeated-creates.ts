import type { Written } from '@yba/fhir';
import type { Draft } from './change.ts';

/**
 * Marks the conditional creates of one Bundle that ask what an earlier one asks: that one creates the resource, or finds
 * it, and the later find what it comes to, whether it was there before or not.
 * Source: https://hl7.org/fhir/R4/http.html#ccreate
 */
export function withRepeats(drafts: readonly Draft[]): Draft[] {
  const first = new Map<string, Draft>();
  return drafts.map((draft) => {
    const { method, type, condition, fullUrl } = draft;
    if (method !== 'POST' || !condition) return draft;
    const key = `${type}?${condition.toString()}`;
    const repeats = first.get(key);
    if (!repeats) {
      first.set(key, draft);
      return draft;
    }
    if (fullUrl) (repeats.also ??= []).push(fullUrl);
    return { ...draft, repeats };
  });
}

/** The drafts that are carried out. */
export function withoutRepeats(drafts: readonly Draft[]): readonly Draft[] {
  return drafts.some(({ repeats }) => repeats) ? drafts.filter(({ repeats }) => !repeats) : drafts;
}

/** What each draft is answered, from what those that were carried out are. */
export function toEach(drafts: readonly Draft[], written: Written[]): Written[] {
  if (written.length === drafts.length) return written;
  const answers = new Map(withoutRepeats(drafts).map((draft, index) => [draft, written[index]!]));
  return drafts.map((draft) =>
    draft.repeats ? { ...answers.get(draft.repeats)!, outcome: 'unchanged' } : answers.get(draft)!,
  );
}
