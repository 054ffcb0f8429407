import { parseJson } from '@yba/fhir';
import type { Resource } from '@yba/fhir';
import { FrameReader } from '../rows/frame.ts';
import { isLargeRead, roomForLarge } from '../rows/large-reads.ts';
import { pagesOf } from '../rows/page-bytes.ts';
import { typeName } from '../rows/resource-type.ts';
import { publicId, readFrames } from '../rows/row.ts';
import type { Db } from '../rows/session.ts';
import { Hit } from '../search/hit.ts';
import { rowsBehind } from '../search/references.ts';
import type { Env } from '../write/transact.ts';

/** Room of its own: a read that has its turn among the large ones (`inRoom`) may come to ask here. */
const inOwnRoom = roomForLarge();

/**
 * What is stored now behind `Type/id` references, many at once, for jobs of the platform: neither decided nor
 * logged. Deleted and unknown ones are left out. Those who follow the feed ask for what was just written, one after
 * another: its frames are still at hand. Texts are fetched as many bytes at a time as one page may hold, large ones one
 * asker at a time; who asks for many that may be large asks for a few at a time, or says by `part` what of each is kept.
 */
export async function current<T = Resource>(
  { pools, latest }: Pick<Env, 'pools' | 'latest'>,
  references: readonly string[],
  part?: (resource: Resource) => T,
): Promise<Map<string, T>> {
  const db = pools.lookup as unknown as Db;
  const found = new Map<string, T>();
  for (const lot of pagesOf(await rowsBehind(db, references))) {
    const fetch = async () => {
      const frames = await readFrames(db, lot, new FrameReader(latest));
      for (const row of lot) {
        const { resource } = new Hit(row, frames.text(row));
        const kept = part ? copied(part(resource)) : (resource as T);
        found.set(`${typeName(row.type)}/${publicId(row)}`, kept);
      }
    };
    const bytes = lot.reduce((sum, { len }) => sum + len, 0);
    if (isLargeRead(bytes, lot.length)) await inOwnRoom(fetch);
    else await fetch();
  }
  return found;
}

/** Bytes of resources of one lot. */
const LOT_BYTES = 1024 * 1024;

/**
 * The same references in lots, in their order: what is stored behind one is a megabyte together, or one resource alone. For who
 * asks for what is in one after another, and holds one at a time. Deleted and unknown ones are left out.
 */
export async function inLots(
  { pools }: Pick<Env, 'pools'>,
  references: readonly string[],
): Promise<string[][]> {
  const rows = await rowsBehind(pools.lookup as unknown as Db, references);
  const sizes = new Map(rows.map((row) => [`${typeName(row.type)}/${publicId(row)}`, row.len]));
  const known = [...new Set(references)].flatMap((reference) => {
    const len = sizes.get(reference);
    return len === undefined ? [] : [{ reference, len }];
  });
  return [...pagesOf(known, LOT_BYTES)].map((lot) => lot.map(({ reference }) => reference));
}

/** A part with texts of its own: those that were read out of the text of a resource hold the whole of it. */
function copied<T>(part: T): T {
  return parseJson(JSON.stringify({ part }))['part'] as T;
}
