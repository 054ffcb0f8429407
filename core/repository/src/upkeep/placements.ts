import type { Sql } from '@yba/postgres';
import { withinPage } from '../rows/page-bytes.ts';

/** The partitions of `resource`, with those of `frame` beside them: the same range of placements. */
export async function partitions(owner: Sql): Promise<{ rows: string; frames: string }[]> {
  const names = await owner<{ name: string }[]>`
    select relid::text as name from pg_partition_tree('resource'::regclass) where isleaf order by 1`;
  return names.map(({ name }) => ({ rows: name, frames: name.replace(/^resource/, 'frame') }));
}

/** Versions of resources that are looked through together. */
export const TOGETHER = 20_000;

/** Some of these from the first on, which have so many versions together: at least one. */
export function together<R extends { versions: number }>(rows: readonly R[]): readonly R[] {
  return rows.slice(
    0,
    withinPage(
      rows.map(({ versions }) => ({ len: versions })),
      TOGETHER,
    ),
  );
}

/** The placements of a partition in order, some at a time. */
export async function* placementsOf(owner: Sql, table: string, count: number): AsyncGenerator<string[]> {
  for (let last = '00000000-0000-0000-0000-000000000000'; ;) {
    const rows = await owner<{ person: string }[]>`
      select distinct person from ${owner(table)} where person > ${last} order by person limit ${count}`;
    if (rows.length === 0) return;
    last = rows.at(-1)!.person;
    yield rows.map(({ person }) => person);
  }
}

/** The same, as many at a time as have not too many versions together, and no more than `count`. */
export async function* chartsOf(owner: Sql, table: string, count: number): AsyncGenerator<string[]> {
  for await (const persons of placementsOf(owner, table, count)) {
    let left: readonly { person: string; versions: number }[] = await owner<
      { person: string; versions: number }[]
    >`
      select person, sum(version)::bigint as versions from ${owner(table)} where person = any(${persons}::uuid[])
      group by person order by person`;
    while (left.length > 0) {
      const some = together(left);
      left = left.slice(some.length);
      yield some.map(({ person }) => person);
    }
  }
}
