import { invalid } from '@yba/fhir';
import type { FeedEntry } from '@yba/fhir';
import { arrayText, type Transaction } from '@yba/postgres';
import { facilityCode } from './rows/facility-number.ts';
import { BATCH_BYTES, withinPage } from './rows/page-bytes.ts';
import { typeName, typeNumber } from './rows/resource-type.ts';
import type { Pools } from './rows/session.ts';

const ACTION = ['create', 'update', 'delete'] as const;

type FeedRow = {
  xid: string;
  position: number;
  element: number;
  at: Date;
  id: string;
  person: string | null;
  patient: string | null;
  version: number;
  facility: number;
  type: number;
  action: number;
  client_id: string | null;
};

/** Where a reader that has read nothing stands. */
export const FEED_START = '0.0';

/**
 * The changes committed after `cursor`, in feed order, at most `limit`. Only what lies below the oldest transaction
 * still running is shown, so a transaction that commits late is never passed over. Entries of one resource may stand
 * out of version order when two writers overlapped: a reader keeps the greater version. With `types`, of what one
 * transaction changed about one patient only entries of those types, or its first entry when it has none of them.
 */
export async function readFeed(
  { lookup }: Pools,
  cursor: string,
  limit: number,
  types?: readonly string[],
): Promise<FeedEntry[]> {
  const { xid, position, element } = parseCursor(cursor);
  const wanted = types ? `{${types.map(typeNumber).join(',')}}` : null;
  const rows = await lookup<FeedRow[]>`
    select xid::text, position, element, at, ids[element] as id, person, patient, versions[element] as version,
      facility, types[element] as type, actions[element] as action, client_ids[element] as client_id
    from feed cross join lateral generate_subscripts(ids, 1) as element
    where (xid, position) >= (${xid}::xid8, ${position}) and (xid, position, element) > (${xid}::xid8, ${position}, ${element})
      and xid < pg_snapshot_xmin(pg_current_snapshot())
      and (${wanted}::smallint[] is null or types[element] = any(${wanted}::smallint[])
        or (element = 1 and not types && ${wanted}::smallint[]))
    order by feed.xid, position, element limit ${limit}`;
  const large = await largeAmong(lookup, rows);
  return rows.map((row) => entry(row, large.get(row.id) ?? 0));
}

/** Resources of no more bytes do not count: a thousand of them are as much as is read together. */
const SMALL_BYTES = 4 * 1024;

/**
 * How many bytes those are that are more than a few, by row id. Asked by the ids of all at once: a look-up for each in the
 * statement above cost as much as writing them.
 */
async function largeAmong(lookup: Pools['lookup'], rows: readonly FeedRow[]): Promise<Map<string, number>> {
  if (rows.length === 0) return new Map();
  const ids = arrayText(rows, ({ id }) => id);
  const found = await lookup<{ id: string; len: number }[]>`
    select id, len from resource where id = any(${ids}::uuid[]) and len > ${SMALL_BYTES}
    union all select id, len from shared_resource where id = any(${ids}::uuid[]) and len > ${SMALL_BYTES}`;
  return new Map(found.map(({ id, len }) => [id, len]));
}

/** Of what one transaction changed about one patient the entries of these types, or its first entry when it has none of them. */
export function ofTypes(
  entries: readonly FeedEntry[],
  types: readonly string[] | undefined,
): readonly FeedEntry[] {
  if (!types) return entries;
  const some: FeedEntry[] = [];
  let row = '';
  for (const entry of entries) {
    const isWanted = types.includes(entry.type);
    const isNext = row === '' || !entry.cursor.startsWith(row);
    if (isNext) row = entry.cursor.slice(0, entry.cursor.lastIndexOf('.') + 1);
    else if (isWanted && !types.includes(some.at(-1)!.type)) some.pop(); // it stood for a row that has better
    if (isNext || isWanted) some.push(entry);
  }
  return some;
}

/** The cursor of the newest change that may be read now. */
export async function feedHead({ lookup }: Pools): Promise<string> {
  const [row] = await lookup<{ xid: string; position: number }[]>`
    select xid::text, position from feed where xid < pg_snapshot_xmin(pg_current_snapshot())
    order by feed.xid desc, position desc limit 1`;
  return row ? `${row.xid}.${row.position}.${WHOLE_ROW}` : FEED_START;
}

