import type { Resource } from '../interactions.ts';
import { model } from '../model/model.ts';
import { newRun, type Run } from '../validate/run.ts';
import { compiledProfile } from './compile-profile.ts';
import { baseType } from './snapshot.ts';

/** What is wrong with a value by a profile: nothing when it is of another type; undefined when that is not known here. */
export type ProfileFaults = { met: boolean; first?: string };

/** Whether a value meets a profile; undefined when the profile or the value is not known here. */
export const meetsProfile = (
  canonical: string,
  value: unknown,
  type: string,
  run: Run,
): boolean | undefined => judgeByProfile(canonical, value, type, run)?.met;

/**
 * A profile tried on a value, with the first fault it finds. A resource is tried once in a run, however often
 * references lead to it; one that leads back to itself is taken to meet what it is being tried for.
 */
export function judgeByProfile(
  canonical: string,
  value: unknown,
  type: string,
  run: Run,
): ProfileFaults | undefined {
  const profile = compiledProfile(canonical, run.source);
  const base = profile?.definition.type ?? baseType(canonical);
  const resource = asResource(value);
  const own = resource?.resourceType ?? type;
  if (base !== undefined && own !== '' && !isA(own, base)) return { met: false };
  if (!profile) return base === undefined ? undefined : { met: true };
  if (typeof value !== 'object' || value === null) return undefined;
  const known = resource && verdictsOn(resource, run);
  const earlier = known?.get(canonical);
  if (earlier) return earlier;
  if (run.level >= maxLevel) return undefined;
  known?.set(canonical, { met: true });
  const trial = trialOf(resource, run);
  profile.check(value, undefined, own, trial);
  const fault = trial.issues.find(({ severity }) => severity === 'error');
  const verdict: ProfileFaults = { met: !fault, ...(fault ? { first: fault.diagnostics } : {}) };
  known?.set(canonical, verdict);
  return verdict;
}

/** References are followed so far: no profile asks for more, and a long chain must not exhaust the stack. */
const maxLevel = 20;

/** A run beside this one, whose issues are not told; within the resource, when the value is one. */
function trialOf(resource: Resource | undefined, run: Run): Run {
  const trial = newRun(resource ?? run.resource, run.source);
  trial.level = run.level + 1;
  trial.rootResource = resource && !isContained(resource, run) ? resource : run.rootResource;
  if (resource) trial.path.push(resource.resourceType);
  trial.bundle = run.bundle;
  trial.indexes = run.indexes;
  trial.verdicts = run.verdicts ??= new Map();
  return trial;
}

function verdictsOn(resource: Resource, run: Run): Map<string, ProfileFaults> {
  const all = (run.verdicts ??= new Map());
  const own = all.get(resource) ?? new Map<string, ProfileFaults>();
  all.set(resource, own);
  return own;
}

const isContained = (resource: Resource, { rootResource: { contained } }: Run) =>
  Array.isArray(contained) && contained.includes(resource);

const asResource = (value: unknown): Resource | undefined =>
  typeof (value as { resourceType?: unknown } | null | undefined)?.resourceType === 'string'
    ? (value as Resource)
    : undefined;

function isA(type: string, base: string): boolean {
  for (let own: string | undefined = type; own; own = model.types[own]?.base) if (own === base) return true;
  return false;
}
