import type { AccessEvent } from '@yba/fhir';
import { LARGE_READ_BYTES } from '@yba/http';
import { arrayText } from '@yba/postgres';
import { directoryEntries } from '../rows/locate.ts';
import type { NamedRow } from '../rows/locate.ts';
import { withinPage } from '../rows/page-bytes.ts';
import { typeNumber } from '../rows/resource-type.ts';
import { isSharedRowId, isUuid, placementRange } from '../rows/row-id.ts';
import { hasRoom } from '../rows/session.ts';
import type { Db } from '../rows/session.ts';
import { decompress } from '../rows/zstd.ts';
import type { FrameCache } from '../rows/frame-cache.ts';

/** What a read found: a version's facts, the persons it is about, its text ('' when it is deleted). */
export type Found = {
  type: string;
  id: string;
  version: number;
  updated: Date;
  deleted: boolean;
  persons: string[];
  /** What showing it to them who ask rests on, in the order of `persons`. */
  bases?: AccessEvent['bases'];
  text: string;
};

/** Where to look for an asked resource: its row, and the placements that can lie in; none for a shared row. */
type Place<Asked> = { asked: Asked; row: string; within: { from: string; to: string } | undefined };

/** The rows of these that the connection may see: by ids of ours first; others may be a client's own, which the directory knows. */
export async function findRows<Asked extends NamedRow>(
  db: Db,
  group: readonly Asked[],
): Promise<FoundRow<Asked>[]> {
  const rows = await rowsAt(
    db,
    group.filter(({ id }) => isUuid(id)).map((asked) => placeOf(asked)),
  );
  const found = new Set(rows.map(({ asked }) => asked));
  const others = group.filter((asked) => !found.has(asked));
  if (others.length > 0) rows.push(...(await rowsAt(db, await directed(db, others))));
  return rows;
}

function placeOf<Asked extends NamedRow>(asked: Asked): Place<Asked> {
  return { asked, row: asked.id, within: isSharedRowId(asked.id) ? undefined : placementRange(asked.id) };
}

async function directed<Asked extends NamedRow>(db: Db, group: readonly Asked[]): Promise<Place<Asked>[]> {
  const entries = await directoryEntries(db, group);
  return group.flatMap((asked, n) => {
    const entry = entries[n];
    if (!entry) return [];
    const { row, person } = entry;
    return [{ asked, row, within: person === null ? undefined : { from: person, to: person } }];
  });
}

/** A row that was found for what was asked, its text still in its frame. `placement` and `patient` are '' for a shared row. */
export type FoundRow<Asked> = {
  asked: Asked;
  version: number;
  updated: Date;
  deleted: boolean;
  at: number;
  len: number;
  frame: string;
  placement: string;
  patient: string;
  whose: string;
  clientId: string;
};

async function rowsAt<Asked extends NamedRow>(
  db: Db,
  places: readonly Place<Asked>[],
): Promise<FoundRow<Asked>[]> {
  const placed = places.filter(({ within }) => within);
  const shared = places.filter(({ within }) => !within);
  const [placedRows, sharedRows] = await Promise.all([
    placed.length > 0 ? placedAt(db, placed) : '',
    shared.length > 0 ? sharedAt(db, shared) : '',
  ]);
  return [...unpacked(placed, placedRows), ...unpacked(shared, sharedRows)];
}

/**
 * The rows come as lines of one text: taken apart as columns of rows they cost the server twice as much as the rest
 * of the statement. `offset 0` keeps each look-up a look-up by key, however small the tables were when the statement
 * was planned; the type is compared here, lest it draw the planner to the chart's index.
 */
async function placedAt(db: Db, places: readonly Place<NamedRow>[]): Promise<string> {
  const [row] = await db<{ lines: string | null }[]>`
    select string_agg(concat_ws(',', asked.n, r.type, r.version, (extract(epoch from r.updated) * 1000)::bigint, r.deleted,
      r.at, r.len, r.frame, r.person, r.patient, coalesce((select l.person::text from patient_link l where l.patient = r.patient), ''), r.client_id), E'\n') as lines
    from unnest(${arrayText(places, ({ row }) => row)}::uuid[], ${arrayText(places, ({ within }) => within!.from)}::uuid[],
      ${arrayText(places, ({ within }) => within!.to)}::uuid[]) with ordinality as asked(id, low, high, n)
    cross join lateral (
      select person, patient, frame, at, len, version, updated, deleted, client_id, type from resource
      where person >= asked.low and person <= asked.high and id = asked.id
      offset 0
    ) r`;
  return row?.lines ?? '';
}

