import { forbidden, type AccessBasis, type Caller, type Context, type Interactions } from '@yba/fhir';
import { mountRaw, type Capability, type RawHandler } from '@yba/http';
import { facilityNumber, type AccessRequest, type Reach, type Repository } from '@yba/repository';
import type { FastifyInstance } from 'fastify';
import { accountId, createAccount, findAccount, type NewAccount } from './accounts/accounts.ts';
import { forgetOldFailures } from './accounts/attempts.ts';
import { DOORS } from './doors.ts';
import { smartConfiguration } from './discovery.ts';
import type { AskedFor } from './oidc/asker-token.ts';
import type { Credentials } from './oidc/authenticate.ts';
import { personClaims } from './oidc/claims.ts';
import { addPageFonts } from './oidc/page-fonts.ts';
import {
  createClient,
  registerClient,
  type CreatedClient,
  type NewClient,
  type Registered,
  type Registration,
} from './oidc/registration.ts';
import { knownOrigins } from './oidc/known-origins.ts';
import { hearsAll } from './heard.ts';
import { addPostedRequests } from './oidc/posted-requests.ts';
import { runningIssuer } from './oidc/issuer.ts';
import { sweepRevocations } from './oidc/revocations.ts';
import type { AccessOptions } from './options.ts';
import { withCitizenConsents } from './directives/citizen-consents.ts';
import { departmentsOperation } from './directives/departments.ts';
import { delegationsOperation } from './directives/delegations.ts';
import { readsLogOf } from './directives/others-log.ts';
import { guardianOperation } from './directives/guardian.ts';
import { shareOperations } from './directives/share.ts';
import { copyOperation } from './policy/copy.ts';
import { sweepEnrolmentCodes } from './enrolment/enrolment-codes.ts';
import { addEnrolment } from './enrolment/routes.ts';
import { decide, type PolicyPoint } from './policy/decide.ts';
import { reviewOperations, REVIEWS_CHANNEL } from './policy/emergency-reviews.ts';
import { explain } from './policy/explain.ts';
import { groupedFacts } from './policy/grouped-facts.ts';
import { keptBack } from './policy/kept-back.ts';
import { knownLicences } from './policy/known-licences.ts';
import { licenceVersions } from './policy/licence-versions.ts';
import { namedUsers, ON_BEHALF_OF } from './policy/named-users.ts';
import { openOperation } from './policy/open.ts';
import { addAccountRoutes } from './account/account-routes.ts';
import { addAppRoutes } from './account/app-routes.ts';
import { addLicenceRoutes } from './account/licence-routes.ts';
import { addSessionRoutes } from './account/session-routes.ts';
import { addStaffRoutes } from './account/staff-routes.ts';
import type { AccountRoutes } from './account/signed-in.ts';
import { addMembership, endMembership, type Membership } from './accounts/memberships.ts';
import { passkeys } from './passkeys/passkeys.ts';
import { idleLockOf, lockIdleScreens } from './sessions/idle-screens.ts';
import { assertStands } from './sessions/assert-stands.ts';
import { knownSessions } from './sessions/known-sessions.ts';
import { sweepSessions } from './sessions/sign-in-sessions.ts';
import { ruleBook, type RuleBook } from './policy/rule-book.ts';
import { whyOperation } from './policy/why.ts';
import { addLaunches } from './launch/routes.ts';
import { addSignIn } from './sign-in/routes.ts';

