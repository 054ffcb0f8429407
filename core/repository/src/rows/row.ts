import type { Stored } from '@yba/fhir';
import { collectLarge } from '@yba/http';
import { FrameReader } from './frame.ts';
import { isLargeRead, LargeRead } from './large-reads.ts';
import { hasRoom } from './session.ts';
import type { Db } from './session.ts';
import { typeName } from './resource-type.ts';

/** A current row, as every read selects it. `person` is the placement, absent on shared rows. */
export type Row = {
  person: string | null;
  patient: string | null;
  id: string;
  frame: string;
  at: number;
  len: number;
  version: number;
  updated: Date;
  occurred: Date;
  facility: number;
  type: number;
  label: number;
  deleted: boolean;
  client_id: string | null;
};

/** The columns of Row, from a patients' table or from a shared one (where placement and patient are null). */
export function columns(db: Db, shared: boolean) {
  return shared
    ? db`null::uuid as person, null::uuid as patient, id, frame, at, len, version, updated, occurred, facility, type, label, deleted, client_id`
    : db`person, patient, id, frame, at, len, version, updated, occurred, facility, type, label, deleted, client_id`;
}

/** The id a resource is served by: the client's own choice where there was one. */
export function publicId(row: { id: string; client_id: string | null }): string {
  return row.client_id ?? row.id;
}

/**
 * Fetches the frames that `rows` lie in, each once, and hands out their texts. They come in base64: as the driver has them,
 * in hexadecimal digits, they are half as large again.
 */
export async function readFrames(
  db: Db,
  rows: readonly Row[],
  reader = new FrameReader(),
): Promise<FrameReader> {
  const placed = new Map<string, string>();
  const shared = new Set<string>();
  for (const row of rows) {
    if (row.len === 0 || reader.has(row.frame)) continue;
    if (row.person) {
      placed.set(row.frame, row.person);
    } else {
      shared.add(row.frame);
    }
  }
  const bytes = rows.reduce((sum, { len }) => sum + len, 0);
  if (!hasRoom(db) && isLargeRead(bytes, rows.length)) throw new LargeRead(bytes);
  collectLarge(bytes);
  const queries = [];
  if (placed.size > 0) {
    // each frame is looked up at its own placement, however the statement is planned: an array of placements would
    // be tried on all of them where a plan is made once for all values
    queries.push(db<{ id: string; body: string }[]>`
      select found.id, encode(body, 'base64') as body from unnest(${[...placed.values()]}::uuid[], ${[...placed.keys()]}::uuid[]) as asked (person, id)
      cross join lateral (select id, body from frame where person = asked.person and id = asked.id offset 0) as found`);
  }
  if (shared.size > 0) {
    queries.push(
      db<
        { id: string; body: string }[]
      >`select id, encode(body, 'base64') as body from shared_frame where id = any(${[...shared]}::uuid[])`,
    );
  }
  for (const found of await Promise.all(queries)) {
    for (const { id, body } of found) reader.add(id, Buffer.from(body, 'base64'));
  }
  return reader;
}

/** A row with its text, as the interactions answer it. */
export function stored(row: Row, text: string): Stored {
  return { type: typeName(row.type), id: publicId(row), version: row.version, updated: row.updated, text };
}
