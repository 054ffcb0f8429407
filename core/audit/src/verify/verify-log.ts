import type { Sql } from '@yba/postgres';
import { lookId } from '../audit-event.ts';
import { entryColumns, textOf, type EntryRow } from '../tree/entry-rows.ts';
import { GrowingRoot, leafOf, split, topOf, type Hash } from '../tree/nodes.ts';
import { TILE } from '../tree/tiles.ts';
import type { Witnessed } from '../tree/witness.ts';
import { Findings, type Finding, type VerifiedLog } from './findings.ts';
import { expectedHeads, type ExpectedHead } from './signed-heads.ts';
import { trustedKeys } from './trusted-keys.ts';

/** Tiles of 256 entries looked at together. */
const TILES_AT_ONCE = 32;

export type VerifyOptions = {
  /** Heads and keys kept outside the database. */
  witness?: Witnessed;
  /** Public keys known from elsewhere, as verifier lines. */
  keys?: readonly string[];
  /** Texts of entries whose partition was detached, by row number, from exported files. */
  archive?: ReadonlyMap<number, string>;
  progress?(text: string): void;
};

type Tile = { index: number; hashes: Buffer; ids: number[]; xid: string; id: number };
type Checking = { walk: Walk; findings: Findings; archive: VerifyOptions['archive'] };
type Row = Omit<EntryRow, 'subject'> & { subject: string | null; leaf: Buffer | null };

/**
 * Reads the whole log and compares it with its tree, and the tree with every head that was signed. The database is
 * asked for rows alone; hashes, entries and signatures are worked out here.
 */
export async function verifyLog(sql: Sql, options: VerifyOptions = {}): Promise<VerifiedLog> {
  const { witness, keys = [], progress } = options;
  const findings = new Findings();
  const trusted = await trustedKeys(
    await toldKeys(sql),
    [...keys, ...(witness?.keys.slice(0, 1) ?? [])],
    findings,
  );
  const { told, unwitnessed, unkept } = await allHeads(sql, witness);
  const heads = await expectedHeads(told, trusted, findings);
  const walk = new Walk(heads, findings);
  const [tree] = await sql<
    { size: number; xid: string; id: number }[]
  >`select size, xid::text, id from audit_tree`;
  if (!tree) {
    findings.add({
      kind: 'tree',
      words: 'how far the log is in the tree is not told any more (audit_tree is empty)',
    });
    return { entries: 0, heads: 0, findings: findings.list, count: findings.count };
  }
  for (let index = 0; ;) {
    const tiles = await sql<Tile[]>`
      select index, hashes, ids, xid::text, id from audit_tile
      where level = 0 and index >= ${index} order by index limit ${TILES_AT_ONCE + 1}`;
    const page = tiles.slice(0, TILES_AT_ONCE);
    if (page.length === 0) break;
    const next = tiles[TILES_AT_ONCE];
    await checkTiles(
      sql,
      page,
      { first: index === 0, next, tree },
      { walk, findings, archive: options.archive },
    );
    index = page.at(-1)!.index + 1;
    progress?.(`${walk.size.toLocaleString('en')} entries`);
    if (!next) break;
  }
  await checkUpper(sql, walk, findings);
  walk.end(tree.size);
  return {
    entries: walk.size,
    heads: walk.compared,
    findings: findings.list,
    count: findings.count,
    ...(unwitnessed ? { unwitnessed } : {}),
    ...(unkept > 0 ? { unkept } : {}),
  };
}

async function toldKeys(sql: Sql) {
  const rows = await sql<{ verifier: string; since: Date; handover: string | null }[]>`
    select verifier, since, handover from audit_key order by since`;
  return rows.map(({ verifier, since, handover }) => ({
    verifier,
    since: since.toISOString(),
    ...(handover ? { handover } : {}),
  }));
}

/**
 * The heads of the database and of the witness; which of the first the second lacks, each head being written to it before; and how
 * many of the second the first lacks.
 */
