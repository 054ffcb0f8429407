import type { EvaluateOptions } from '../fhirpath/index.ts';
import type { Resource } from '../interactions.ts';
import type { Issue, IssueType } from '../outcome.ts';
import type { ProfileFaults } from '../profile/meets-profile.ts';
import type { ProfileSource } from '../profile/profile-source.ts';

/**
 * One validation: what was found so far and where we are. Every run has all properties from its beginning, and none is
 * ever deleted: what is read at each element stays quick to find.
 */
export type Run = {
  issues: Issue[];
  /** How many of them are errors. */
  errors: number;
  /** How many of those leave a value in another shape than its definition gives, so that no invariant fits it. */
  misshapen: number;
  /** FHIRPath of the place, in parts: names and indexes. */
  path: (string | number)[];
  /** The resource the place is in, the one that contains it, and the Bundle around it. */
  resource: Resource;
  rootResource: Resource;
  bundle: Resource | undefined;
  /** Where in `path` that resource begins. */
  depth: number;
  source: ProfileSource | undefined;
  /** What FHIRPath sees around its focus; made for the first expression and used for all. */
  surroundings: EvaluateOptions | undefined;
  /** What references lead to, by the resource they stand in. */
  indexes: Map<Resource, Map<unknown, ReadonlyMap<string, Resource>>> | undefined;
  /** How many runs this one lies within: profiles are tried on what references lead to. */
  level: number;
  /** What profiles say of resources that references lead to. */
  verdicts: Map<Resource, Map<string, ProfileFaults>> | undefined;
  /** Set when an expression asked for a value set that is not known here. */
  unknownSet: string | undefined;
  /** Name of the profile at work, for messages. */
  profile: string | undefined;
};

/** A run that has found nothing yet. */
export function newRun(resource: Resource, source?: ProfileSource): Run {
  return {
    issues: [],
    errors: 0,
    misshapen: 0,
    level: 0,
    path: [],
    resource,
    rootResource: resource,
    bundle: undefined,
    depth: 1,
    source,
    surroundings: undefined,
    indexes: undefined,
    verdicts: undefined,
    unknownSet: undefined,
    profile: undefined,
  };
}

/** Errors that speak of what well formed elements hold. A code that is none is not among them: invariants turn on codes. */
const ofContent = new Set<IssueType>(['invariant', 'extension', 'too-long']);

/** More than this many errors, or warnings, say nothing new. */
const maxIssues = 100;

/** Whether enough errors are known: nothing that follows would be said. */
export const isFull = (run: Run): boolean => run.errors >= maxIssues;

/** Notes an issue at the place the run is at, or at a child of it. */
export function report(
  run: Run,
  code: IssueType,
  diagnostics: string,
  child?: string,
  severity: Issue['severity'] = 'error',
): void {
  const isError = severity === 'error' || severity === 'fatal';
  if (isError) {
    run.errors++;
    if (!ofContent.has(code)) run.misshapen++;
  }
  if ((isError ? run.errors : run.issues.length - run.errors) > maxIssues) return;
  const expression = pathOf(child === undefined ? run.path : [...run.path, child]);
  const profile = run.profile === undefined ? '' : ` (Profile ${run.profile})`;
  run.issues.push({
    severity,
    code,
    diagnostics: `${expression}: ${diagnostics}${profile}`,
    expression: [expression],
  });
}

function pathOf(parts: readonly (string | number)[]): string {
  let text = '';
  for (const part of parts) {
    if (typeof part === 'number') text += `[${part}]`;
    else text += text === '' ? part : `.${part}`;
  }
  return text;
}

/** A value for a message: short, and by kind when it is not plain. */
export function shown(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'string') return value.length > 60 ? `'${value.slice(0, 57)}…'` : `'${value}'`;
  return typeof value === 'object' && value.constructor === Object ? 'an object' : String(value);
}
