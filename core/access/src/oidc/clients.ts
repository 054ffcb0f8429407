import { createHash, timingSafeEqual } from 'node:crypto';
import type { Sql } from '@yba/postgres';
import { facilityCode } from '@yba/repository';
import type { Adapter } from 'oidc-provider';
import { DOORS, type Door } from '../doors.ts';

/** Extra client metadata of ours, beside RFC 7591's. */
export const CLIENT_EXTRAS = ['facility', 'facility_name', 'granted_scope', 'launch_uri', 'origins'];

/** What is stored in place of a client secret. */
export function secretHash(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

/** Compares a presented secret with a stored hash in constant time. */
export function secretMatches(hash: string | undefined, presented: string): boolean {
  if (!hash) return false;
  return timingSafeEqual(Buffer.from(secretHash(presented)), Buffer.from(hash.padEnd(64).slice(0, 64)));
}

/** How codes come back. */
export const RESPONSE_MODES = ['query', 'fragment', 'form_post'];

/** The clients of our own screens: public, PKCE, at fixed addresses under `baseUrl`. */
export function screenClients(baseUrl: string): Record<string, unknown>[] {
  return (Object.keys(DOORS) as Door[]).map((door) => ({
    client_id: DOORS[door].client,
    client_name: `Y Bạ /${door}`,
    token_endpoint_auth_method: 'none',
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    response_modes: ['query', 'fragment'],
    redirect_uris: [`${baseUrl}/${door}/`, `${baseUrl}/${door}/callback`],
    post_logout_redirect_uris: [`${baseUrl}/${door}/`, `${baseUrl}/`],
    granted_scope: DOORS[door].scope,
  }));
}

type ClientRow = {
  id: string;
  secret_hash: string | null;
  name: string;
  facility: number | null;
  facility_name: string | null;
  grants: string[];
  redirect_uris: string[];
  scope: string;
  metadata: Record<string, unknown>;
};

/** Registered clients as oidc-provider reads them; it never writes them. */
export function clientAdapter(sql: Sql): Pick<Adapter, 'find'> {
  return {
    async find(id) {
      if (id.includes('\0')) return undefined; // PostgreSQL refuses the character
      const [row] = await sql<ClientRow[]>`
        select id, secret_hash, name, facility, facility_name, grants, redirect_uris, scope, metadata
        from oauth_client where id = ${id} and active`;
      return row && clientMetadata(row);
    },
  };
}

function clientMetadata(row: ClientRow): Record<string, unknown> {
  return {
    client_id: row.id,
    client_name: row.name,
    ...(row.secret_hash ? { client_secret: row.secret_hash } : {}),
    token_endpoint_auth_method: row.secret_hash ? 'client_secret_basic' : 'none',
    ...row.metadata,
    grant_types: row.grants,
    redirect_uris: row.redirect_uris,
    post_logout_redirect_uris: row.redirect_uris,
    ...(row.grants.includes('authorization_code')
      ? { response_types: ['code'], response_modes: RESPONSE_MODES }
      : { response_types: [] }),
    granted_scope: row.scope,
    ...(row.facility === null
      ? {}
      : { facility: facilityCode(row.facility), facility_name: row.facility_name }),
  };
}
