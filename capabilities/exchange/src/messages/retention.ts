import { unlessLocked, type Sql } from '@yba/postgres';

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
 * Drops the partitions whose time is over: bodies by the day, the oldest first while all of them together are larger than
 * allowed, messages by the month. Today's, and those that hold something not yet filed, stay. One that somebody's long
 * reading is in the way of goes another time: hospitals would wait behind it. `lockMs`: how long it waits for one.
 */
export async function keepWithin(owner: Sql, retention: Retention, lockMs?: number): Promise<Dropped> {
  const over = await partsOver(owner, retention);
  const dropped: Dropped = { bodies: [], messages: [] };
  for (const kind of ['bodies', 'messages'] as const)
    for (const { name } of over[kind]) {
      // `if exists`: another server may have been first
      if (!(await unlessLocked(owner, (db) => db`drop table if exists ${db(name)}`, lockMs))) return dropped;
      dropped[kind].push(name);
    }
  return dropped;
}

/** What is to go now. */
async function partsOver(
  owner: Sql,
  { bodyDays, bodyBytes, messageDays }: Retention,
): Promise<Record<keyof Dropped, Part[]>> {
  const [oldest] = await owner<
    { received: Date | null }[]
  >`select min(received) as received from message_queue`;
  const waiting = oldest!.received ?? new Date(8.64e15);
  const today = startOfDay(new Date());
  const bodies = await partsOf(owner, 'message_body');
  let bytes = bodies.reduce((sum, part) => sum + part.bytes, 0);
  const isOver = (part: Part) => {
    if (part.to.getTime() > today || part.to > waiting) return false;
    if (part.to.getTime() > today - bodyDays * DAY_MS && bytes <= bodyBytes) return false;
    bytes -= part.bytes;
    return true;
  };
  return {
    bodies: bodies.filter(isOver),
    messages: (await partsOf(owner, 'message')).filter(
      ({ to }) => to.getTime() <= today - messageDays * DAY_MS && to <= waiting,
    ),
  };
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
