import type { Resource } from '../interactions.ts';
import { type Issue, operationOutcome, outcomeError } from '../outcome.ts';
import type { ProfileSource } from '../profile/profile-source.ts';
import { checkClaims, isKnownProfile } from './claims.ts';
import { newRun, report } from './run.ts';
import { checkResource } from './validate.ts';

export type ValidateForOptions = {
  /** What is to be done with it; absent: its content alone is judged. */
  mode?: 'create' | 'update' | 'delete' | 'profile';
  /** Canonical of a profile it must meet besides those it claims. */
  profile?: string;
  /** The id in the address, for an update. */
  id?: string;
  profiles?: ProfileSource;
};

/**
 * The answer of `$validate`: always an OperationOutcome, with one informational issue when nothing was found.
 * A deletion asks nothing of the content. Throws OutcomeError 'not-found' for a profile that is not known, and
 * 'invalid' for mode `profile` without one. Source: https://hl7.org/fhir/R4/resource-operation-validate.html
 */
export function validateFor(
  resource: Resource,
  { mode, profile, id, profiles }: ValidateForOptions,
): ReturnType<typeof operationOutcome> {
  if (mode === 'profile' && profile === undefined)
    throw outcomeError('invalid', 'mode=profile needs the parameter profile: name the canonical.', 'profile');
  const issues = mode === 'delete' ? [] : issuesOf(resource, profile, profiles);
  if (mode === 'update') issues.push(...idIssues(resource, id));
  return operationOutcome(issues.length > 0 ? issues : [allWell(mode, profile)]);
}

function issuesOf(resource: Resource, profile: string | undefined, profiles?: ProfileSource): Issue[] {
  const run = newRun(resource, profiles);
  checkResource(resource, run);
  const claimed = resource.meta?.['profile'];
  if (profile !== undefined && !(Array.isArray(claimed) && claimed.includes(profile))) {
    if (!isKnownProfile(profile, profiles))
      throw outcomeError(
        'not-found',
        `The profile ${profile.slice(0, 200)} is not known here. Store its StructureDefinition first.`,
        'profile',
      );
    checkClaims({ ...resource, meta: { profile: [profile] } }, run);
  }
  return run.issues;
}

function idIssues(resource: Resource, id: string | undefined): Issue[] {
  if (id === undefined || resource.id === id) return [];
  const run = newRun(resource);
  run.path.push(resource.resourceType);
  report(run, 'value', `must be the id in the address, ${id}.`, 'id');
  return run.issues;
}

function allWell(mode: ValidateForOptions['mode'], profile: string | undefined): Issue {
  const by = profile === undefined ? 'FHIR R4 and the profiles it claims' : `FHIR R4 and ${profile}`;
  return {
    severity: 'information',
    code: 'informational',
    diagnostics:
      mode === 'delete' ? 'A deletion asks nothing of the content.' : `Nothing was found wrong by ${by}.`,
  };
}
