import type { Sql } from '@yba/postgres';

/** How long the inbox keeps what. */
export type Retention = {
  /** Bodies: days, and bytes on disk of all of them together. */
  bodyDays: number;
  bodyBytes: number;
  /** Everything else about a message: days. */
  messageDays: number;
};

/** What was let go: partitions of bodies and of messages, by name. */
export type Dropped = { bodies: string[]; messages: string[] };

type Part = { name: string; from: Date; to: Date; bytes: number };

/**
 * Makes the partitions to come and drops those whose time is over: bodies by the day, the oldest first while all of them
 * together are larger than allowed, messages by the month. Today's, and those that hold something not yet filed, stay.
 * Servers side by side take turns.
 */
export async function keepWithin(
  owner: Sql,
  { bodyDays, bodyBytes, messageDays }: Retention,
): Promise<Dropped> {
  const dropped: Dropped = { bodies: [], messages: [] };
  await owner.begin(async (db) => {
    const [turn] = await db<{ mine: boolean }[]>`select pg_try_advisory_xact_lock(41, 1) as mine`;
    if (!turn!.mine) return;
    await db`select yba_ensure_months('message'), yba_ensure_days('message_body')`;
    const [oldest] = await db<
      { received: Date | null }[]
    >`select min(received) as received from message_queue`;
    const waiting = oldest!.received ?? new Date(8.64e15);
    const today = startOfDay(new Date());
    const bodies = await partsOf(db as unknown as Sql, 'message_body');
    let bytes = bodies.reduce((sum, part) => sum + part.bytes, 0);
    for (const part of bodies) {
      const isOver = part.to.getTime() <= today - bodyDays * DAY_MS;
      if (part.to.getTime() > today || part.to > waiting || (!isOver && bytes <= bodyBytes)) continue;
      await db`drop table ${db(part.name)}`;
      bytes -= part.bytes;
      dropped.bodies.push(part.name);
    }
    for (const part of await partsOf(db as unknown as Sql, 'message')) {
      if (part.to.getTime() > today - messageDays * DAY_MS || part.to > waiting) continue;
      await db`drop table ${db(part.name)}`;
      dropped.messages.push(part.name);
    }
  });
  return dropped;
}

/** What the bodies take now, in bytes, and the first day of which any are kept. */
export type KeptNow = { bytes: number; since: Date | undefined };

/** Looks at the partitions alone: it costs the same whatever they hold. */
export async function keptNow(owner: Sql): Promise<KeptNow> {
  const parts = await partsOf(owner, 'message_body');
  return { bytes: parts.reduce((sum, part) => sum + part.bytes, 0), since: parts[0]?.from };
}

const DAY_MS = 86_400_000;

const startOfDay = (now: Date): number => Math.floor(now.getTime() / DAY_MS) * DAY_MS;

/** The partitions of a table with their bounds, the oldest first; the default one is none of them. */
async function partsOf(db: Sql, table: string): Promise<Part[]> {
  const rows = await db<{ name: string; bounds: string; bytes: number }[]>`
    select c.relname::text as name, pg_get_expr(c.relpartbound, c.oid) as bounds, pg_total_relation_size(c.oid)::float8 as bytes
    from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent = ${table}::regclass`;
  return rows
    .flatMap(({ name, bounds, bytes }) => {
      const match = /FROM \('([^']+)'\) TO \('([^']+)'\)/.exec(bounds);
      return match ? [{ name, from: new Date(match[1]!), to: new Date(match[2]!), bytes }] : [];
    })
    .toSorted((a, b) => a.from.getTime() - b.from.getTime());
}
