import type { Caller } from '@yba/fhir';
import type { JWTPayload } from 'jose';
import type { KoaContext, Provider } from 'oidc-provider';
import type { AccessOptions } from '../options.ts';
import { revokeTokens } from './revocations.ts';

/** Reads an access token of ours; undefined when it opens nothing. */
export type ReadToken = (token: string) => Promise<{ claims: JWTPayload; caller: Caller } | undefined>;

/**
 * Introspection and revocation of our access tokens, which are JWTs: the library serves both for tokens it has stored.
 * What it answers once it knows the client, that it does not take this kind, is replaced here.
 * Sources: RFC 7662, RFC 7009, https://hl7.org/fhir/smart-app-launch/STU2.2/token-introspection.html
 */
export function serveAccessTokens(
  provider: Provider,
  { sql, ports }: Pick<AccessOptions, 'sql' | 'ports'>,
  read: ReadToken,
): void {
  provider.use(async (context, next) => {
    await next();
    const about = await answerForAccessTokens(context);
    if (context.oidc?.route === 'introspection' && context.status === 200 && context.oidc.client)
      await logIntrospection(ports, context, about);
    if (context.oidc?.route === 'revocation' && context.status === 200) answerNothing(context);
  });

  /** Answers who the access token speaks for, where the token was one. */
  async function answerForAccessTokens(context: KoaContext): Promise<Caller | undefined> {
    const body = context.body as { error?: string } | undefined;
    if (body?.error !== 'unsupported_token_type') return undefined;
    const { client, params, route } = context.oidc;
    const known = await read(params.token!);
    const asker = { id: client.clientId, facility: client.facility, method: client.tokenEndpointAuthMethod };
    if (route === 'introspection') {
      const told = known !== undefined && maySee(asker, known);
      answer(context, told ? introspected(known!.claims) : { active: false });
      return known?.caller;
    } else {
      const { jti, client_id } = known?.claims ?? {};
      if (jti && client_id === asker.id) await revokeTokens(sql, { kind: 'token', id: jti });
      answer(context, {});
      return undefined;
    }
  }
}

/**
 * Who asked about which token, and whether they were told: it stands in the log of the facility that asked, and of the
 * citizen whose token it is. Never the token.
 */
async function logIntrospection(
  { audit }: AccessOptions['ports'],
  context: KoaContext,
  about: Caller | undefined,
): Promise<void> {
  const { client, entities } = context.oidc;
  const told = (context.body as { active?: boolean } | undefined)?.active === true;
  const subject = about?.subject ?? entities.RefreshToken?.accountId;
  await audit.read({
    at: new Date(),
    requestId: String(context.res.getHeader('x-request-id') ?? 'introspect'),
    caller: {
      role: 'system',
      client: client.clientId,
      subject: `client/${client.clientId}`,
      name: client.clientName ?? client.clientId,
      ...(typeof client.facility === 'string'
        ? { facility: client.facility, facilityName: String(client.facility_name ?? client.facility) }
        : {}),
      scopes: [],
    },
    action: 'operation',
    target: '$introspect',
    persons: about?.person ? [about.person] : [],
    outcome: told ? 'success' : 'denied',
    ...(subject ? { detail: { token: subject } } : {}),
  });
}

/** A client learns about its own tokens, a facility's system about those of its facility; a client without proof about none. */
function maySee(
  asker: { id: string; facility: unknown; method: unknown },
  { claims, caller }: { claims: JWTPayload; caller: Caller },
): boolean {
  if (asker.method === 'none') return false;
  return (
    claims['client_id'] === asker.id || (caller.facility !== undefined && caller.facility === asker.facility)
  );
}

const TOLD = [
  'scope client_id sub exp iat iss aud jti cnf', // RFC 7662, RFC 8705
  'patient encounter intent fhirUser need_patient_banner smart_style_url', // SMART App Launch
  'extensions', // IHE IUA
]
  .join(' ')
  .split(' ');

function introspected(claims: JWTPayload): object {
  return {
    active: true,
    token_type: 'Bearer',
    ...Object.fromEntries(TOLD.flatMap((name) => (name in claims ? [[name, claims[name]]] : []))),
  };
}

function answer(context: KoaContext, body: object): void {
  context.status = 200;
  context.body = body;
  context.set('cache-control', 'no-store');
}

/** What is revoked is answered without a body, and without the type of one: oidc-client-ts refuses any type but JSON. Source: RFC 7009 2.2 */
function answerNothing(context: KoaContext): void {
  context.type = '';
  context.body = null;
  context.status = 200;
}
