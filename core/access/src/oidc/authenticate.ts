import type { IncomingMessage } from 'node:http';
import { outcomeError, type Caller, type Role } from '@yba/fhir';
import { clientCertificateOf } from '@yba/http';
import { createLocalJWKSet, jwtVerify, type JWK, type JWTPayload } from 'jose';
import { isScreen } from '../doors.ts';
import type { Revocations } from './revocations.ts';
import type { CurrentKeys } from './current-keys.ts';
import { verifyingKeys, type ProviderKeys } from './server-secret.ts';

/** The part of a request that says who asks. */
export type Credentials = {
  headers: { authorization?: string | undefined; 'on-behalf-of'?: string | undefined };
  /** The request as Node has it: its connection may show a certificate. */
  raw?: IncomingMessage;
};

/** A verified token: whose, what it says, and until when it may be remembered, in ms. */
type Verified = { token: string; caller: Caller; claims: JWTPayload; expires: number };

export type Authenticator = {
  /** The caller of a request. Throws `login`. */
  authenticate(request: Credentials): Promise<Caller>;
  /** What a token says; undefined when it opens nothing. A certificate it is bound to is not asked for. */
  read(token: string): Promise<{ claims: JWTPayload; caller: Caller } | undefined>;
};

const CACHE_ENTRIES = 10_000;

/** Clocks of servers side by side differ by this much at most, in s. */
const CLOCK_S = 60;
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
 * A verified token is remembered by its signature until it expires, and compared whole; whether it has been revoked, and
 * whether the connection shows the certificate it is bound to, is asked each time. Whether its session is
 * still open is another question. One from a moment that has not come was issued by a clock that was ahead: it would
 * be good for as long, and what was revoked since would not reach it. Throws `login`.
 * Sources: RFC 6750 2.1, RFC 8705 3, RFC 8725 3.1, RFC 9068 4, RFC 7519 4.1.6
 */
export function tokenAuthenticator(
  baseUrl: string,
  keys: Pick<CurrentKeys, 'now' | 'renew'>,
  revoked: Pick<Revocations, 'assertValid'>,
): Authenticator {
  let known: { of: ProviderKeys; set: ReturnType<typeof createLocalJWKSet> } | undefined;
  const keySet = () => {
    const of = keys.now();
    if (known?.of !== of)
      known = { of, set: createLocalJWKSet({ keys: verifyingKeys(of).filter(signsAccess).map(publicPart) }) };
    return known.set;
  };
  const expected = {
    issuer: baseUrl,
    audience: `${baseUrl}/fhir`,
    algorithms: ['ES256'],
    typ: 'at+jwt',
    requiredClaims: ['sub', 'exp', 'iat', 'client_id'],
  };
  const seen = new Map<string, Verified>();

  /** A key not known yet may have been made a moment ago. */
  async function verified(token: string) {
    try {
      return await jwtVerify(token, keySet(), expected);
    } catch (error) {
      if ((error as { code?: string }).code !== 'ERR_JWKS_NO_MATCHING_KEY') throw error;
      await keys.renew();
      return jwtVerify(token, keySet(), expected);
    }
  }

  async function verify(token: string): Promise<Verified> {
    const signature = token.slice(token.lastIndexOf('.') + 1);
    let held = seen.get(signature);
    if (held?.token !== token || held.expires <= Date.now()) {
      const { payload } = await verified(token).catch((cause: unknown) => {
        const expired = (cause as { code?: string }).code === 'ERR_JWT_EXPIRED';
        throw outcomeError(
          'login',
          expired ? 'The access token has expired; ask for a new one' : 'The access token is not valid here',
        );
      });
      held = { token, caller: callerOf(payload), claims: payload, expires: payload.exp! * 1000 };
      if (seen.size >= CACHE_ENTRIES) seen.delete(seen.keys().next().value!);
      seen.set(signature, held);
    }
    const { client_id, grant, iat, jti } = held.claims as JWTPayload & { client_id: string; grant?: string };
    if (iat! > Date.now() / 1000 + CLOCK_S)
      throw outcomeError('login', 'The access token was issued by a clock that was ahead; ask for a new one');
    revoked.assertValid({ client: client_id, issued: iat!, grant, jti });
    return held;
  }

  return {
    async authenticate({ headers, raw }) {
      const token = /^Bearer +([\w~+/.-]+=*)$/i.exec(headers.authorization ?? '')?.[1];
      if (!token) throw outcomeError('login', 'This needs an access token: Authorization: Bearer …');
      const { caller, claims } = await verify(token);
      const bound = (claims['cnf'] as { 'x5t#S256'?: string } | undefined)?.['x5t#S256'];
      if (bound !== undefined && bound !== (raw && clientCertificateOf(raw)?.thumbprint))
        throw outcomeError(
          'login',
          'The access token is bound to a certificate, which this connection does not show',
        );
      return caller;
    },
    read: (token) => verify(token).catch(() => undefined),
  };
}

/** Identity tokens have a key of their own, which opens nothing. */
const signsAccess = ({ alg }: JWK) => alg === 'ES256';

const publicPart = ({ d: _, ...key }: JWK): JWK => key;

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
    assurance: claims['assurance'] === 1 ? 1 : undefined,
    licence: licenceOf(claims.licence),
    session: text('session'),
    launch: launchOf(role, client, text('patient_row')),
    purposes: role === 'system' ? purposesIn(claims['extensions']) : undefined,
    bound: claims['cnf'] === undefined ? undefined : (true as const),
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

/** Systems and our own screens are confined to nobody; an app of others is, by its `patient/…` scopes. */
function launchOf(role: string, client: string, patient: string | undefined): Caller['launch'] {
  if (role === 'system' || isScreen(client)) return undefined;
  return patient === undefined ? {} : { patient };
}

/** The purposes of use that a token of ours carries, as IHE IUA has them. */
function purposesIn(extensions: unknown): string[] | undefined {
  const { ihe_iua: iua } = (extensions ?? {}) as { ihe_iua?: { purpose_of_use?: { code: string }[] } };
  return iua?.purpose_of_use?.map(({ code }) => code);
}

function licenceOf(claim: unknown): Caller['licence'] {
  const { number, scope, valid_until } = (claim ?? {}) as Record<string, string | undefined>;
  if (typeof number !== 'string') return undefined;
  return { number, ...(scope ? { scope } : {}), ...(valid_until ? { validUntil: valid_until } : {}) };
}
