import { FrameReader } from '../rows/frame.ts';
import type { FrameCache } from '../rows/frame-cache.ts';
import { currentRows } from '../rows/locate.ts';
import { withinPage } from '../rows/page-bytes.ts';
import { readFrames } from '../rows/row.ts';
import type { Row } from '../rows/row.ts';
import type { Db } from '../rows/session.ts';
import { Hit } from './hit.ts';

/**
 * The current resources behind literal references `Type/id`; those not visible are left out. Of a `page`, one
 * more than it holds comes at most.
 */
export async function byReferences(
  db: Db,
  references: readonly string[],
  { page = false, latest }: { page?: boolean; latest?: FrameCache } = {},
): Promise<Hit[]> {
  const found = await rowsOf(db, [...new Set(references)]);
  const rows = page ? found.slice(0, withinPage(found) + 1) : found;
  const frames = await readFrames(db, rows, new FrameReader(latest));
  return rows.map((row) => new Hit(row, frames.text(row)));
}

/** All in a few queries, however many they are: by row id, and by the directory where a client chose the id. */
async function rowsOf(db: Db, references: readonly string[]): Promise<Row[]> {
  if (references.length === 0) return [];
  const named = references.map((reference) => {
    const [type, id] = reference.split('/') as [string, string];
    return { type, id };
  });
  const rows = (await currentRows(db, named)).flatMap((row) => (row && !row.deleted ? [row] : []));
  return [...new Map(rows.map((row) => [row.id, row])).values()];
}
