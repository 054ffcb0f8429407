import type { Sql } from '../connect.ts';

/** More than a server commits between two copies of its log. */
const MARGIN = 20_000n;

/**
 * Uses up the transaction numbers that a lost database gave out after the moment it was restored to, and some more:
 * readers of the feed elsewhere hold places in them, and would pass over what got such a number a second time.
 * About 100,000 a second.
 */
export async function passTransactions(sql: Sql, until: string): Promise<void> {
  const [row] = await sql<{ next: string }[]>`select pg_snapshot_xmax(pg_current_snapshot())::text as next`;
  const count = BigInt(until) - BigInt(row!.next) + MARGIN;
  if (count <= 0n) return;
  const connection = await sql.reserve();
  try {
    await connection`set synchronous_commit = off`;
    await connection.unsafe(
      `do $$ begin for n in 1..${count} loop perform pg_current_xact_id(); commit; end loop; end $$`,
    );
    await connection`reset synchronous_commit`;
  } finally {
    connection.release();
  }
}
