import { pastVersions } from '../read/versions.ts';
import { currentRows } from '../rows/locate.ts';
import { pagesOf } from '../rows/page-bytes.ts';
import { readFrames } from '../rows/row.ts';
import type { Row } from '../rows/row.ts';
import type { Db } from '../rows/session.ts';
import { Hit } from './hit.ts';

/**
 * The resources behind literal references: the current one of `Type/id`, that version of `Type/id/_history/2`; those not
 * visible are left out. They come in lots of as many bytes as a page holds, each fetched when it is asked for: one
 * resource may refer to a thousand large ones.
 */
export async function* byReferences(db: Db, references: readonly string[]): AsyncGenerator<readonly Hit[]> {
  for (const lot of pagesOf(await rowsBehind(db, references))) {
    const frames = await readFrames(db, lot);
    yield lot.map((row) => new Hit(row, frames.text(row)));
  }
}

/** Their rows, in a few queries, however many they are: by row id, and by the directory where a client chose the id. */
export async function rowsBehind(db: Db, references: readonly string[]): Promise<Row[]> {
  if (references.length === 0) return [];
  const named = [...new Set(references)].map((reference) => {
    const [type, id, , version] = reference.split('/') as [string, string, string?, string?];
    return { type, id, version };
  });
  const current = await currentRows(db, named);
  const past = current.flatMap((row, at) => {
    const { version } = named[at]!;
    return row && version !== undefined && version !== String(row.version) ? [{ row, version }] : [];
  });
  const asked = new Set(past.map(({ row, version }) => `${row.id}/${version}`));
  const rows = [
    ...current.filter((row, at) => row && !asked.has(`${row.id}/${named[at]!.version}`)),
    ...(await pastVersions(
      db,
      past.flatMap(({ row: { id, type }, version }) =>
        /^\d{1,9}$/.test(version) ? [{ id, type, version: Number(version) }] : [],
      ),
    )),
  ].filter((row) => row !== undefined && !row.deleted);
  return [...new Map(rows.map((row) => [`${row!.id}/${row!.version}`, row!])).values()];
}
