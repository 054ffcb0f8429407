import { forbidden, outcomeError, type Caller } from '@yba/fhir';
import { facilityNumber } from '@yba/repository';
import type { FastifyRequest } from 'fastify';
import { findAccount, type Account } from '../accounts/accounts.ts';
import type { Credentials } from '../oidc/authenticate.ts';
import type { IdleLock } from '../sessions/idle-screens.ts';
import { findSession, type SignInSession } from '../sessions/sign-in-sessions.ts';
import type { KnownSessions } from '../sessions/known-sessions.ts';
import { logSecurity } from '../sign-in/security-log.ts';
import type { SignIn } from '../sign-in/sign-in.ts';
import { say } from '../sign-in/words.ts';

/** What the routes about one's own account and session share. */
export type AccountRoutes = SignIn & {
  /** Who a token speaks for, whether or not its session is locked. Throws `login`. */
  identify(request: Credentials): Promise<Caller>;
  sessions: KnownSessions;
  idleLockMinutes: IdleLock;
};

/** A person who asks, in their session. */
export type Person = { caller: Caller; account: Account; session: SignInSession };

/** How long a person who has just proved who they are need not do so again to change how they sign in, in ms. */
const FRESH_MS = 10 * 60 * 1000;

/**
 * The person behind a request's token, asked of the database. Throws `login` when the session is over or, unless
 * `locked` is welcome, locked; `forbidden` for software, which has no account.
 */
export async function signedIn(
  routes: AccountRoutes,
  request: FastifyRequest,
  { locked = false }: { locked?: boolean } = {},
): Promise<Person> {
  const caller = await routes.identify(request);
  if (!caller.session)
    throw await refused(routes, request, caller, 'This is about the account of a person; software has none');
  if (caller.launch)
    throw await refused(
      routes,
      request,
      caller,
      'An app does not speak for the account of the person who uses it',
    );
  const session = await findSession(routes.sql, caller.session);
  const account =
    session &&
    (await findAccount(
      routes.sql,
      caller.subject,
      caller.facility ? facilityNumber(caller.facility) : undefined,
    ));
  if (!account) throw outcomeError('login', 'This session has ended; sign in again');
  if (session.locked && !locked) throw outcomeError('login', 'This session is locked; enter again first');
  return { caller, account, session };
}

/** The refusal to somebody known of what is no route of theirs, which stands in the access log. */
export async function refused(
  { ports }: Pick<SignIn, 'ports'>,
  { id: requestId }: FastifyRequest,
  caller: Caller,
  why: string,
): Promise<Error> {
  await logSecurity(ports, { requestId, caller, action: 'account', outcome: 'denied' });
  return forbidden(why);
}

/** Notes that a person has just proved who they are. */
export async function noteFresh({ artifacts }: SignIn, session: string): Promise<void> {
  await artifacts.adapter('FreshProof').upsert(session, {}, FRESH_MS / 1000);
}

/** Throws `security` when it is too long ago that the person proved who they are: a screen left open changes no account. */
export async function assertFresh(
  { artifacts }: SignIn,
  request: FastifyRequest,
  { account, session }: Person,
): Promise<void> {
  if (Date.now() - session.started.getTime() < FRESH_MS) return;
  if (await artifacts.adapter('FreshProof').find(session.id)) return;
  const how = account.password_hash === null ? 'confirmByVneid' : 'confirmFirst';
  throw outcomeError('security', say(how, request.headers['accept-language']));
}
