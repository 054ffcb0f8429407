import { outcomeError, type Caller, type Role } from '@yba/fhir';
import { createLocalJWKSet, jwtVerify, type JWTPayload } from 'jose';
import type { ProviderKeys } from './server-secret.ts';

/** The part of a request that says who asks. */
export type Credentials = { headers: { authorization?: string | undefined } };

const CACHE_ENTRIES = 10_000;
const ROLES: ReadonlySet<string> = new Set<Role>([
  'system',
  'doctor',
  'nurse',
  'receptionist',
  'identity-officer',
  'privacy-officer',
  'admin',
  'citizen',
  'ministry',
]);

/**
 * Makes the function that turns a Bearer token into its Caller. Only access tokens (`at+jwt`) of this issuer for
 * this FHIR base, signed ES256 with our own key, count; what a token's header proposes is never followed.
 * A verified token is remembered by its signature until it expires, and compared whole. Whether its session is still
 * open is another question. Throws `login`.
 * Sources: RFC 6750 2.1, RFC 8725 3.1, RFC 9068 4
 */
export function tokenAuthenticator(baseUrl: string, keys: ProviderKeys) {
  const { d: _, ...publicKey } = keys.signing;
  const keySet = createLocalJWKSet({ keys: [publicKey] });
  const expected = {
    issuer: baseUrl,
    audience: `${baseUrl}/fhir`,
    algorithms: ['ES256'],
    typ: 'at+jwt',
    requiredClaims: ['sub', 'exp', 'client_id'],
  };
  const seen = new Map<string, { token: string; caller: Caller; expires: number }>();

  return async (request: Credentials): Promise<Caller> => {
    const token = /^Bearer +([\w~+/.-]+=*)$/i.exec(request.headers.authorization ?? '')?.[1];
    if (!token) throw outcomeError('login', 'This needs an access token: Authorization: Bearer …');
    const signature = token.slice(token.lastIndexOf('.') + 1);
    const known = seen.get(signature);
    if (known?.token === token && known.expires > Date.now()) return known.caller;

    const { payload } = await jwtVerify(token, keySet, expected).catch((cause: unknown) => {
      const expired = (cause as { code?: string }).code === 'ERR_JWT_EXPIRED';
      throw outcomeError(
        'login',
        expired ? 'The access token has expired; ask for a new one' : 'The access token is not valid here',
      );
    });
    const caller = callerOf(payload);
    if (seen.size >= CACHE_ENTRIES) seen.delete(seen.keys().next().value!);
    seen.set(signature, { token, caller, expires: payload.exp! * 1000 });
    return caller;
  };
}

function callerOf(claims: JWTPayload): Caller {
  const text = (name: string) => (typeof claims[name] === 'string' ? (claims[name] as string) : undefined);
  const role = text('role');
  if (!role || !ROLES.has(role)) throw outcomeError('login', 'The access token names no role');
  const client = text('client_id')!;
  const optional = {
    facility: text('facility'),
    facilityName: text('facility_name'),
    department: text('department'),
    practitioner: text('practitioner'),
    person: text('person'),
    licence: licenceOf(claims.licence),
    session: text('session'),
  };
  if (role !== 'system' && !optional.session)
    throw outcomeError('login', 'The access token names no session; ask for a new one');
  return {
    role: role as Role,
    client,
    subject: role === 'system' ? `client/${client}` : claims.sub!,
    name: text('name') ?? client,
    ...Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== undefined)),
    scopes: text('scope')?.split(' ') ?? [],
  };
}

function licenceOf(claim: unknown): Caller['licence'] {
  const { number, scope, valid_until } = (claim ?? {}) as Record<string, string | undefined>;
  if (typeof number !== 'string') return undefined;
  return { number, ...(scope ? { scope } : {}), ...(valid_until ? { validUntil: valid_until } : {}) };
}
