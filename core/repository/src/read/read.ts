import { deleted } from '@yba/fhir';
import type { Context, Stored } from '@yba/fhir';
import { auditAbsent, auditRead, personsOf } from '../audit-read.ts';
import type { AccessRequest, Reach } from '../ports.ts';
import { facilityCode } from '../rows/facility-number.ts';
import { currentRow } from '../rows/locate.ts';
import { publicId, readFrames } from '../rows/row.ts';
import type { Row } from '../rows/row.ts';
import { typeName } from '../rows/resource-type.ts';
import { asReader } from '../rows/session.ts';
import type { Db } from '../rows/session.ts';
import type { Env } from '../write/transact.ts';
import { FrameCache } from '../rows/frame-cache.ts';
import type { GroupedReads } from './grouped-reads.ts';
import { findRows, withTexts } from './rows-by-id.ts';
import type { Found } from './rows-by-id.ts';
import { pastVersions } from './versions.ts';

/**
 * How far the caller sees when one resource is asked for by id, and what comes with it (`types`, [] for every type). Whose the row is, is looked up first as the owner,
 * so that only that Patient is decided about, and nobody when the row is the caller's own or shared.
 */
export async function reachFor(
  env: Env,
  context: Context,
  type: string,
  id: string,
  more: Partial<Pick<AccessRequest, 'exports' | 'target' | 'types'>> = {},
): Promise<Reach> {
  const row = await currentRow(env.pools.lookup as unknown as Db, type, id);
  const own = row !== undefined && facilityCode(row.facility) === context.caller.facility;
  const about = (patients: readonly string[]) =>
    env.ports.decide(context, {
      action: 'read',
      by: 'id',
      types: [type],
      patients,
      target: `${type}/${id}`,
      ...more,
    });
  const reach = await about(row?.patient && !own ? [row.patient] : []);
  // what is kept back from the caller in general may be open for a reason
  return own && row.patient && reach.limits?.patients?.[row.patient] ? about([row.patient]) : reach;
}

/**
 * The read interaction. It is carried out together with what others ask for in the same moment.
 * Source: https://hl7.org/fhir/R4/http.html#read
 */
export async function read(
  env: Env,
  grouped: GroupedReads,
  context: Context,
  type: string,
  id: string,
): Promise<Stored> {
  const own = await env.ports.decide(context, {
    action: 'read',
    by: 'id',
    types: [type],
    patients: [],
    target: `${type}/${id}`,
  });
  const found = own.everything ? await readWithin(env, own, type, id) : await grouped(context, own, type, id);
  return answer(env, context, 'read', type, id, found);
}

/** Jobs of the platform read everything once: what they opened is not worth keeping. */
const noCache = new FrameCache(0);

async function readWithin(env: Env, reach: Reach, type: string, id: string): Promise<Found | undefined> {
  const asked = { type, id };
  const { found } = await asReader(
    env,
    reach,
    async (db) => withTexts(db, noCache, await findRows(db, [asked])),
    'once',
  );
  return found.get(asked);
}

function foundRow(row: Row, persons: string[], text: string): Found {
  const { type, version, updated, deleted } = row;
  return { type: typeName(type), id: publicId(row), version, updated, deleted, persons, text };
}

/** The vread interaction: a version current or past. Source: https://hl7.org/fhir/R4/http.html#vread */
export async function vread(
  env: Env,
  context: Context,
  type: string,
  id: string,
  version: string,
): Promise<Stored> {
  const reach = await reachFor(env, context, type, id, { target: `${type}/${id}/_history/${version}` });
  const found = await asReader(env, reach, async (db) => {
    const current = await currentRow(db, type, id);
    const wanted = /^[1-9]\d{0,8}$/.test(version) ? Number(version) : -1;
    const row =
      current &&
      (current.version === wanted ? current : (await pastVersions(db, [{ ...current, version: wanted }]))[0]);
    if (!row) return undefined;
    const [frames, persons] = await Promise.all([readFrames(db, [row]), personsOf(db, [row])]);
    return foundRow(row, persons, row.deleted ? '' : frames.text(row));
  });
  return answer(env, context, 'vread', type, `${id}/_history/${version}`, found);
}

/** Logs the access, then answers: nothing known, deleted, or the text. */
async function answer(
  env: Env,
  context: Context,
  action: 'read' | 'vread',
  type: string,
  id: string,
  found: Found | undefined,
): Promise<Stored> {
  const target = `${type}/${id}`;
  if (!found) throw await auditAbsent(env, context, { action, target });
  await auditRead(env, context, {
    action,
    target,
    persons: found.persons,
    ...(found.bases ? { bases: found.bases } : {}),
    count: found.deleted ? 0 : 1,
  });
  if (found.deleted) throw deleted(target);
  return {
    type: found.type,
    id: found.id,
    version: found.version,
    updated: found.updated,
    text: found.text,
  };
}