async function allHeads(sql: Sql, witness: Witnessed | undefined) {
  const kept = await sql<{ at: Date; size: number; root: string; checkpoint: string }[]>`
    select at, size, encode(root, 'hex') as root, checkpoint from audit_head order by at`;
  const inDatabase = new Set(kept.map(({ checkpoint }) => checkpoint));
  const witnessed = new Set(witness?.checkpoints);
  const missing = witness ? kept.filter(({ checkpoint }) => !witnessed.has(checkpoint)) : [];
  const outside = [...witnessed.difference(inDatabase)];
  const [first, last] = [missing[0], missing.at(-1)];
  return {
    told: [
      ...kept.map(({ checkpoint, ...row }) => ({ checkpoint, where: 'the database', row })),
      ...outside.map((checkpoint) => ({ checkpoint, where: 'the witness' })),
    ],
    unkept: outside.length,
    ...(first && last ? { unwitnessed: { heads: missing.length, first: first.at, last: last.at } } : {}),
  };
}

/** The way through the leaves: compares the root at each size that was signed. */
class Walk {
  readonly #root = new GrowingRoot();
  readonly #heads: readonly ExpectedHead[];
  readonly #findings: Findings;
  #next = 0;
  #agreed = { size: 0, entry: '' };
  #forked = false;
  compared = 0;
  /** Tops of the full tiles of level 0. */
  readonly tops: Hash[] = [];

  constructor(heads: readonly ExpectedHead[], findings: Findings) {
    this.#heads = heads;
    this.#findings = findings;
    this.#compare();
  }

  get size(): number {
    return this.#root.size;
  }

  add(leaf: Hash, entry: string): void {
    if (this.#agreed.size === this.#root.size) this.#agreed.entry = entry;
    this.#root.add(leaf);
    this.#compare();
  }

  #compare(): void {
    const { size } = this.#root;
    for (let head = this.#heads[this.#next]; head?.size === size; head = this.#heads[++this.#next]) {
      this.compared++;
      const isSame = this.#root.root().toString('hex') === head.root;
      if (isSame) this.#agreed = { size, entry: '' };
      else if (!this.#forked) {
        this.#forked = true;
        const { size: from, entry } = this.#agreed;
        this.#findings.add({
          kind: 'forked',
          index: from,
          ...(entry ? { entry } : {}),
          words: `the tree was changed between entries ${from} and ${size - 1}: it does not lead to what was signed (${head.where})`,
        });
      }
    }
  }

  end(told: number): void {
    const { size } = this.#root;
    if (told !== size)
      this.#findings.add({
        kind: 'tree',
        index: Math.min(size, told),
        words: `the tree holds ${size} entries and is told to hold ${told}`,
      });
    const beyond = this.#heads.at(-1);
    if (beyond && beyond.size > size)
      this.#findings.add({
        kind: 'rolled-back',
        index: size,
        words: `the log ends after ${size} entries, and more were signed (${beyond.where})`,
      });
  }
}

/** One page of tiles against the rows that lie where they say: each difference, and the leaves into the walk. */
async function checkTiles(
  sql: Sql,
  tiles: readonly Tile[],
  { first, next, tree }: { first: boolean; next: Tile | undefined; tree: { xid: string; id: number } },
  { walk, findings, archive }: Checking,
): Promise<void> {
  const from = first ? { xid: '0', id: 0 } : tiles[0]!;
  const until = next
    ? sql`(l.xid, l.id) < (${next.xid}::xid8, ${next.id})`
    : sql`(l.xid, l.id) <= (${tree.xid}::xid8, ${tree.id})`;
  const rows = await sql<Row[]>`
    select ${entryColumns(sql)}, l.leaf from access_log l left join access_agent a on a.id = l.agent
    where (l.xid, l.id) >= (${from.xid}::xid8, ${from.id}) and ${until} order by l.xid, l.id`;
  const byId = new Map(rows.map((row) => [row.id, row]));
  const expected = tiles.flatMap(({ ids }) => ids);
  const start = tiles[0]!.index * TILE;
  const places = new Map(expected.map((id, n) => [id, start + n]));

  let index = start;
  for (const tile of tiles) {
    const hashes = split(tile.hashes);
    if (tile.index * TILE !== index || hashes.length !== tile.ids.length)
      findings.add({
        kind: 'tree',
        index,
        words: `tile ${tile.index} of the tree is not whole, or one before it is missing`,
      });
    for (const [n, leaf] of hashes.entries()) {
      const id = tile.ids[n] ?? 0;
      const row = byId.get(id);
      walk.add(leaf, row ? nameOf(row) : `row ${id}`);
      const fault = row ? changeOf(row, leaf) : await absenceOf(sql, id, leaf, archive);
      if (fault) findings.add({ ...fault, index: index + n, entry: row ? nameOf(row) : `row ${id}` });
    }
    if (hashes.length === TILE) walk.tops.push(topOf(hashes));
    index = (tile.index + 1) * TILE;
  }
  orderOf(rows, places, start, findings);
}

