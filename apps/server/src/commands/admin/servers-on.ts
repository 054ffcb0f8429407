import type { Sql } from '@yba/postgres';

/** True when a server works on this database: its connections say so. */
export async function serversOn(owner: Sql): Promise<boolean> {
  const rows = await owner`
    select 1 from pg_stat_activity where datname = current_database() and application_name like 'yba-%'
      and application_name not in ('yba-admin', 'yba-backup') limit 1`;
  return rows.length > 0;
}
