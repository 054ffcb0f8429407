import type { Sql } from '@yba/postgres';
import type { State } from './states.ts';

export type Onboarding = {
  id: string;
  name: string;
  kind: string;
  commune: string;
  line: string | null;
  contact: { name?: string; phone?: string; email?: string };
  vendor: string | null;
  facility: string | null;
  client: string | null;
  state: State;
  created: Date;
};

export type StepRow = {
  id: string;
  step: string;
  from_state: State | null;
  to_state: State;
  why: string;
  by_name: string;
  at: Date;
};

export type TestRow = { at: Date; passed: boolean; summary: TestSummary };

/** One thing that is not as a rule asks; values by their shape, so that nothing that was sent is in it. */
export type TestFinding = {
  severity: 'error' | 'warning' | 'information';
  rule: string;
  title: { vi: string; en: string };
  /** Where the rule is written. */
  source: string;
  /** The parameter it came in, and the place in it. */
  file: string;
  path: string;
  line?: number;
  /** Further places with the same fault. */
  more?: number;
  found: { vi: string; en: string };
  fix: { vi: string; en: string };
};

/** What a test run was about, without anything that was sent. Runs of older releases have rules by name alone. */
export type TestSummary = {
  resources: number;
  dossiers: number;
  messages?: number;
  errors: number;
  warnings: number;
  /** Whether the software read the sample: undefined when it did not try. */
  read?: boolean;
  rules: string[];
  findings?: TestFinding[];
};

const LISTED = 300;

const columns = (sql: Sql) =>
  sql`id::text, name, kind, commune, line, contact, vendor, facility, client, state, created`;

/** Applications, the newest first; of one facility (code), in one state, or all. */
export const onboardings = (
  sql: Sql,
  { state, facility }: { state?: string | undefined; facility?: string | undefined },
) => sql<Onboarding[]>`
  select ${columns(sql)} from onboarding
  where (${state ?? null}::text is null or state = ${state ?? null}) and (${facility ?? null}::text is null or facility = ${facility ?? null})
  order by onboarding.id desc limit ${LISTED}`;

/** How many there are in each state. */
export const counts = (sql: Sql) => sql<{ state: State; n: number }[]>`
  select state, count(*)::int as n from onboarding group by state`;

/** One application, locked until the transaction ends. */
export async function locked(tx: Sql, id: string): Promise<Onboarding | undefined> {
  const [row] = await tx<Onboarding[]>`select ${columns(tx)} from onboarding where id = ${id} for update`;
  return row;
}

/** Its steps, oldest first. */
export const stepsOf = (sql: Sql, id: string) => sql<StepRow[]>`
  select id::text, step, from_state, to_state, why, by_name, at from onboarding_step where onboarding = ${id} order by onboarding_step.id`;

/** Its test runs, newest first. */
export const testsOf = (sql: Sql, id: string) => sql<TestRow[]>`
  select at, passed, summary from onboarding_test where onboarding = ${id} order by onboarding_test.id desc limit 20`;