type Fault = Pick<Finding, 'kind' | 'words'>;

/** What is wrong with a row that is there. */
function changeOf(row: Row, leaf: Hash): Fault | undefined {
  if (row.subject === null) return { kind: 'changed', words: 'who looked is not told any more' };
  if (leafOf(textOf(row as EntryRow)).equals(leaf))
    return row.leaf === null || row.leaf.equals(leaf)
      ? undefined
      : { kind: 'changed', words: 'the hash kept beside the row is not that of the row' };
  return { kind: 'changed', words: 'the row is not what was put into the tree' };
}

/** Why a row is not where the tree says: it lies elsewhere, was detached and is in an archive, or is gone. */
async function absenceOf(
  sql: Sql,
  id: number,
  leaf: Hash,
  archive: VerifyOptions['archive'],
): Promise<Fault | undefined> {
  const kept = archive?.get(id);
  if (kept !== undefined)
    return leafOf(kept).equals(leaf)
      ? undefined
      : { kind: 'changed', words: 'the entry of the archive is not what was put into the tree' };
  const [elsewhere] = await sql<{ n: number }[]>`select 1 as n from access_log where id = ${id} limit 1`;
  return elsewhere
    ? { kind: 'reordered', words: 'the row lies at another place than it was put into the tree' }
    : { kind: 'removed', words: 'the row is gone' };
}

/** Rows the tree does not know, and the first that stands before one it should follow. */
function orderOf(
  rows: readonly Row[],
  places: ReadonlyMap<number, number>,
  start: number,
  findings: Findings,
): void {
  let last = start - 1;
  for (const row of rows) {
    const place = places.get(row.id);
    if (place === undefined) {
      findings.add({
        kind: 'inserted',
        index: last + 1,
        entry: nameOf(row),
        words: 'the row was never put into the tree',
      });
      continue;
    }
    if (place < last)
      findings.add({
        kind: 'reordered',
        index: place,
        entry: nameOf(row),
        words: 'the row stands behind one it was put into the tree before',
      });
    last = Math.max(last, place);
  }
}

/** Levels above the leaves, which proofs are made of. */
async function checkUpper(sql: Sql, walk: Walk, findings: Findings): Promise<void> {
  let nodes = walk.tops;
  for (let level = 1; nodes.length > 0; level++) {
    const above: Hash[] = [];
    for (let at = 0; at < nodes.length; at += TILE) {
      const tile = nodes.slice(at, at + TILE);
      const index = at / TILE;
      const [stored] = await sql<{ hashes: Buffer }[]>`
        select hashes from audit_tile where level = ${level} and index = ${index}`;
      if (!stored?.hashes.equals(Buffer.concat(tile)))
        findings.add({
          kind: 'tree',
          words: `tile ${index} of level ${level} is not made of the entries below it`,
        });
      if (tile.length === TILE) above.push(topOf(tile));
    }
    nodes = above;
  }
}

function nameOf({ at, id }: Pick<Row, 'at' | 'id'>): string {
  return `AuditEvent/${lookId({ at: new Date(at), id })}`;
}
