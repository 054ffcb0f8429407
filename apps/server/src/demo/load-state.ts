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

/**
 * The state of a load of `persons` persons: begun now, or going on where it was left. A larger number extends the
 * nation that is there, up to the same last day. Throws `conflict` when the database holds the nation of another seed.
 */
export async function beginLoad(
  sql: Sql,
  wanted: { persons: number; seed: number },
  now: Date,
): Promise<LoadState> {
  const [other] = await sql<LoadState[]>`select seed from demonstration where seed <> ${wanted.seed}`;
  if (other) {
    throw conflict(
      `This data folder holds the demonstration nation of seed ${other.seed}. For seed ${wanted.seed} choose an empty one with --data`,
    );
  }
  const [state] = await sql<LoadState[]>`
    insert into demonstration (seed, until, persons) values (${wanted.seed}, ${now}, ${wanted.persons})
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