/** What reads the feed and keeps something of its own in step with the store. */
export type Subscriber = {
  name: string;
  /** The resource types it needs; of other changes it is told one entry a transaction and patient. All when absent. */
  types?: readonly string[];
  /** Applies entries inside the transaction that also moves the subscriber's cursor: each is applied once. */
  apply(transaction: Transaction, entries: readonly FeedEntry[]): Promise<void>;
};

/** All that the feed has behind one cursor up to that of the last entry, of the types of all who are given it. */
export type FeedPage = { after: string; entries: readonly FeedEntry[] };

/**
 * Applies the next entries to one subscriber, of large resources a few at a time, one alone however large it is; answers
 * whether there may be more. What came meanwhile waits for the next turn, as a turn costs about the same for one entry as
 * for many. Servers side by side take turns. One that has come as far as `page` begins takes them from there, and is done at
 * its end; one that is behind reads for itself.
 */
export async function advance(
  pools: Pools,
  subscriber: Subscriber,
  page?: FeedPage,
  limit = 1000,
): Promise<boolean> {
  return (await pools.owner.begin(async (db) => {
    const known = (await cursorOf(db, subscriber)) ?? (await firstCursorOf(db, subscriber));
    if (!known) return false; // another process has it
    const cursor = `${known.xid}.${known.position}.${known.element}`;
    const given = entriesAfter(cursor, page);
    const all = given ?? (await readFeed(pools, cursor, limit, subscriber.types));
    if (all.length === 0) return false;
    const entries = all.slice(0, withinPage(all, BATCH_BYTES));
    await subscriber.apply(db, ofTypes(entries, subscriber.types));
    const { xid, position, element } = parseCursor(entries.at(-1)!.cursor);
    await db`update feed_cursor set xid = ${xid}::xid8, position = ${position}, element = ${element} where subscriber = ${subscriber.name}`;
    return entries.length < all.length || (!given && all.length === limit);
  })) as boolean;
}

type Cursor = { xid: string; position: number; element: number };

async function cursorOf(db: Transaction, { name }: Subscriber): Promise<Cursor | undefined> {
  const [cursor] = await db<Cursor[]>`
    select xid::text, position, element from feed_cursor where subscriber = ${name} for update skip locked`;
  return cursor;
}

/** Of a subscriber that is new. */
async function firstCursorOf(db: Transaction, subscriber: Subscriber): Promise<Cursor | undefined> {
  const made = await db`
    insert into feed_cursor (subscriber, xid, position) values (${subscriber.name}, '0'::xid8, 0) on conflict do nothing`;
  return made.count > 0 ? cursorOf(db, subscriber) : undefined;
}

/** What a page has for a reader at `cursor`; undefined when the reader is not there yet. */
function entriesAfter(cursor: string, page: FeedPage | undefined): readonly FeedEntry[] | undefined {
  if (!page || isBefore(cursor, page.after)) return undefined;
  if (cursor === page.after) return page.entries;
  return page.entries.slice(1 + page.entries.findLastIndex((entry) => !isBefore(cursor, entry.cursor)));
}

function isBefore(one: string, other: string): boolean {
  const [a, b] = [parseCursor(one), parseCursor(other)];
  const xids = BigInt(a.xid) - BigInt(b.xid);
  const positions = BigInt(a.position) - BigInt(b.position);
  return xids !== 0n ? xids < 0n : positions !== 0n ? positions < 0n : a.element < b.element;
}

/** Stands for the last element of a feed row, however many it has. */
const WHOLE_ROW = 2147483647;

/** A cursor names a feed row and how many of its elements were read: `xid.position.element`. */
function parseCursor(cursor: string): { xid: string; position: string; element: number } {
  const match = /^(\d{1,20})\.(\d{1,19})(?:\.(\d{1,10}))?$/.exec(cursor);
  if (!match) throw invalid('cursor', 'This is not a place in the feed');
  return { xid: match[1]!, position: match[2]!, element: Number(match[3] ?? WHOLE_ROW) };
}

function entry(row: FeedRow, len: number): FeedEntry {
  return {
    cursor: `${row.xid}.${row.position}.${row.element}`,
    type: typeName(row.type),
    id: row.client_id ?? row.id,
    version: row.version,
    action: ACTION[row.action - 1]!,
    facility: facilityCode(row.facility),
    at: row.at,
    len,
    ...(row.person ? { person: row.person } : {}),
    ...(row.patient ? { patient: row.patient } : {}),
  };
}
