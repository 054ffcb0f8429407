import { findAccount, subjectOf } from '../accounts/accounts.ts';
import { DOORS } from '../doors.ts';
import type { AccessOptions } from '../options.ts';
import { callerOf, logSecurity } from '../sign-in/security-log.ts';
import { lockIdle } from './sign-in-sessions.ts';

/** A screen says once a minute that somebody is at it, and locks by itself: what it failed to do is made up for a little later. */
const GRACE_MINUTES = 2;

/** Locks the screens of the clinic that nobody has been at, whether or not they locked themselves. */
export async function lockIdleScreens({
  sql,
  ports,
  idleLockMinutes,
}: Pick<AccessOptions, 'sql' | 'ports'> & { idleLockMinutes: number }): Promise<void> {
  const { client } = DOORS.clinic;
  for (const session of await lockIdle(sql, client, idleLockMinutes + GRACE_MINUTES)) {
    const account = await findAccount(sql, subjectOf(session.account), session.facility);
    if (!account) continue;
    await logSecurity(ports, {
      requestId: `session ${session.id}`,
      caller: callerOf(account, client),
      action: 'lock',
      outcome: 'success',
      reason: `Không ai dùng máy quá ${idleLockMinutes} phút`,
    });
  }
}
