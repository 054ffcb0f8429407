import type { Context } from '@yba/fhir';
import type { Reach } from '../ports.ts';
import { Lanes } from '../rows/lanes.ts';
import { LargeRead } from '../rows/large-reads.ts';
import { limitsText } from '../rows/limits.ts';
import { asReader } from '../rows/session.ts';
import type { Db } from '../rows/session.ts';
import type { Env } from '../write/transact.ts';
import { FrameCache } from '../rows/frame-cache.ts';
import { findRows, withTexts } from './rows-by-id.ts';
import type { Found, FoundRow, ReadRows } from './rows-by-id.ts';

/** Answers what the caller may see under an id; undefined when that is nothing. `own` is the caller's reach without any Patient. */
export type GroupedReads = (
  context: Context,
  own: Reach,
  type: string,
  id: string,
) => Promise<Found | undefined>;

/** One read that waits for its answer. */
type Asked = {
  size: 1;
  context: Context;
  own: Reach;
  type: string;
  id: string;
  answer(found: Found | undefined): void;
  fail(error: unknown): void;
};

/** Reads in one statement, and statements under way at once: while the database answers one, the next is made ready. */
const LIMITS = { lanes: 2, jobs: 200, size: 200, waiting: 5_000 };

/**
 * Opened frames that are kept: they save the transport and the opening of a visit whose resources are read one after the
 * other, about 65 of 140 µs a read.
 */
const OPENED_BYTES = 16 * 1024 * 1024;

/**
 * Reads that wait in the same moment go to the database together. First, one statement for each facility that asks,
 * under row-level security set to that facility alone: its own rows and the shared ones. A caller from whom something
 * is kept back is asked for apart. What is not found so may be
 * open to the caller: whose those rows are is looked up, the policy decides about those Patients alone, and the rows
 * are read again under what it allows, one statement for each caller. A group leaves as soon as one of those before
 * it is back, so a lone read waits for nobody. A statement costs both sides about the same for one row as for sixty.
 * A group opens as many as make a page; the others are the first of the next. Large ones fail with LargeRead where there
 * is no room for them, each to be read again in a turn of its own.
 */
export function groupedReads(env: Env): GroupedReads {
  const cache = new FrameCache(env.room ? 0 : OPENED_BYTES); // what is read in turns is too large to be kept
  const opened = new Lanes<Asked>(LIMITS, (group) =>
    settled(group, ({ context }) => context.caller, readOpened),
  );
  const own = new Lanes<Asked>(LIMITS, (group) => settled(group, sight, readOwn));

  async function readOwn(group: readonly Asked[]): Promise<Asked[]> {
    const { found, left, large } = await readAll(group[0]!.own, group);
    for (const each of group) {
      const len = large.get(each);
      if (len !== undefined) each.fail(new LargeRead(len, len));
      else if (found.has(each)) each.answer(found.get(each));
      else if (!left.has(each)) opened.add(each);
    }
    return [...left];
  }

  async function readOpened(group: readonly Asked[]): Promise<Asked[]> {
    const rows = await findRows(env.pools.lookup as unknown as Db, group);
    const ofPatients = rows.filter(({ patient }) => patient !== '');
    const { found, left, large } =
      (ofPatients.length > 0 ? await readOpen(ofPatients) : undefined) ?? NOTHING;
    for (const each of group) {
      const len = large.get(each);
      if (len !== undefined) each.fail(new LargeRead(len, len));
      else if (!left.has(each)) each.answer(found.get(each));
    }
    return [...left];
  }

  async function readOpen(rows: readonly FoundRow<Asked>[]): Promise<ReadRows<Asked> | undefined> {
    const asked = rows.map((row) => row.asked);
    const reach = await env.ports.decide(asked[0]!.context, {
      action: 'read',
      by: 'id',
      types: [...new Set(asked.map(({ type }) => type))],
      patients: [...new Set(rows.map(({ patient }) => patient))],
    });
    return reach.patients.length > 0 ? readAll(reach, asked) : undefined;
  }

  async function readAll(reach: Reach, asked: readonly Asked[]): Promise<ReadRows<Asked>> {
    const read = async (db: Db) => withTexts(db, cache, await findRows(db, asked));
    const { found, left, large } = await asReader(env, reach, read, 'once');
    const { bases } = reach;
    // what is seen of nobody who is open is the own facility's
    if (bases)
      for (const one of found.values())
        one.bases = one.persons.map((person) => bases.persons.get(person) ?? bases.own);
    return { found, left, large };
  }

  return (context, reach, type, id) =>
    new Promise((answer, fail) => own.add({ size: 1, context, own: reach, type, id, answer, fail }));
}

const NOTHING: ReadRows<Asked> = { found: new Map(), left: new Set(), large: new Map() };

/** What callers of one group see alike: the facility's rows, but for what is kept back. */
const sight = ({ own }: Asked) => `${own.facility ?? ''} ${limitsText(own.limits)}`;

/** Reads a group by parts that see the same, and answers what is left to the next; a part that fails fails alone. */
async function settled<Key>(
  group: readonly Asked[],
  key: (asked: Asked) => Key,
  read: (part: readonly Asked[]) => Promise<Asked[]>,
): Promise<Asked[]> {
  const left = await Promise.all(
    [...Map.groupBy(group, key).values()].map(async (part) => {
      try {
        return await read(part);
      } catch (error) {
        for (const { fail } of part) fail(error);
        return [];
      }
    }),
  );
  return left.flat();
}