async function sharedAt(db: Db, places: readonly Place<NamedRow>[]): Promise<string> {
  const [row] = await db<{ lines: string | null }[]>`
    select string_agg(concat_ws(',', asked.n, r.type, r.version, (extract(epoch from r.updated) * 1000)::bigint, r.deleted,
      r.at, r.len, r.frame, '', '', '', r.client_id), E'\n') as lines
    from unnest(${arrayText(places, ({ row }) => row)}::uuid[]) with ordinality as asked(id, n)
    cross join lateral (
      select frame, at, len, version, updated, deleted, client_id, type from shared_resource where id = asked.id
      offset 0
    ) r`;
  return row?.lines ?? '';
}

function unpacked<Asked extends NamedRow>(places: readonly Place<Asked>[], lines: string): FoundRow<Asked>[] {
  if (lines === '') return [];
  return lines.split('\n').flatMap((line) => {
    const [n, type, version, updated, deleted, at, len, frame, placement, patient, whose, clientId] =
      line.split(',');
    const { asked } = places[Number(n) - 1]!;
    if (Number(type) !== typeNumber(asked.type)) return [];
    return [
      {
        asked,
        version: Number(version),
        updated: new Date(Number(updated)),
        deleted: deleted === 't',
        at: Number(at),
        len: Number(len),
        frame: frame!,
        placement: placement!,
        patient: patient!,
        whose: whose!,
        clientId: clientId ?? '',
      },
    ];
  });
}

/** What was read, what is left to be read after it, and what is read in a turn of its own, with its bytes. */
export type ReadRows<Asked> = {
  found: Map<Asked, Found>;
  left: ReadonlySet<Asked>;
  large: ReadonlyMap<Asked, number>;
};

/**
 * Takes the texts out of the frames, of which those not opened lately are fetched: as many as make one page, one at least.
 * Of large ones none, where there is no room for them.
 */
export async function withTexts<Asked extends NamedRow>(
  db: Db,
  cache: FrameCache,
  asked: readonly FoundRow<Asked>[],
): Promise<ReadRows<Asked>> {
  const isKept = ({ len }: FoundRow<Asked>) => len <= LARGE_READ_BYTES;
  const all = hasRoom(db) || asked.every(isKept) ? asked : asked.filter(isKept);
  const large = new Map(
    all === asked ? [] : asked.flatMap((row) => (isKept(row) ? [] : [[row.asked, row.len] as const])),
  );
  const size = withinPage(all);
  const rows = all.slice(0, size);
  const bodies = new Map<string, Buffer>();
  const missing = new Map<string, FoundRow<Asked>>();
  for (const row of rows) {
    if (row.deleted) continue;
    const body = cache.get(row.frame);
    if (body) bodies.set(row.frame, body);
    else missing.set(row.frame, row);
  }
  for (const { id, body } of await framesOf(db, [...missing.values()])) {
    const opened = decompress(body);
    bodies.set(id, opened);
    cache.keep(id, opened);
  }
  const found = new Map<Asked, Found>();
  for (const row of rows) {
    const body = bodies.get(row.frame);
    if (!row.deleted && !body) continue; // its frame was erased a moment ago
    found.set(row.asked, {
      type: row.asked.type,
      id: row.clientId || row.asked.id,
      version: row.version,
      updated: row.updated,
      deleted: row.deleted,
      persons: row.whose === '' ? [] : [row.whose],
      text: row.deleted ? '' : body!.toString('utf8', row.at, row.at + row.len),
    });
  }
  return { found, left: new Set(all.slice(size).map((row) => row.asked)), large };
}

async function framesOf(
  db: Db,
  rows: readonly Pick<FoundRow<NamedRow>, 'frame' | 'placement'>[],
): Promise<{ id: string; body: Buffer }[]> {
  const placed = rows.filter(({ placement }) => placement !== '');
  const shared = rows.filter(({ placement }) => placement === '');
  const [placedFrames, sharedFrames] = await Promise.all([
    placed.length === 0
      ? []
      : db<{ id: string; body: Buffer }[]>`
          select f.id, f.body
          from unnest(${arrayText(placed, ({ frame }) => frame)}::uuid[], ${arrayText(placed, ({ placement }) => placement)}::uuid[])
            as asked(id, person)
          cross join lateral (select id, body from frame where person = asked.person and id = asked.id offset 0) f`,
    shared.length === 0
      ? []
      : db<{ id: string; body: Buffer }[]>`
          select id, body from shared_frame where id = any(${arrayText(shared, ({ frame }) => frame)}::uuid[])`,
  ]);
  return [...placedFrames, ...sharedFrames];
}
