import type { GuardedFetch } from '@yba/http';
import type { Sql } from '@yba/postgres';
import { errors, interactionPolicy, Provider, type Client, type KoaContext } from 'oidc-provider';
import { DOORS, doorOf } from '../doors.ts';
import { currentAccount } from '../sessions/current-session.ts';
import { endSessions } from '../sessions/end-sessions.ts';
import { artifacts, type Artifacts } from './artifacts.ts';
import { personClaims } from './claims.ts';
import { authMethods, clientAuthentication } from './client-authentication.ts';
import { CLIENT_EXTRAS, clientAdapter, screenClients, secretMatches } from './clients.ts';
import { renderError, renderSignedOut, signOut } from './pages.ts';
import { covers, IDENTITY_SCOPES, parseSmartScope, SCOPES_SUPPORTED } from './scopes.ts';
import type { ProviderKeys } from './server-secret.ts';

/** Seconds that access tokens live: people's, and systems'. */
const PERSON_TOKEN_S = 15 * 60;
const SYSTEM_TOKEN_S = 60 * 60;
const SESSION_S = 12 * 60 * 60;
const REFRESH_S = 14 * 24 * 60 * 60;

export type ProviderOptions = {
  baseUrl: string;
  sql: Sql;
  keys: ProviderKeys;
  clientCertificates?: boolean;
  /** Fetches the key sets that clients name. */
  fetch: GuardedFetch;
};

export type AuthorizationServer = { provider: Provider; artifacts: Artifacts };

/**
 * The OAuth 2 authorization server and OpenID provider: authorization code with PKCE for people, client
 * credentials for systems. Access tokens are JWTs for the FHIR base and nothing else.
 * Sources: RFC 6749, RFC 7636, RFC 9068, https://openid.net/specs/openid-connect-core-1_0.html
 */
export function authorizationServer({
  baseUrl,
  sql,
  keys,
  fetch,
  clientCertificates = false,
}: ProviderOptions): AuthorizationServer {
  const { mTLS, clientAuthSigningAlgValues, ...authentication } = clientAuthentication(
    `${baseUrl}/oauth/token`,
    fetch,
  );
  const fhirBase = `${baseUrl}/fhir`;
  const store = artifacts(sql, 'yba');
  const clients = clientAdapter(sql);
  const provider = new Provider(baseUrl, {
    adapter: (model: string) =>
      model === 'Client' ? { ...store.adapter(model), ...clients } : store.adapter(model),
    clients: screenClients(baseUrl),
    extraClientMetadata: { properties: CLIENT_EXTRAS },
    jwks: { keys: [keys.signing] },
    cookies: {
      keys: keys.cookies,
      long: { httpOnly: true, sameSite: 'lax', signed: true, path: '/oauth' },
      short: { httpOnly: true, sameSite: 'lax', signed: true },
    },
    routes: {
      authorization: '/oauth/authorize',
      token: '/oauth/token',
      jwks: '/oauth/jwks',
      revocation: '/oauth/revoke',
      introspection: '/oauth/introspect',
      end_session: '/oauth/end-session',
    },
    scopes: IDENTITY_SCOPES,
    discovery: {
      userinfo_endpoint: `${baseUrl}/oauth/userinfo`,
      service_documentation: `${fhirBase}/metadata`,
    },
    claims: {
      openid: ['sub'],
      profile: [
        'name',
        'role',
        'facility',
        'facility_name',
        'department',
        'practitioner',
        'licence',
        'session',
        'person',
        'patient',
      ],
      fhirUser: ['fhirUser'],
    },
    clientDefaults: {
      id_token_signed_response_alg: 'ES256',
      response_types: ['code'],
      grant_types: ['authorization_code'],
    },
    enabledJWA: {
      idTokenSigningAlgValues: ['ES256'],
      requestObjectSigningAlgValues: ['ES256'],
      clientAuthSigningAlgValues,
    },
    ...authentication,
    responseTypes: ['code'],
    pkce: { required: () => true },
    clientBasedCORS: (_context: unknown, origin: string, client: Client) =>
      origin === new URL(baseUrl).origin || ((client.origins ?? []) as string[]).includes(origin),
    conformIdTokenClaims: false,
    features: {
      devInteractions: { enabled: false },
      pushedAuthorizationRequests: { enabled: false }, // on by itself, at a path outside /oauth
      dPoP: { enabled: false },
      userinfo: { enabled: false }, // answered by our own route: it takes the same access token as the FHIR base
      claimsParameter: { enabled: false },
      clientCredentials: { enabled: true },
      revocation: { enabled: true },
      introspection: { enabled: true, allowedPolicy: mayIntrospect },
      mTLS,
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: signOut(store, (browser) => endSessions(sql, { browser }, 'signed-out')),
        postLogoutSuccessSource: renderSignedOut,
      },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => fhirBase,
        useGrantedResource: () => true,
        getResourceServerInfo: (context: KoaContext, resource: string, client: Client) => {
          if (resource !== fhirBase) throw new errors.InvalidTarget(`the only resource here is ${fhirBase}`);
          return {
            audience: fhirBase,
            scope: grantedScope(context, client).join(' '),
            accessTokenFormat: 'jwt',
            accessTokenTTL:
              context.oidc.params.grant_type === 'client_credentials' ? SYSTEM_TOKEN_S : PERSON_TOKEN_S,
            jwt: { sign: { alg: 'ES256' } },
          };
        },
      },
    },
    ttl: {
      AuthorizationCode: 60,
      AccessToken: PERSON_TOKEN_S,
      ClientCredentials: SYSTEM_TOKEN_S,
      IdToken: 60 * 60,
      Interaction: 60 * 60,
      Session: SESSION_S,
      Grant: REFRESH_S,
      RefreshToken: REFRESH_S,
    },
    rotateRefreshToken: true,
    renderError,
    interactions: {
      url: (_context: KoaContext, interaction: { uid: string }) => `/oauth/interaction/${interaction.uid}`,
      policy: policy(sql),
    },
    loadExistingGrant: (context: KoaContext) => impliedGrant(provider, context, fhirBase),
    findAccount: async (context: KoaContext, subject: string, source?: { sessionUid?: string }) => {
      const now = await currentAccount(sql, context, subject, source);
      if (!now) return undefined;
      return {
        accountId: subject,
        claims: () => personClaims(sql, fhirBase, now.account, now.session.id),
      };
    },
    extraTokenClaims: async (
      context: KoaContext,
      token: { accountId?: string; sessionUid?: string; grantId?: string },
    ) => {
      if (token.accountId === undefined) return systemClaims(context.oidc.client);
      const now = await currentAccount(sql, context, token.accountId, token);
      if (!now) throw new errors.InvalidGrant('the session this was granted in has ended');
      const { sub: _, ...claims } = await personClaims(sql, fhirBase, now.account, now.session.id);
      return { ...claims, ...(token.grantId ? { grant: token.grantId } : {}) };
    },
  });
  provider.Client.prototype.compareClientSecret = function (this: Client, presented) {
    return secretMatches(this.clientSecret, presented);
  };
  provider.use(addPatientToTokenResponse);
  provider.use(completeDiscovery(authMethods(clientCertificates)));
  return { provider, artifacts: store };
}

