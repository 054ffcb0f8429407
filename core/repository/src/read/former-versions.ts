import { facilityNumber } from '../rows/facility-number.ts';
import { typeName } from '../rows/resource-type.ts';
import { NO_PLACEMENT } from '../rows/row-id.ts';
import { withinPage } from '../rows/page-bytes.ts';
import { publicId, readFrames } from '../rows/row.ts';
import type { Row } from '../rows/row.ts';
import type { Db } from '../rows/session.ts';
import type { Env } from '../write/transact.ts';

/** Where a walk through former versions stands. */
export type VersionPlace = { id: string; version: number };

/** A version that is no longer what is read: one that was replaced, or the end of what was deleted (without text). */
export type FormerVersion = VersionPlace & {
  type: string;
  publicId: string;
  updated: Date;
  deleted: boolean;
  person: string | null;
  text: string | undefined;
};

/**
 * The former versions that a facility wrote, oldest version of each resource first, for jobs of the platform: neither decided
 * nor logged. A page ends early rather than hold more bytes than one may; the last is empty. One walk over all pages reads the
 * history once, whoever wrote it; erased versions are gone.
 */
export async function formerVersions(
  { pools }: Pick<Env, 'pools'>,
  facility: string,
  after: VersionPlace | undefined,
  limit: number,
): Promise<FormerVersion[]> {
  const db = pools.lookup as unknown as Db;
  const own = facilityNumber(facility);
  const behind = after ? db`(id, version) > (${after.id}::uuid, ${after.version})` : db`true`;
  const columns = db`id, frame, at, len, version, updated, updated as occurred, facility, type, label, deleted, client_id`;
  const found = await db<Row[]>`
    select * from (
      (select nullif(person, ${NO_PLACEMENT}) as person, patient, ${columns} from history
        where facility = ${own} and ${behind} order by id, version limit ${limit})
      union all
      (select person, patient, ${columns} from resource where facility = ${own} and deleted and ${behind} order by id, version limit ${limit})
      union all
      (select null::uuid, null::uuid, ${columns} from shared_resource
        where facility = ${own} and deleted and ${behind} order by id, version limit ${limit})
    ) as former order by id, version limit ${limit}`;
  const rows = found.slice(0, withinPage(found));
  const frames = await readFrames(db, rows);
  return rows.map((row) => ({
    id: row.id,
    version: row.version,
    type: typeName(row.type),
    publicId: publicId(row),
    updated: row.updated,
    deleted: row.deleted,
    person: row.person,
    text: row.deleted || row.len === 0 ? undefined : frames.text(row),
  }));
}
