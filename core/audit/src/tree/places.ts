import type { Sql } from '@yba/postgres';
import { TILE } from './tiles.ts';
import { entryColumns, type EntryRow } from './entry-rows.ts';
import { within, type LookQuery } from '../read-log.ts';

/** A row of the log with the index of its leaf; undefined as long as it is not in the tree. */
export type PlacedRow = EntryRow & { index: number | undefined };

/** The rows behind these keys that the scope (everybody, unless given) may see, each with its place in the tree. */
export async function placedRows(
  sql: Sql,
  keys: readonly { at: Date; id: number }[],
  scope?: LookQuery['scope'],
): Promise<PlacedRow[]> {
  if (keys.length === 0) return [];
  const times = keys.map(({ at }) => at.getTime());
  const rows = await sql<(EntryRow & { tile: number | null; slot: number | null })[]>`
    select ${entryColumns(sql)}, t.index as tile, array_position(t.ids, l.id) - 1 as slot
    from access_log l join access_agent a on a.id = l.agent
    left join lateral (
      select index, ids from audit_tile
      where level = 0 and (xid, id) <= (l.xid, l.id) order by xid desc, id desc limit 1
    ) t on true
    where l.at between ${new Date(Math.min(...times))} and ${new Date(Math.max(...times))}
      and l.id = any(${keys.map(({ id }) => id)}::bigint[])
      and ${scope ? within(sql, scope) : sql`true`}`;
  return rows.map((row) => ({
    ...row,
    index: row.tile === null || row.slot === null ? undefined : row.tile * TILE + row.slot,
  }));
}
