import type { Resource } from '../interactions.ts';
import { compiledProfile } from '../profile/compile-profile.ts';
import { baseType } from '../profile/snapshot.ts';
import { report, type Run, shown } from './run.ts';

/**
 * Checks a resource against the profiles it claims. One that is not known is a warning: what it asks cannot be
 * told. Source: https://hl7.org/fhir/R4/resource-definitions.html#Meta.profile
 */
export function checkClaims(resource: Resource, run: Run): void {
  const claimed = resource.meta?.['profile'];
  if (!Array.isArray(claimed)) return;
  claimed.forEach((canonical: unknown, at) => {
    if (typeof canonical !== 'string' || canonical === '') return;
    const base = baseType(canonical);
    if (base === resource.resourceType) return;
    const profile = base === undefined ? compiledProfile(canonical, run.source) : undefined;
    const type = base ?? profile?.definition.type;
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
    else profile?.check(resource, undefined, type, run);
  });
}
