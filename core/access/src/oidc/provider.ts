import type { GuardedFetch } from '@yba/http';
import type { Sql } from '@yba/postgres';
import { errors, interactionPolicy, Provider, type Client, type KoaContext } from 'oidc-provider';
import { DOORS, doorOf, isScreen } from '../doors.ts';
import { grantFor, isAboutPatient } from '../launch/app-grant.ts';
import { BESIDE_TOKEN, contextClaims, contextOf } from '../launch/launch-context.ts';
import { currentAccount } from '../sessions/current-session.ts';
import type { AccessOptions } from '../options.ts';
import { endBrowser } from '../sessions/end-browser.ts';
import { artifacts, type Artifacts } from './artifacts.ts';
import { personClaims } from './claims.ts';
import { authMethods, clientAuthentication } from './client-authentication.ts';
import { refetchUnknownKeys } from './client-keys.ts';
import { CLIENT_EXTRAS, RESPONSE_MODES, clientAdapter, screenClients, secretMatches } from './clients.ts';
import { formLeadingToApp, renderError, renderSignedOut, signedOutAlready, signOut } from './pages.ts';
import { narrowOnRefresh } from './narrower-refresh.ts';
import { nameRefreshingClients } from './refreshing-client.ts';
import { covers, IDENTITY_SCOPES, parseSmartScope, SCOPES_SUPPORTED } from './scopes.ts';
import { verifyingKeys, type ProviderKeys } from './server-secret.ts';
import { systemClaims, type Asserting } from './system-claims.ts';

/** Seconds that access tokens live: people's, and systems'. */
const PERSON_TOKEN_S = 15 * 60;
const SYSTEM_TOKEN_S = 60 * 60;
const SESSION_S = 12 * 60 * 60;
const REFRESH_S = 14 * 24 * 60 * 60;

export type ProviderOptions = {
  baseUrl: string;
  sql: Sql;
  ports: AccessOptions['ports'];
  keys: ProviderKeys;
  clientCertificates?: boolean;
  /** Fetches the key sets that clients name. */
  fetch: GuardedFetch;
  asserting: Asserting;
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
  ports,
  keys,
  fetch,
  asserting,
  clientCertificates = false,
}: ProviderOptions): AuthorizationServer {
  const { mTLS, clientAuthSigningAlgValues, ...authentication } = clientAuthentication(baseUrl, fetch);
  const fhirBase = `${baseUrl}/fhir`;
  const store = artifacts(sql, 'yba');
  const clients = clientAdapter(sql);
  const provider = new Provider(baseUrl, {
    adapter: (model: string) =>
      model === 'Client' ? { ...store.adapter(model), ...clients } : store.adapter(model),
    clients: screenClients(baseUrl),
    extraClientMetadata: { properties: CLIENT_EXTRAS },
    jwks: { keys: verifyingKeys(keys) },
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
      id_token_signed_response_alg: 'RS256',
      response_types: ['code'],
      grant_types: ['authorization_code'],
    },
    enabledJWA: {
      idTokenSigningAlgValues: ['RS256'],
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
      revocation: { enabled: true, allowedPolicy: isOwn },
      introspection: { enabled: true, allowedPolicy: mayIntrospect },
      mTLS,
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: signOut(store, (browser) => endBrowser({ sql, ports }, browser, 'signed-out')),
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
    issueRefreshToken: (_context: KoaContext, client: Client, { scopes }: { scopes: Set<string> }) =>
      client.grantTypeAllowed('refresh_token') &&
      scopes.has('offline_access') &&
      (isScreen(client.clientId) || registeredScopes(client).includes('offline_access')),
    renderError,
    interactions: {
      url: (_context: KoaContext, interaction: { uid: string }) => `/oauth/interaction/${interaction.uid}`,
      policy: policy(sql),
    },
    loadExistingGrant: (context: KoaContext) =>
      grantFor({ provider, artifacts: store, sql, fhirBase, lastsS: REFRESH_S }, context),
    extraParams: {
      launch: null,
      aud: async (_context: KoaContext, aud: string | undefined) => {
        if (aud !== undefined && aud.replace(/\/$/, '') !== fhirBase)
          throw new errors.InvalidRequest(`aud must be ${fhirBase}`);
      },
    },
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
      if (token.accountId === undefined) return systemClaims(asserting, context);
      const now = await currentAccount(sql, context, token.accountId, token);
      if (!now) throw new errors.InvalidGrant('the session this was granted in has ended');
      const { sub: _, ...claims } = await personClaims(sql, fhirBase, now.account, now.session.id);
      const about = await contextOf(store, token.grantId);
      return {
        ...claims,
        ...(about ? contextClaims(baseUrl, about) : {}),
        ...(token.grantId ? { grant: token.grantId } : {}),
      };
    },
  });
  provider.Client.prototype.compareClientSecret = function (this: Client, presented) {
    return secretMatches(this.clientSecret, presented);
  };
  refetchUnknownKeys(provider);
  nameRefreshingClients(provider);
  narrowOnRefresh(provider);
  provider.use(tokensAreNotCached);
  provider.use(signedOutAlready);
  provider.use(formLeadingToApp);
  provider.use(addContextToTokenResponse);
  provider.use(completeDiscovery(authMethods(clientCertificates)));
  return { provider, artifacts: store };
}

