import { notFound } from '@yba/fhir';
import type { Sql } from '@yba/postgres';
import { revokeTokens } from './revocations.ts';

/** What a facility's software may do while it joins: read the registries, which is enough for a test run. */
export const JOINING_SCOPE = 'system/Organization.rs system/Location.rs';
/** What it may do once the facility is live. */
export const LIVE_SCOPE = 'system/*.cruds';

/**
 * What a facility's client may do from now on: nothing at all when it is shut. Tokens it has stop within seconds, so that the
 * next ones say what holds. Throws `not-found` for a client that nobody registered.
 */
export async function setFacilityClient(
  sql: Sql,
  id: string,
  to: { scope?: string; active: boolean },
): Promise<void> {
  const rows = await sql`
    update oauth_client set active = ${to.active}, scope = coalesce(${to.scope ?? null}, scope),
      deactivated = case when ${to.active} then null else coalesce(deactivated, now()) end
    where id = ${id} returning id`;
  if (rows.length === 0) throw notFound(`client ${id}`);
  await revokeTokens(sql, { kind: 'client', id });
}