/** A client learns what became of its own refresh tokens, if it proved who it is. */
function mayIntrospect(_context: KoaContext, client: Client, token: { clientId?: string }): boolean {
  return client.tokenEndpointAuthMethod !== 'none' && token.clientId === client.clientId;
}

/** SMART puts the patient in context beside the token. Source: SMART App Launch 2.0, scopes for requesting context data */
async function addPatientToTokenResponse(context: KoaContext, next: () => Promise<void>): Promise<void> {
  await next();
  const body = context.body as { access_token?: string; patient?: string } | undefined;
  if (context.path !== '/oauth/token' || !body?.access_token) return;
  const patient = context.oidc.entities.AccessToken?.extra?.patient as string | undefined;
  if (patient) body.patient = patient;
}

/**
 * The library knows of the scopes of sign-in alone; those of the FHIR base are granted here too. Ways to prove who one is
 * are told as far as they work here.
 */
function completeDiscovery(methods: readonly string[]) {
  return async (context: KoaContext, next: () => Promise<void>): Promise<void> => {
    await next();
    const body = context.body as Record<string, unknown> | undefined;
    if (context.path !== '/.well-known/openid-configuration' || !body?.scopes_supported) return;
    body.scopes_supported = SCOPES_SUPPORTED;
    for (const endpoint of ['token', 'revocation', 'introspection'])
      body[`${endpoint}_endpoint_auth_methods_supported`] = methods;
  };
}

/**
 * What this request may be granted: what it asks for as far as the client's registration covers it, or the
 * registration itself when it asks for nothing. Throws `invalid_scope` when nothing of what is asked is allowed.
 */
function grantedScope(context: KoaContext, client: Client): string[] {
  const most = String(client.granted_scope ?? '').split(' ');
  const { entities, params } = context.oidc;
  const asked = params.scope ?? entities.AuthorizationCode?.scope ?? entities.RefreshToken?.scope;
  if (asked === undefined) {
    params.scope = most.filter((scope) => parseSmartScope(scope)).join(' ');
    return most;
  }
  const granted = asked.split(' ').filter((text) => {
    const scope = parseSmartScope(text);
    return scope ? covers(most, scope) : IDENTITY_SCOPES.includes(text);
  });
  if (granted.length === 0)
    throw new errors.InvalidScope('none of the scopes asked for may be granted to this client', asked);
  return granted;
}

function systemClaims(client: Client): Record<string, unknown> {
  return {
    role: 'system',
    name: client.clientName,
    facility: client.facility,
    facility_name: client.facility_name,
  };
}

/** A session opened at one door does not open another, and one that is over opens none: the person is asked to sign in anew. */
function policy(sql: Sql) {
  const base = interactionPolicy.base();
  const { Check } = interactionPolicy;
  base.get('login')!.checks.add(
    new Check('wrong_door', 'this account does not sign in here', 'login_required', async (context) => {
      const { session, client } = context.oidc;
      if (!session.accountId) return Check.NO_NEED_TO_PROMPT;
      const now = await currentAccount(sql, context, session.accountId);
      const welcome = now && DOORS[doorOf(client.clientId)].roles.includes(now.account.role);
      return welcome ? Check.NO_NEED_TO_PROMPT : Check.REQUEST_PROMPT;
    }),
  );
  return base;
}

/** Clients are registered by the platform's operator, which is the consent: each sign-in gets what its client may have. */
async function impliedGrant(provider: Provider, context: KoaContext, fhirBase: string) {
  const { client, session, result, requestParamScopes } = context.oidc;
  const known = result?.consent?.grantId ?? session.grantIdFor(client.clientId);
  const kept = known === undefined ? undefined : await provider.Grant.find(known);
  const grant = kept ?? new provider.Grant({ accountId: session.accountId!, clientId: client.clientId });
  const scopes = [...requestParamScopes];
  const identity = scopes.filter((scope) => IDENTITY_SCOPES.includes(scope));
  if (identity.length > 0) grant.addOIDCScope(identity.join(' '));
  grant.addResourceScope(fhirBase, scopes.join(' '));
  await grant.save(REFRESH_S);
  return grant;
}
