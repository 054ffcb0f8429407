import type { Sql } from '@yba/postgres';
import { lookId } from '../audit-event.ts';
import { agentText } from '../proof/index.ts';
import { entryColumns, textOf, toldOf, type EntryRow } from '../tree/entry-rows.ts';
import { latestHead, logKeys } from '../tree/heads.ts';
import { consistencyProof, inclusionProofs } from '../tree/prove.ts';
import { TILE } from '../tree/tiles.ts';

/** Whose looks, or those of which time; [from, to), and behind the place `after` in the tree. */
export type ExportWhat = { persons: readonly string[] } | { from: Date; to: Date; after?: number };

/** An entry of the tree that is not in the database: changed, or of a month that was let go. */
export class MissingEntry extends Error {
  readonly index: number;

  constructor(index: number) {
    super(`Entry ${index} of the access log is not in the database. Run: yba audit verify`);
    this.index = index;
  }
}

/** A line of an exported file. Format: docs/audit-log.md */
export type ExportLine =
  | { line: 'export'; version: 1; checkpoint: string; of: 'person' | 'period'; first?: number; count: number }
  | { line: 'key'; verifier: string; since: string; handover?: string }
  | { line: 'head'; checkpoint: string; consistency: string }
  | {
      line: 'entry';
      event: string;
      index: number;
      entry: string;
      agent: string;
      reason?: string;
      reasonSalt?: string;
      path: string;
    };

const AT_ONCE = 500;

type Placed = EntryRow & { index: number };

/**
 * Writes everything a stranger needs to check these looks without the server: public keys, the newest head and those of
 * the period with their consistency proofs, each entry with its audit path. Of a period the entries are those between
 * its first and last in the order of the tree, without a gap. Answers the persons they tell of, for the log itself.
 * Throws when nothing is signed yet.
 */
export async function exportLog(
  sql: Sql,
  what: ExportWhat,
  write: (line: ExportLine) => void | Promise<void>,
): Promise<{ entries: number; persons: string[] }> {
  const head = await latestHead(sql);
  if (!head) throw new Error('No head of the access log is signed yet: the server signs one every minute.');
  const places = await placesOf(sql, what);
  const { after = -1 } = 'persons' in what ? {} : what;
  const indexes = ('persons' in what ? places : span(places)).filter(
    (index) => index < head.size && index > after,
  );
  await write({
    line: 'export',
    version: 1,
    checkpoint: head.checkpoint,
    of: 'persons' in what ? 'person' : 'period',
    ...(indexes[0] === undefined ? {} : { first: indexes[0] }),
    count: indexes.length,
  });
  for (const { verifier, since, handover } of await logKeys(sql))
    await write({ line: 'key', verifier, since: since.toISOString(), ...(handover ? { handover } : {}) });
  await writeHeads(sql, what, head.size, write);
  const persons = new Set<string>();
  for (let at = 0; at < indexes.length; at += AT_ONCE) {
    const page = await entriesAt(sql, indexes.slice(at, at + AT_ONCE));
    const paths = await inclusionProofs(
      sql,
      page.map(({ index }) => index),
      head.size,
    );
    for (const [n, row] of page.entries()) {
      if (row.person) persons.add(row.person);
      await write(lineOf(row, paths[n]!));
    }
  }
  return { entries: indexes.length, persons: [...persons] };
}

function lineOf(row: Placed, path: Buffer): ExportLine {
  return {
    line: 'entry',
    event: lookId({ at: new Date(row.at), id: row.id }),
    index: row.index,
    entry: textOf(row),
    agent: agentText(toldOf(row)),
    ...(row.reason === null ? {} : { reason: row.reason }),
    ...(row.reason_salt === null ? {} : { reasonSalt: row.reason_salt }),
    path: path.toString('base64'),
  };
}

const span = (indexes: readonly number[]): number[] =>
  indexes.length === 0
    ? []
    : Array.from({ length: indexes.at(-1)! - indexes[0]! + 1 }, (_, n) => indexes[0]! + n);

/** Indexes of the leaves asked for, in order; of a period only its first and last. */
async function placesOf(sql: Sql, what: ExportWhat): Promise<number[]> {
  const wanted =
    'persons' in what
      ? sql`person = any(${what.persons as string[]}::uuid[])`
      : sql`at >= ${what.from} and at < ${what.to} and (xid, id) <= (select xid, id from audit_tree)`;
  const edges =
    'persons' in what
      ? sql`select xid, id from access_log where ${wanted}`
      : sql`(select xid, id from access_log where ${wanted} order by xid, id limit 1)
          union all (select xid, id from access_log where ${wanted} order by xid desc, id desc limit 1)`;
  const rows = await sql<{ index: number }[]>`
    select t.index * ${TILE} + array_position(t.ids, l.id) - 1 as index
    from (${edges}) l cross join lateral (
      select index, ids from audit_tile where level = 0 and (xid, id) <= (l.xid, l.id) order by xid desc, id desc limit 1
    ) t where array_position(t.ids, l.id) is not null order by 1`;
  return [...new Set(rows.map(({ index }) => index))];
}

/** The rows at these indexes, in order. Throws when one is not there: a log with gaps is not exported as if whole. */
async function entriesAt(sql: Sql, indexes: readonly number[]): Promise<Placed[]> {
  const rows = await sql<Placed[]>`
    select ${entryColumns(sql)}, p.index
    from (
      select t.index * ${TILE} + n - 1 as index, t.ids[n] as id, first.xid as low, coalesce(next.xid, tree.xid) as high
      from unnest(${indexes.map(String)}::bigint[]) as wanted(place)
      join audit_tile t on t.level = 0 and t.index = wanted.place / ${TILE}
      join audit_tile first on first.level = 0 and first.index = t.index
      left join audit_tile next on next.level = 0 and next.index = t.index + 1
      cross join audit_tree tree
      cross join lateral (select (wanted.place % ${TILE} + 1)::int as n) slot
    ) p
    join access_log l on l.id = p.id and l.xid between p.low and p.high
    join access_agent a on a.id = l.agent
    order by p.index`;
  if (rows.length === indexes.length) return rows;
  const found = new Set(rows.map(({ index }) => Number(index)));
  throw new MissingEntry(indexes.findLast((index) => !found.has(index))!);
}

/** Heads of the period, each once a size, with the proof that the newest goes on from it. */
async function writeHeads(
  sql: Sql,
  what: ExportWhat,
  size: number,
  write: (line: ExportLine) => void | Promise<void>,
): Promise<void> {
  if ('persons' in what) return;
  const heads = await sql<{ size: number; checkpoint: string }[]>`
    select distinct on (size) size, checkpoint from audit_head
    where at >= ${what.from} and at < ${what.to} and size <= ${size} order by size, at`;
  for (const head of heads) {
    const path = await consistencyProof(sql, head.size, size);
    await write({
      line: 'head',
      checkpoint: head.checkpoint,
      consistency: Buffer.concat(path).toString('base64'),
    });
  }
}