/** Who may come in, and how far they see. */
export type Access = {
  /** Who asks, from the Bearer token. Throws `login`. */
  authenticate(request: Credentials): Promise<Caller>;
  /** How far this caller sees and writes: the repository's port. Throws `forbidden`. */
  decide(context: Context, request: AccessRequest): Promise<Reach>;
  /** What each look rested on, for the access log. */
  explain(looks: Parameters<typeof explain>[1]): Promise<(AccessBasis | undefined)[]>;
  /** `$open`, `$why`, `$copy`, reviews; the OAuth and OpenID endpoints, discovery, the sign-in API. */
  capability: Capability;
  /** What persons decide about their own record: the store with Consents that take effect, and the operations beside. */
  directives(store: Repository): { interactions: Interactions; capability: Capability };
  /** Whether a citizen reads the access log of another person, and asks about looks in their stead. */
  readsLogOf(caller: Caller, person: string): Promise<boolean>;
  /** The versions of the policy. */
  policy: RuleBook;
  /** Calls with the number of a facility whose list of emergency openings moved, in any process. Answers how to stop. */
  listenToReviews(moved: (facility: number) => void): Promise<() => Promise<void>>;
  /** In whose name we ask another system, as a token of IHE IUA that it can check by our keys. */
  askerToken(asked: AskedFor): Promise<string>;
  smartConfiguration(): object;
  createAccount(account: NewAccount): Promise<string>;
  /** Lets an account (`account/<id>`) work at a further facility, or changes what it does there. */
  addMembership(subject: string, membership: Membership): Promise<void>;
  /** Ends a person's work at a facility (5-character code) and every session they have there. Throws `not-found`. */
  endMembership(subject: string, facility: string): Promise<void>;
  createClient(client: NewClient): Promise<CreatedClient>;
  registerClient(client: Registration): Promise<Registered>;
  /** Whether pages of this origin may call: those of registered apps. */
  knownOrigin(origin: string): Promise<boolean>;
  /**
   * Begins to follow which sessions are locked or ended and which tokens are revoked, so that they stop within seconds, and
   * to lock screens that nobody is at. Resolves when all is known. Answers how to stop.
   */
  follow(): Promise<() => Promise<void>>;
  /** Called with the id of each session that is locked or ends. */
  onShut(listener: (session: string) => void): void;
  /** Removes expired codes, sessions and tokens, and old failures to sign in. Answers how many were expired. */
  sweep(): Promise<number>;
};

