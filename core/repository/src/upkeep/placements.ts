import type { Sql } from '@yba/postgres';

/** The partitions of `resource`, with those of `frame` beside them: the same range of placements. */
export async function partitions(owner: Sql): Promise<{ rows: string; frames: string }[]> {
  const names = await owner<{ name: string }[]>`
    select relid::text as name from pg_partition_tree('resource'::regclass) where isleaf order by 1`;
  return names.map(({ name }) => ({ rows: name, frames: name.replace(/^resource/, 'frame') }));
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