const registeredScopes = (client: Client) => String(client.granted_scope ?? '').split(' ');

const isOwn = (_context: KoaContext, client: Client, token: { clientId?: string }) =>
  token.clientId === client.clientId;

/** A client learns what became of its own refresh tokens, if it proved who it is. */
function mayIntrospect(context: KoaContext, client: Client, token: { clientId?: string }): boolean {
  return client.tokenEndpointAuthMethod !== 'none' && isOwn(context, client, token);
}

/** What older caches understand beside `no-store`, which the library says. Source: https://www.rfc-editor.org/rfc/rfc6749#section-5.1 */
async function tokensAreNotCached(context: KoaContext, next: () => Promise<void>): Promise<void> {
  if (context.path === '/oauth/token') context.set('pragma', 'no-cache');
  await next();
}

/** SMART puts what a launch is about beside the token. Source: SMART App Launch 2.0, scopes for requesting context data */
async function addContextToTokenResponse(context: KoaContext, next: () => Promise<void>): Promise<void> {
  await next();
  const body = context.body as Record<string, unknown> | undefined;
  if (context.path !== '/oauth/token' || !body?.access_token) return;
  const { extra = {} } = context.oidc.entities.AccessToken ?? {};
  for (const name of BESIDE_TOKEN) if (extra[name] !== undefined) body[name] = extra[name];
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
    body.response_modes_supported = RESPONSE_MODES;
    for (const endpoint of ['token', 'revocation', 'introspection'])
      body[`${endpoint}_endpoint_auth_methods_supported`] = methods;
  };
}

/**
 * What this request may be granted: what it asks for as far as the client's registration covers it, or the
 * registration itself when it asks for nothing. Throws `invalid_scope` when nothing of what is asked is allowed.
 */
function grantedScope(context: KoaContext, client: Client): string[] {
  const most = registeredScopes(client);
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

/** A session opened at one door does not open another, and one that is over opens none: the person is asked to sign in anew. */
function policy(sql: Sql) {
  const base = interactionPolicy.base();
  const { Check, Prompt } = interactionPolicy;
  base.get('login')!.checks.add(
    new Check('wrong_door', 'this account does not sign in here', 'login_required', async (context) => {
      const { session, client } = context.oidc;
      if (!session.accountId) return Check.NO_NEED_TO_PROMPT;
      const now = await currentAccount(sql, context, session.accountId);
      const welcome = now && DOORS[doorOf(client.clientId)].roles.includes(now.account.role);
      // our own screens renew beneath the lock and are refused by it; an app would not be
      const covered = now?.session.locked && !isScreen(client.clientId);
      return welcome && !covered ? Check.NO_NEED_TO_PROMPT : Check.REQUEST_PROMPT;
    }),
  );
  base.add(
    new Prompt(
      { name: 'patient', requestable: false },
      new Check('no_patient', 'whom is the app opened for?', 'interaction_required', (context) =>
        needsPatient(sql, context),
      ),
    ),
    1, // after the sign-in, before consent
  );
  return base;
}

/** Staff choose whom an app is opened for, unless a chart has said; a citizen opens it for themselves. */
async function needsPatient(sql: Sql, context: KoaContext): Promise<boolean> {
  const { client, params, result, session, requestParamScopes } = context.oidc;
  if (isScreen(client.clientId) || params.launch !== undefined || result?.launch || !session.accountId)
    return false;
  if (!isAboutPatient(requestParamScopes)) return false;
  const now = await currentAccount(sql, context, session.accountId);
  return now !== undefined && !now.account.person;
}
