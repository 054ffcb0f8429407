import type { Caller } from '@yba/fhir';
import type { KnownSessions } from './known-sessions.ts';

/**
 * Throws `login` when the session that a token names is over, or locked. A lock covers the screens of the browser it is set
 * in. An app that a citizen agreed to is another screen, on another device perhaps: it goes on until the session ends or
 * the agreement is withdrawn. One that staff opened from a chart stands on the shared machine, and is locked with it.
 */
export async function assertStands(
  sessions: Pick<KnownSessions, 'assertOpen'>,
  { session, role, launch }: Pick<Caller, 'session' | 'role' | 'launch'>,
): Promise<void> {
  if (session) await sessions.assertOpen(session, { evenLocked: role === 'citizen' && launch !== undefined });
}
