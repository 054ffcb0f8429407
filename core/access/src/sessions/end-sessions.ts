import type { Sql } from '@yba/postgres';
import { removeArtifacts } from '../oidc/remove-artifacts.ts';
import { takenSessions } from './taken-sessions.ts';
import { tellHere, telling } from './session-news.ts';

/** Which sessions: one, those in one browser, or an account's, at one facility if one is named, but for one if one is excepted. */
export type WhichSessions =
  { id: string } | { browser: string } | { account: string; facility?: number; except?: string };

/** Why a session ended. */
export type EndReason =
  | 'signed-out'
  | 'taken-over'
  | 'revoked'
  | 'password-changed'
  | 'account-changed'
  | 'membership-changed'
  | 'membership-ended';

/**
 * Ends sessions: their access tokens stop in every server process within seconds, their refresh tokens and browser
 * sessions are gone. One that begins meanwhile, by a sign-in or a switch, is waited for, and ends too. Answers how many ended.
 */
export async function endSessions(sql: Sql, which: WhichSessions, reason: EndReason): Promise<number> {
  const ended = await sql.begin(async (transaction) => {
    const db = transaction as unknown as Sql;
    await db`
      select from account where ${
        'account' in which
          ? db`id = ${which.account}`
          : db`id in (select account from sign_in_session where ${chosen(db, which)})`
      } order by id for no key update`;
    const rows = await db<{ id: string; browser: string | null }[]>`
      with ${takenSessions(db, db`ended is null and ${chosen(db, which)}`)},
      changed as (
        update sign_in_session s set ended = now(), end_reason = ${reason}, changed = clock_timestamp()
        from taken where s.id = taken.id returning s.id, s.browser)
      select id, browser, ${telling(db, 'ended')} from changed`;
    const browsers = rows.flatMap(({ browser }) => browser ?? []);
    if (browsers.length > 0)
      await removeArtifacts(
        db,
        db`issuer = 'yba' and (model = 'Session' and uid = any(${browsers})
          or model in ('RefreshToken', 'AuthorizationCode') and payload->>'sessionUid' = any(${browsers}))`,
      );
    return rows;
  });
  tellHere(sql, ended, 'ended');
  return ended.length;
}

function chosen(sql: Sql, which: WhichSessions) {
  if ('id' in which) return sql`id = ${which.id}`;
  if ('browser' in which) return sql`browser = ${which.browser}`;
  return sql`account = ${which.account}
    and ${which.facility === undefined ? sql`true` : sql`facility = ${which.facility}`}
    and ${which.except === undefined ? sql`true` : sql`id <> ${which.except}`}`;
}
