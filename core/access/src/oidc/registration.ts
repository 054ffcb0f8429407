import { conflict, invalid, notFound } from '@yba/fhir';
import type { Sql } from '@yba/postgres';
import { facilityCode, facilityNumber } from '@yba/repository';
import { secretHash } from './clients.ts';
import { checkKeys, checkRedirect, checkUrl, type ClientKeys } from './registration-checks.ts';
import { revokeTokens } from './revocations.ts';
import { IDENTITY_SCOPES, parseSmartScope } from './scopes.ts';
import { randomSecret } from './server-secret.ts';

/**
 * How a client proves who it is: by a secret that is made for it, by a key it signs with, by a certificate that a CA
 * known to the server issued to a subject, by a certificate it registered, or not at all (an app in a browser or a phone).
 * Sources: RFC 6749 2.3, RFC 7523, RFC 8705 2
 */
export type ClientProof =
  | { method: 'client_secret_basic' }
  | { method: 'private_key_jwt'; keys: ClientKeys }
  | { method: 'tls_client_auth'; subject: string }
  | { method: 'self_signed_tls_client_auth'; keys: ClientKeys }
  | { method: 'none' };

/** What an app or a facility's software is registered with. */
export type Registration = {
  /** Made up when absent. */
  id?: string;
  /** Shown to citizens as who looked, and to people who sign in. */
  name: string;
  /** 5-character code and name of the facility whose software it is; absent for an app of any facility, or of citizens. */
  facility?: string;
  facilityName?: string;
  proof: ClientProof;
  /** The most it may ask for; what a system gets when it asks for nothing. */
  scope: string;
  /** Where people come back to: with these it is an app that people sign in to, without a system by itself. */
  redirectUris?: readonly string[];
  /** Where it is opened from a chart. Source: SMART App Launch 2, EHR launch */
  launchUri?: string;
  /** Whom it serves: members of staff unless told. */
  door?: 'clinic' | 'book';
};

/** A client as an operator sees it; never its secret. */
export type RegisteredClient = {
  id: string;
  name: string;
  facility?: string;
  method: string;
  grants: string[];
  scope: string;
  active: boolean;
  created: Date;
};

export type Registered = { clientId: string; clientSecret?: string };

/** A facility's software that proves itself by a secret. */
export type NewClient = Pick<Registration, 'id' | 'name'> & {
  facility: string;
  facilityName: string;
  /** `system/*.cruds` when absent. */
  scope?: string;
};

export type CreatedClient = Required<Registered>;

/** Registers a facility's software for client credentials with a secret; see registerClient. */
export async function createClient(sql: Sql, client: NewClient): Promise<CreatedClient> {
  const { clientId, clientSecret } = await registerClient(sql, {
    scope: 'system/*.cruds',
    ...client,
    proof: { method: 'client_secret_basic' },
  });
  return { clientId, clientSecret: clientSecret! };
}

/**
 * Registers a client. A secret is answered once and kept only as a hash: it has 256 random bits, so one SHA-256 is as
 * good as a slow hash and costs a busy hospital nothing. Throws `conflict` when the id is taken, `invalid` with what is
 * wrong with the registration.
 */
export async function registerClient(sql: Sql, client: Registration): Promise<Registered> {
  checkScopes(client);
  const { proof, redirectUris = [], launchUri, door = 'clinic' } = client;
  if (!client.facility && redirectUris.length === 0)
    throw invalid('facility', 'A system belongs to a facility: its rows are that facility’s');
  for (const uri of redirectUris) checkRedirect(uri);
  if (launchUri) checkUrl('launchUri', launchUri);
  const kind = door === 'book' ? 'book' : (client.facility ?? 'app').toLowerCase();
  const clientId = client.id ?? `${kind}-${randomSecret().slice(0, 10)}`;
  if (clientId.startsWith('book-') !== (door === 'book'))
    throw invalid('id', 'The ids of apps of citizens, and of these alone, begin with “book-”');
  if (!/^[\w.-]{1,80}$/.test(clientId)) throw invalid('id', 'An id has letters, digits, “.”, “_” and “-”');
  const clientSecret = proof.method === 'client_secret_basic' ? randomSecret() : undefined;
  const metadata = {
    ...metadataOf(proof),
    ...(launchUri ? { launch_uri: launchUri } : {}),
    ...(redirectUris.length > 0 ? { origins: originsOf(redirectUris) } : {}),
    ...(redirectUris.some((uri) => !/^https?:/.test(uri)) ? { application_type: 'native' } : {}),
  };
  const rows = await sql`
    insert into oauth_client (id, secret_hash, name, facility, facility_name, grants, redirect_uris, scope, metadata)
    values (${clientId}, ${clientSecret ? secretHash(clientSecret) : null}, ${client.name},
      ${client.facility ? facilityNumber(client.facility) : null}, ${client.facilityName ?? null},
      ${redirectUris.length > 0 ? ['authorization_code', 'refresh_token'] : ['client_credentials']},
      ${redirectUris as string[]}, ${client.scope}, ${sql.json(metadata as never)})
    on conflict (id) do nothing returning id`;
  if (rows.length === 0) throw conflict(`There is already a client ${clientId}`);
  return { clientId, ...(clientSecret ? { clientSecret } : {}) };
}

