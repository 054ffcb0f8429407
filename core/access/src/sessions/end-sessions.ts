import type { Sql } from '@yba/postgres';
import { tellSessions } from './session-news.ts';

/** Which sessions: one, those in one browser, or an account's, at one facility if one is named, but for one if one is excepted. */
export type WhichSessions =
  { id: string } | { browser: string } | { account: string; facility?: number; except?: string };

/** Why a session ended. */
export type EndReason =
  | 'signed-out'
  | 'taken-over'
  | 'switched'
  | 'revoked'
  | 'password-changed'
  | 'account-changed'
  | 'membership-changed'
  | 'membership-ended';

/**
 * Ends sessions: their access tokens stop in every server process within seconds, their refresh tokens and browser
 * sessions are gone. `keepBrowser` leaves the browser signed in, for another session that takes its place there. Answers
 * how many ended.
 */
export async function endSessions(
  sql: Sql,
  which: WhichSessions,
  reason: EndReason,
  { keepBrowser = false }: { keepBrowser?: boolean } = {},
): Promise<number> {
  const ended = await sql<{ id: string; browser: string | null }[]>`
    update sign_in_session set ended = now(), end_reason = ${reason}, changed = clock_timestamp()
    where ended is null and ${chosen(sql, which)} returning id, browser`;
  if (ended.length === 0) return 0;
  await tellSessions(sql, ended, 'ended');
  const browsers = ended.flatMap(({ browser }) => browser ?? []);
  if (!keepBrowser && browsers.length > 0)
    await sql`
      delete from oauth_artifact where issuer = 'yba'
        and (model = 'Session' and uid = any(${browsers})
          or model in ('RefreshToken', 'AuthorizationCode') and payload->>'sessionUid' = any(${browsers}))`;
  return ended.length;
}

function chosen(sql: Sql, which: WhichSessions) {
  if ('id' in which) return sql`id = ${which.id}`;
  if ('browser' in which) return sql`browser = ${which.browser}`;
  return sql`account = ${which.account}
    and ${which.facility === undefined ? sql`true` : sql`facility = ${which.facility}`}
    and ${which.except === undefined ? sql`true` : sql`id <> ${which.except}`}`;
}
