import type { Resource } from '../interactions.ts';
import { cachedBySource } from '../profile/cached-by-source.ts';
import { compiledProfile } from '../profile/compile-profile.ts';
import type { ProfileSource } from '../profile/profile-source.ts';
import { baseType, isOfBase } from '../profile/snapshot.ts';
import { report, type Run, shown } from './run.ts';

/** What a canonical names: a profile with its type, or a base type alone. */
const claim = cachedBySource((canonical, source) => {
  const base = baseType(canonical);
  const profile = base === undefined ? compiledProfile(canonical, source) : undefined;
  const type = base ?? profile?.definition.type;
  return type === undefined ? undefined : { type, profile };
});

/** Whether a canonical names a profile, or a base type, that is known here. */
export const isKnownProfile = (canonical: string, source: ProfileSource | undefined): boolean =>
  claim(canonical, source) !== undefined;

/**
 * Checks a resource against the profiles it claims. One that is not known is a warning: what it asks cannot be
 * told. Source: https://hl7.org/fhir/R4/resource-definitions.html#Meta.profile
 */
export function checkClaims(resource: Resource, run: Run): void {
  const claimed = resource.meta?.['profile'];
  if (!Array.isArray(claimed)) return;
  claimed.forEach((canonical: unknown, at) => {
    if (typeof canonical !== 'string' || canonical === '') return;
    const { type, profile } = claim(canonical, run.source) ?? {};
    if (type === undefined)
      report(
        run,
        'not-found',
        `the profile ${shown(canonical)} is not known here, so it was not checked.`,
        `meta.profile[${at}]`,
        'warning',
      );
    else if (type !== resource.resourceType)
      report(
        run,
        'structure',
        `the profile ${shown(canonical)} is about ${type}. Remove it.`,
        `meta.profile[${at}]`,
      );
    else {
      if (profile?.problems.some(isOfBase))
        report(
          run,
          'not-found',
          `the profile ${shown(canonical)} rests on one that is not known here; what that asks was not checked.`,
          `meta.profile[${at}]`,
          'warning',
        );
      profile?.check(resource, undefined, type, run);
    }
  });
}
