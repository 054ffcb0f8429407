import { parseJson } from '@yba/fhir';
import { takenIds } from '../rows/locate.ts';
import { columns, readFrames } from '../rows/row.ts';
import type { Row } from '../rows/row.ts';
import { typeNumber } from '../rows/resource-type.ts';
import { isSharedRowId, isUuid } from '../rows/row-id.ts';
import type { Db } from '../rows/session.ts';
import type { Hit } from './hits.ts';

/** The current resources behind literal references `Type/id`; those not visible are left out. */
export async function byReferences(db: Db, references: readonly string[]): Promise<Hit[]> {
  const rows = await rowsOf(db, [...new Set(references)]);
  const frames = await readFrames(db, rows);
  return rows.map((row) => {
    const text = frames.text(row);
    return { row, text, resource: parseJson(text) };
  });
}

/** All in a few queries, however many they are: by row id, and by the directory where a client chose the id. */
async function rowsOf(db: Db, references: readonly string[]): Promise<Row[]> {
  if (references.length === 0) return [];
  const wanted = new Map<string, number>();
  const [placed, shared] = [new Set<string>(), new Set<string>()];
  const byType = Map.groupBy(
    references.map((reference) => reference.split('/') as [string, string]),
    ([type]) => type,
  );
  for (const [type, pairs] of byType) {
    const ids = pairs.map(([, id]) => id);
    for (const id of ids.filter(isUuid)) {
      wanted.set(id, typeNumber(type));
      (isSharedRowId(id) ? shared : placed).add(id);
    }
    for (const { row, person } of (await takenIds(db, type, ids)).values()) {
      wanted.set(row, typeNumber(type));
      (person ? placed : shared).add(row);
    }
  }
  const found = await Promise.all([
    placed.size > 0
      ? db<
          Row[]
        >`select ${columns(db, false)} from resource where id = any(${[...placed]}::uuid[]) and not deleted`
      : [],
    shared.size > 0
      ? db<
          Row[]
        >`select ${columns(db, true)} from shared_resource where id = any(${[...shared]}::uuid[]) and not deleted`
      : [],
  ]);
  return found.flat().filter((row) => wanted.get(row.id) === row.type);
}
