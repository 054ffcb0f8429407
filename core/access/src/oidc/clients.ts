import { createHash, timingSafeEqual } from 'node:crypto';
import { conflict, invalid } from '@yba/fhir';
import type { Sql } from '@yba/postgres';
import { facilityCode, facilityNumber } from '@yba/repository';
import type { Adapter } from 'oidc-provider';
import { DOORS, type Door } from '../doors.ts';
import { parseSmartScope, IDENTITY_SCOPES } from './scopes.ts';
import { randomSecret } from './server-secret.ts';

/** What a facility's software is registered with. */
export type NewClient = {
  /** Made up when absent. */
  id?: string;
  /** Shown to citizens as who looked. */
  name: string;
  /** 5-character facility code its rows belong to. */
  facility: string;
  facilityName: string;
  /** The most it may ask for, and what it gets when it asks for nothing; `system/*.cruds` when absent. */
  scope?: string;
};

export type CreatedClient = { clientId: string; clientSecret: string };

/** Extra client metadata of ours, beside RFC 7591's. */
export const CLIENT_EXTRAS = ['facility', 'facility_name', 'granted_scope'];

/**
 * Registers a facility's software for client credentials. The secret is answered once and kept only as a hash:
 * it has 256 random bits, so one SHA-256 is as good as a slow hash and costs a busy hospital nothing.
 * Throws `conflict` when the id is taken.
 */
export async function createClient(sql: Sql, client: NewClient): Promise<CreatedClient> {
  const scope = client.scope ?? 'system/*.cruds';
  for (const part of scope.split(' ')) {
    if (!parseSmartScope(part) && !IDENTITY_SCOPES.includes(part))
      throw invalid('scope', `“${part}” is not a scope this server grants`);
  }
  const clientId = client.id ?? `${client.facility.toLowerCase()}-${randomSecret().slice(0, 10)}`;
  const clientSecret = randomSecret();
  const rows = await sql`
    insert into oauth_client (id, secret_hash, name, facility, facility_name, grants, scope)
    values (${clientId}, ${secretHash(clientSecret)}, ${client.name}, ${facilityNumber(client.facility)}, ${client.facilityName},
      ${['client_credentials']}, ${scope})
    on conflict (id) do nothing returning id`;
  if (rows.length === 0) throw conflict(`There is already a client ${clientId}`);
  return { clientId, clientSecret };
}

/** What is stored in place of a client secret. */
export function secretHash(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

/** Compares a presented secret with a stored hash in constant time. */
export function secretMatches(hash: string | undefined, presented: string): boolean {
  if (!hash) return false;
  return timingSafeEqual(Buffer.from(secretHash(presented)), Buffer.from(hash.padEnd(64).slice(0, 64)));
}

/** The clients of our own screens: public, PKCE, at fixed addresses under `baseUrl`. */
export function screenClients(baseUrl: string): Record<string, unknown>[] {
  return (Object.keys(DOORS) as Door[]).map((door) => ({
    client_id: DOORS[door].client,
    client_name: `Y Bạ /${door}`,
    token_endpoint_auth_method: 'none',
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
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
};

/** Registered clients as oidc-provider reads them; it never writes them. */
export function clientAdapter(sql: Sql): Pick<Adapter, 'find'> {
  return {
    async find(id) {
      if (id.includes('\0')) return undefined; // PostgreSQL refuses the character
      const [row] = await sql<ClientRow[]>`
        select id, secret_hash, name, facility, facility_name, grants, redirect_uris, scope
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
    grant_types: row.grants,
    redirect_uris: row.redirect_uris,
    response_types: row.grants.includes('authorization_code') ? ['code'] : [],
    granted_scope: row.scope,
    ...(row.facility === null
      ? {}
      : { facility: facilityCode(row.facility), facility_name: row.facility_name }),
  };
}