/** Requests that end or change nothing. */
const SAFE: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Puts access together. Makes the signing keys when the database has none yet. */
export async function createAccess(options: AccessOptions): Promise<Access> {
  const { baseUrl, sql, lookup = sql } = options;
  const onError = options.onError ?? (() => {});
  const sessions = knownSessions(sql, options.sessionPollMs);
  const users = await namedUsers(sql);
  const book = await ruleBook(sql);
  const heardAll = await hearsAll(sql);
  const issuer = await runningIssuer(options, sessions, onError, { users, book }, heardAll);
  const { identify, artifacts } = issuer;
  const authenticate = async (request: Credentials) => {
    const caller = await identify(request);
    await assertStands(sessions, caller);
    const user = request.headers[ON_BEHALF_OF];
    const named = caller.role === 'system' && caller.practitioner !== undefined;
    return user === undefined && !named ? caller : users.of(caller, user);
  };
  const routes: AccountRoutes = {
    ...options,
    artifacts,
    get provider() {
      return issuer.provider;
    },
    onError,
    passkeys: passkeys(sql, artifacts, baseUrl),
    identify,
    sessions,
    idleLockMinutes: idleLockOf(options),
  };
  const point: PolicyPoint = {
    sql: lookup,
    book,
    kept: await keptBack(sql),
    licences: await knownLicences(sql),
    facts: groupedFacts(lookup),
  };
  const directing = { ...point, sql, ports: options.ports, secrets: options.secrets };

  return {
    authenticate,
    decide: (context, request) => decide(point, context, request),
    explain: (looks) => explain({ ...point, rules: point.book.inForce() }, looks),
    readsLogOf: (caller, person) => readsLogOf({ ...point, sql: lookup }, caller, person),
    policy: point.book,
    directives: (store) => ({
      interactions: withCitizenConsents(directing, store),
      capability: {
        name: 'directives',
        operations: [
          ...shareOperations(directing, store),
          guardianOperation(directing, store),
          delegationsOperation(point),
          departmentsOperation(directing),
        ],
      },
    }),
    async listenToReviews(moved) {
      const { unlisten } = await sql.listen(REVIEWS_CHANNEL, (note) => moved(Number(note)));
      return unlisten;
    },
    askerToken: issuer.askerToken,
    smartConfiguration: () => smartConfiguration(baseUrl, options.clientCertificates),
    createAccount: (account) => createAccount(sql, account, options.passwordCost),
    createClient: (client) => createClient(sql, client),
    registerClient: (client) => registerClient(sql, client),
    knownOrigin: knownOrigins(sql),
    async addMembership(subject, membership) {
      const id = accountId(subject);
      if (!id) throw forbidden(`${subject} is not an account`);
      await addMembership(sql, id, membership);
    },
    async follow() {
      const stops = [await sessions.follow(onError, () => lockIdleScreens(routes)), await issuer.follow()];
      return async () => void (await Promise.all(stops.map((stop) => stop())));
    },
    async endMembership(subject, facility) {
      const id = accountId(subject);
      if (!id) throw forbidden(`${subject} is not an account`);
      await endMembership(sql, id, facility);
    },
    onShut: sessions.onShut,
    async sweep() {
      await forgetOldFailures(sql);
      await sweepSessions(sql);
      await sweepRevocations(sql);
      await sweepEnrolmentCodes(sql);
      return artifacts.sweep();
    },
    capability: {
      name: 'access',
      operations: [
        openOperation(directing),
        whyOperation(directing),
        copyOperation(directing),
        ...reviewOperations(options),
      ],
      routes: (app) => {
        void app.register(async (scope) => {
          scope.addHook('onSend', async ({ method }) => {
            if (!SAFE.has(method)) await heardAll();
          });
          addSignIn(scope, routes);
          addSessionRoutes(scope, routes);
          addAccountRoutes(scope, routes);
          addAppRoutes(scope, routes);
          addStaffRoutes(scope, routes);
          addLicenceRoutes(scope, routes, licenceVersions(sql, book));
          addEnrolment(scope, routes);
          void scope.register(async (inner) => addLaunches(inner, routes));
          void scope.register(async (inner) => addPostedRequests(inner));
          addUserinfo(scope, options, authenticate);
          addPageFonts(scope);
          scope.get('/.well-known/smart-configuration', async () =>
            smartConfiguration(baseUrl, options.clientCertificates),
          );
        });
        const handler = withDefaults(issuer.handler);
        mountRaw(app, '/oauth', handler);
        mountRaw(app, '/.well-known', handler);
      },
    },
  };
}

/** Who the token's holder is. Source: https://openid.net/specs/openid-connect-core-1_0.html#UserInfo */
function addUserinfo(
  app: FastifyInstance,
  { sql, baseUrl }: AccessOptions,
  authenticate: Access['authenticate'],
): void {
  app.route({
    method: ['GET', 'POST'],
    url: '/oauth/userinfo',
    handler: async (request, reply) => {
      const { subject, facility, session } = await authenticate(request);
      const account = await findAccount(sql, subject, facility ? facilityNumber(facility) : undefined);
      if (!account) throw forbidden('This token belongs to no person');
      return reply
        .header('cache-control', 'no-store')
        .send(await personClaims(sql, `${baseUrl}/fhir`, account, session));
    },
  });
}

/**
 * Completes authorization requests: our own screens may leave out the scope, and SMART applications do not send
 * the `prompt=consent` that OpenID asks for with `offline_access` (consent is given by a client's registration).
 */
function withDefaults(handler: RawHandler): RawHandler {
  return (request, response) => {
    const url = request.url ?? '';
    if (request.method === 'GET' && url.startsWith('/oauth/authorize?'))
      request.url = url + missing(new URLSearchParams(url.slice(url.indexOf('?'))));
    return handler(request, response);
  };
}

function missing(query: URLSearchParams): string {
  const door = Object.values(DOORS).find(({ client }) => client === query.get('client_id'));
  const scope = query.has('scope') || !door ? '' : `&scope=${encodeURIComponent(door.scope)}`;
  const offline = query.get('scope')?.split(' ').includes('offline_access');
  return scope + (offline && !query.has('prompt') ? '&prompt=consent' : '');
}
