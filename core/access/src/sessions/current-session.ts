import type { Sql } from '@yba/postgres';
import type { KoaContext } from 'oidc-provider';
import { findAccount, subjectOf, type Account } from '../accounts/accounts.ts';
import { bindSession, sessionOfBrowser, type SignInSession } from './sign-in-sessions.ts';

/** A token or code the provider is about to answer for. */
type Source = { sessionUid?: string };

/**
 * The open session a request at the provider belongs to: of the code or refresh token it presents, else of the browser.
 * A browser that comes back from signing in is bound to the session that began there.
 */
export async function currentSession(
  sql: Sql,
  { oidc }: KoaContext,
  source?: Source,
): Promise<SignInSession | undefined> {
  const browser = source?.sessionUid ?? oidc.session?.uid;
  if (!browser) return undefined;
  if (!source && oidc.result?.signInSession) await bindSession(sql, oidc.result.signInSession, browser);
  return sessionOfBrowser(sql, browser);
}

/**
 * The account `subject` at the facility of the request's session, with that session. Undefined when the session is over,
 * or the person no longer works there: then nothing is issued.
 */
export async function currentAccount(
  sql: Sql,
  context: KoaContext,
  subject: string,
  source?: Source,
): Promise<{ account: Account; session: SignInSession } | undefined> {
  const session = await currentSession(sql, context, source);
  if (!session || subjectOf(session.account) !== subject) return undefined;
  const account = await findAccount(sql, subject, session.facility);
  return account && { account, session };
}
