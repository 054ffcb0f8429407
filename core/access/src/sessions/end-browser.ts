import { findAccount, subjectOf } from '../accounts/accounts.ts';
import type { AccessOptions } from '../options.ts';
import { callerOf, logSecurity } from '../sign-in/security-log.ts';
import { endSessions } from './end-sessions.ts';
import { sessionOfBrowser } from './sign-in-sessions.ts';

/** Why the session of a browser ends, as the privacy officer reads it; nothing to add where its person signed out. */
const WORDS = { 'signed-out': undefined, 'taken-over': 'Người khác đăng nhập trên máy này' } as const;

/** Ends the session open in a browser (the uid of its OpenID session), if there is one, and logs it. */
export async function endBrowser(
  { sql, ports }: Pick<AccessOptions, 'sql' | 'ports'>,
  browser: string,
  why: keyof typeof WORDS,
): Promise<void> {
  const session = await sessionOfBrowser(sql, browser);
  const ended = await endSessions(sql, { browser }, why);
  if (ended === 0 || !session) return; // of two that end it at once, one tells
  const account = await findAccount(sql, subjectOf(session.account), session.facility);
  if (!account) return;
  const reason = WORDS[why];
  await logSecurity(ports, {
    requestId: `session ${session.id}`,
    caller: callerOf(account, session.client),
    action: 'sign-out',
    outcome: 'success',
    ...(reason ? { reason } : {}),
  });
}