function checkScopes({ scope, redirectUris = [], door }: Registration): void {
  for (const text of scope.split(' ')) {
    const smart = parseSmartScope(text);
    if (!smart && !IDENTITY_SCOPES.includes(text))
      throw invalid('scope', `“${text}” is not a scope this server grants`);
    if (smart && (smart.context === 'system') !== (redirectUris.length === 0))
      throw invalid(
        'scope',
        `“${text}”: systems ask for system/…, apps that people sign in to for user/… or patient/…`,
      );
    if (smart?.context === 'patient' && /[cud]/.test(smart.actions))
      throw invalid(
        'scope',
        `“${text}”: patient/… is to read and search (.rs); to write an app asks for user/…`,
      );
    if (smart?.context === 'user' && door === 'book')
      throw invalid('scope', `“${text}”: an app of citizens asks for patient/…`);
  }
}

function metadataOf(proof: ClientProof): Record<string, unknown> {
  const bound = { tls_client_certificate_bound_access_tokens: true };
  switch (proof.method) {
    case 'private_key_jwt':
      return { token_endpoint_auth_method: proof.method, ...checkKeys(proof.keys, 'signing') };
    case 'self_signed_tls_client_auth':
      return { token_endpoint_auth_method: proof.method, ...checkKeys(proof.keys, 'certificate'), ...bound };
    case 'tls_client_auth':
      return {
        token_endpoint_auth_method: proof.method,
        tls_client_auth_subject_dn: proof.subject,
        ...bound,
      };
    default:
      return { token_endpoint_auth_method: proof.method };
  }
}

/** Pages of these origins may call the token endpoint and the FHIR base. */
const originsOf = (uris: readonly string[]) => [
  ...new Set(uris.map((uri) => new URL(uri).origin).filter((origin) => origin !== 'null')),
];

/** A new secret in place of the one before, which opens nothing from now on; tokens already issued go on. */
export async function rotateClientSecret(sql: Sql, id: string): Promise<string> {
  const secret = randomSecret();
  const rows = await sql`
    update oauth_client set secret_hash = ${secretHash(secret)}
    where id = ${id} and secret_hash is not null and active returning id`;
  if (rows.length > 0) return secret;
  const [client] = await sql`select id from oauth_client where id = ${id} and active`;
  throw client
    ? conflict(`The client ${id} has no secret: it proves itself otherwise`)
    : notFound(`client ${id}`);
}

/** Shuts a client out: it gets no tokens any more, and those it has open nothing within seconds. */
export async function deactivateClient(sql: Sql, id: string): Promise<void> {
  const rows = await sql`
    update oauth_client set active = false, deactivated = now() where id = ${id} and active returning id`;
  if (rows.length === 0) throw notFound(`client ${id}`);
  await revokeTokens(sql, { kind: 'client', id });
}

/** Every registered client, the active ones first. */
export async function listClients(sql: Sql): Promise<RegisteredClient[]> {
  const rows = await sql<(Omit<RegisteredClient, 'facility'> & { facility: number | null })[]>`
    select id, name, facility, grants, scope, active, created,
      coalesce(metadata->>'token_endpoint_auth_method', case when secret_hash is null then 'none' else 'client_secret_basic' end) as method
    from oauth_client order by active desc, facility nulls first, id`;
  return rows.map(({ facility, ...row }) => ({
    ...row,
    ...(facility === null ? {} : { facility: facilityCode(facility) }),
  }));
}
