import type { Issue } from '@yba/fhir';
import type { Conditions } from './condition.ts';
import type { Lookups } from './lookups.ts';
import type { Env, Job } from './transact.ts';

/** A write that is being prepared: what every step up to the writing is given. */
export type Preparation = {
  env: Omit<Env, 'committer'>;
  lookups: Lookups;
  job: Job;
  conditions: Conditions;
  /** The warnings of what patches come to, when they are told. */
  warnings: Issue[];
};
