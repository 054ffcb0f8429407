import type { Resource } from '../interactions.ts';

/**
 * Conformance resources beyond the built-in ones (R4 and ours), by canonical, which may end in `|version`.
 * One object is one state: whatever is compiled from it hangs on it, so give a new one when anything changes
 * and the same one while nothing does. The built-in ones come first.
 */
export type ProfileSource = {
  structureDefinition(canonical: string): Resource | undefined;
  valueSet(canonical: string): Resource | undefined;
  codeSystem(canonical: string): Resource | undefined;
};

/** The url and the version of a canonical. */
export function canonicalParts(canonical: string): { url: string; version?: string } {
  const bar = canonical.indexOf('|');
  return bar < 0
    ? { url: canonical }
    : { url: canonical.slice(0, bar), version: canonical.slice(bar + 1).split('#')[0]! };
}
