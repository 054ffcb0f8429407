import { conflict } from '@yba/fhir';
import type { Sql } from '@yba/postgres';

/** Which nation the database holds, and how far its load has come. */
export type LoadState = {
  seed: number;
  until: Date;
  persons: number;
  next_person: number;
  finished: Date | null;
};

/** The nation that is loaded when nothing is said. */
const STANDARD = { persons: 500, seed: 1 };

/**
 * The state of a load of `persons` persons: begun now, or going on where it was left. A larger number extends the
 * nation that is there, up to the same last day; what is not said is as it is there. Throws `conflict` when the database holds the nation of another seed.
 */
export async function beginLoad(
  sql: Sql,
  wanted: { persons: number | undefined; seed: number | undefined },
  now: Date,
): Promise<LoadState> {
  const [there] = await sql<LoadState[]>`select seed, persons from demonstration`;
  const { seed, persons } = {
    seed: wanted.seed ?? there?.seed ?? STANDARD.seed,
    persons: wanted.persons ?? there?.persons ?? STANDARD.persons,
  };
  if (there && there.seed !== seed) {
    throw conflict(
      `This data folder holds the demonstration nation of seed ${there.seed}. For seed ${seed} choose an empty one with --data`,
    );
  }
  const [state] = await sql<LoadState[]>`
    insert into demonstration (seed, until, persons) values (${seed}, ${now}, ${persons})
    on conflict (seed) do update set
      persons = greatest(demonstration.persons, excluded.persons),
      finished = case when excluded.persons > demonstration.persons then null else demonstration.finished end
    returning seed, until, persons, next_person, finished`;
  return state!;
}

/** Notes that all persons below `next` are loaded. */
export const noteProgress = (sql: Sql, seed: number, next: number): Promise<unknown> =>
  sql`update demonstration set next_person = greatest(next_person, ${next}) where seed = ${seed}`;

/** Notes the end, and lets the planner learn what the tables now hold. */
export async function finishLoad(sql: Sql, seed: number): Promise<void> {
  await sql`update demonstration set finished = now(), next_person = persons where seed = ${seed}`;
  await sql`analyze`;
}
