import { referencedType } from '../path/referenced-type.ts';
import { resolveReference } from '../validate/resolve-reference.ts';
import { report, type Run, shown } from '../validate/run.ts';
import type { ItemCheck } from './compile-profile.ts';
import { findProfile } from './library.ts';
import { judgeByProfile } from './meets-profile.ts';
import type { ProfileSource } from './profile-source.ts';
import { baseType } from './snapshot.ts';

/**
 * Checks what a reference leads to: its type, and where it is among what was sent (contained, or in the same Bundle)
 * that it meets one of the profiles. Source: https://hl7.org/fhir/R4/elementdefinition-definitions.html#ElementDefinition.type.targetProfile
 */
export function targetCheck(targets: readonly string[], source: ProfileSource | undefined): ItemCheck {
  const types = targets.map((url) => baseType(url) ?? findProfile(url, source)?.type);
  if (types.includes(undefined) || types.includes('Resource')) return () => {};
  const allowed = new Set(types);
  const profiled = targets.some((url) => baseType(url) === undefined);
  return (value, _sibling, type, run) => {
    if (type !== 'Reference' || typeof value !== 'object' || value === null) return;
    const target = referencedType(value, run.rootResource);
    if (target !== undefined && !allowed.has(target))
      report(
        run,
        'value',
        `must refer to ${[...allowed].join(' or ')}, found ${shown(target)}.`,
        'reference',
      );
    else if (profiled) checkResolved(value as { reference?: unknown }, targets, run);
  };
}

function checkResolved({ reference }: { reference?: unknown }, targets: readonly string[], run: Run): void {
  if (typeof reference !== 'string') return;
  const resolved = resolveReference(reference, run);
  if (!resolved) return;
  const verdicts = targets.map((url) => judgeByProfile(url, resolved, '', run));
  if (!verdicts.every((verdict) => verdict?.met === false)) return;
  const why = verdicts.find((verdict) => verdict?.first !== undefined)?.first;
  report(
    run,
    'value',
    `leads to ${resolved.resourceType}${resolved.id === undefined ? '' : `/${resolved.id}`}, which does not meet ${targets.join(' or ')}${why === undefined ? '.' : ` (${why}).`}`,
    'reference',
  );
}
