import { parseJson } from '@yba/fhir';
import { takenIds } from '../rows/locate.ts';
import { withinPage } from '../rows/page-bytes.ts';
import { columns, readFrames } from '../rows/row.ts';
import type { Row } from '../rows/row.ts';
import { typeNumber } from '../rows/resource-type.ts';
import { isSharedRowId, isUuid, placementRange } from '../rows/row-id.ts';
import type { Db } from '../rows/session.ts';
import type { Hit } from './hits.ts';

/**
 * The current resources behind literal references `Type/id`; those not visible are left out. Of a `page`, one
 * more than it holds comes at most.
 */
export async function byReferences(
  db: Db,
  references: readonly string[],
  { page = false }: { page?: boolean } = {},
): Promise<Hit[]> {
  const found = await rowsOf(db, [...new Set(references)]);
  const rows = page ? found.slice(0, withinPage(found) + 1) : found;
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
  const placed = new Map<string, { from: string; to: string }>();
  const shared = new Set<string>();
  const byType = Map.groupBy(
    references.map((reference) => reference.split('/') as [string, string]),
    ([type]) => type,
  );
  for (const [type, pairs] of byType) {
    const ids = pairs.map(([, id]) => id);
    for (const id of ids.filter(isUuid)) {
      wanted.set(id, typeNumber(type));
      if (isSharedRowId(id)) shared.add(id);
      else placed.set(id, placementRange(id));
    }
    for (const { row, person } of (await takenIds(db, type, ids)).values()) {
      wanted.set(row, typeNumber(type));
      if (person) placed.set(row, { from: person, to: person });
      else shared.add(row);
    }
  }
  const found = await Promise.all([
    placed.size > 0 ? placedRows(db, placed) : [],
    shared.size > 0
      ? db<
          Row[]
        >`select ${columns(db, true)} from shared_resource where id = any(${[...shared]}::uuid[]) and not deleted`
      : [],
  ]);
  return found.flat().filter((row) => wanted.get(row.id) === row.type);
}

/** Each row is looked up where its id says it lies; `offset 0` keeps that so, however small the tables are. */
function placedRows(db: Db, places: ReadonlyMap<string, { from: string; to: string }>): Promise<Row[]> {
  const ranges = [...places.values()];
  return db<Row[]>`
    select ${columns(db, false)}
    from unnest(${[...places.keys()]}::uuid[], ${ranges.map(({ from }) => from)}::uuid[], ${ranges.map(({ to }) => to)}::uuid[])
      as asked (row, low, high)
    cross join lateral (
      select ${columns(db, false)} from resource
      where person >= asked.low and person <= asked.high and id = asked.row and not deleted
      offset 0
    ) as found`;
}
