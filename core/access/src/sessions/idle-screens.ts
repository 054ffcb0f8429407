import { findAccount, subjectOf } from '../accounts/accounts.ts';
import { DOORS, type Door } from '../doors.ts';
import type { AccessOptions } from '../options.ts';
import { callerOf, logSecurity } from '../sign-in/security-log.ts';
import { lockIdle } from './sign-in-sessions.ts';

/** Minutes without a hand on the screen until it locks, by door. */
export type IdleLock = Readonly<Record<Door, number>>;

/** Machines that several people share lock soon; a phone of one's own, which has a lock too, later. In minutes. */
const STAFF_MINUTES = 10;
const CITIZEN_MINUTES = 30;

/** A screen says once a minute that somebody is at it, and locks by itself: what it failed to do is made up for a little later. */
const GRACE_MINUTES = 2;

/** When the screens of each door lock. */
export function idleLockOf({
  idleLockMinutes = STAFF_MINUTES,
  citizenLockMinutes = CITIZEN_MINUTES,
}: Pick<AccessOptions, 'idleLockMinutes' | 'citizenLockMinutes'>): IdleLock {
  return { clinic: idleLockMinutes, command: idleLockMinutes, book: citizenLockMinutes };
}

/** Locks the screens of every door that nobody has been at, whether or not they locked themselves. */
export async function lockIdleScreens({
  sql,
  ports,
  idleLockMinutes,
}: Pick<AccessOptions, 'sql' | 'ports'> & { idleLockMinutes: IdleLock }): Promise<void> {
  for (const door of Object.keys(idleLockMinutes) as Door[]) {
    const { client } = DOORS[door];
    const minutes = idleLockMinutes[door];
    for (const session of await lockIdle(sql, client, minutes + GRACE_MINUTES)) {
      const account = await findAccount(sql, subjectOf(session.account), session.facility);
      if (!account) continue;
      await logSecurity(ports, {
        requestId: `session ${session.id}`,
        caller: callerOf(account, client),
        action: 'lock',
        outcome: 'success',
        reason: `Không ai dùng máy quá ${minutes} phút`,
      });
    }
  }
}
