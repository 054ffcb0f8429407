import { outcomeError } from '@yba/fhir';
import { facilityNumber } from '@yba/repository';
import type { AuthenticationResponseJSON } from '@simplewebauthn/server';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { findAccount, subjectOf } from '../accounts/accounts.ts';
import { countAttempt, forgiveAttempts } from '../accounts/attempts.ts';
import { memberships } from '../accounts/memberships.ts';
import { verifyPassword } from '../accounts/password.ts';
import { doorOf } from '../doors.ts';
import { countPasskeys } from '../passkeys/passkeys.ts';
import {
  enterSession,
  findSession,
  lockSession,
  noteActive,
  switchSession,
} from '../sessions/sign-in-sessions.ts';
import { callerOf, logSecurity, logSecurityWith } from '../sign-in/security-log.ts';
import { say, sayLocked } from '../sign-in/words.ts';
import { addPersonRoutes, text } from './routes-table.ts';
import { noteFresh, type AccountRoutes, type Person } from './signed-in.ts';

/** The session of a screen: how it stands, locking it and entering again, and going to another of one's facilities. */
export function addSessionRoutes(app: FastifyInstance, routes: AccountRoutes): void {
  const { sql, passkeys, ports } = routes;
  const entering = (session: string) => `enter ${session}`;

  const entered = async (
    { caller, account, session }: Person,
    request: FastifyRequest,
    reason: string,
    attempts: number,
  ) => {
    await forgiveAttempts(sql, { username: account.username, address: request.ip }, attempts);
    await noteFresh(routes, session.id);
    // as it stands now: the lock may have been on its way when the person began to enter
    return sql.begin(async (transaction) => {
      const now = await enterSession(transaction, session.id);
      if (now?.wasLocked)
        await logSecurityWith(transaction, ports, [
          { requestId: request.id, caller, action: 'unlock', outcome: 'success', reason },
        ]);
      return now ? { change: now.change } : {};
    });
  };

  const refused = async ({ caller, session }: Person, request: FastifyRequest, words: string) => {
    await logSecurity(ports, {
      requestId: request.id,
      caller,
      action: session.locked ? 'unlock' : 'sign-in',
      outcome: 'failed',
    });
    return outcomeError('value', words, 'password');
  };

  addPersonRoutes(app, routes, [
    {
      method: 'GET',
      path: '/session',
      locked: true,
      handle: async ({ caller, account, session }) => ({
        session: session.id,
        locked: session.locked !== null,
        change: session.change,
        name: account.name,
        username: account.username,
        idleLockMinutes: routes.idleLockMinutes[doorOf(caller.client)],
        password: account.password_hash !== null,
        passkeys: (await countPasskeys(sql, account.id)) > 0,
        facilities: (await memberships(sql, account.id)).map(({ facility, facilityName, role }) => ({
          facility,
          facilityName,
          role,
        })),
        ...(await rehearsalPassword(routes, account.username)),
      }),
    },
    {
      method: 'POST',
      path: '/session/active',
      handle: async ({ session }) => {
        await noteActive(sql, session.id);
        return {};
      },
    },
    {
      method: 'POST',
      path: '/session/lock',
      locked: true,
      handle: async ({ caller, session }, request) => {
        const asOf = changeOf(request.body);
        if (await lockSession(sql, session.id, asOf)) {
          await logSecurity(ports, { requestId: request.id, caller, action: 'lock', outcome: 'success' });
          return { locked: true };
        }
        const now = await findSession(sql, session.id);
        return { locked: now?.locked !== null, ...(now ? { change: now.change } : {}) };
      },
    },
    {
      method: 'POST',
      path: '/session/enter',
      locked: true,
      body: { password: text(1000) },
      handle: async (person, request) => {
        const language = request.headers['accept-language'];
        const { username, password_hash: hash } = person.account;
        const waitS = await countAttempt(sql, { username, address: request.ip });
        if (waitS > 0) throw outcomeError('throttled', sayLocked(waitS, language));
        const { password } = request.body as { password: string };
        if (!hash || !(await verifyPassword(password, hash)))
          throw await refused(person, request, say('passwordWrong', language));
        return entered(person, request, 'Bằng mật khẩu', 1);
      },
    },
    {
      method: 'POST',
      path: '/session/enter/passkey/options',
      locked: true,
      handle: ({ account, session }) => passkeys.beginProof(entering(session.id), account.id),
    },
    {
      method: 'POST',
      path: '/session/enter/passkey',
      locked: true,
      body: { response: { type: 'object' } },
      handle: async (person, request) => {
        const { response } = request.body as { response: AuthenticationResponseJSON };
        const proved = await passkeys.prove(entering(person.session.id), response);
        if (proved !== person.account.id)
          throw await refused(person, request, say('passkeyRefused', request.headers['accept-language']));
        return entered(person, request, 'Bằng khóa truy cập', 0);
      },
    },
    {
      method: 'POST',
      path: '/session/facility',
      body: { facility: text(5) },
      handle: async ({ caller, account, session }, request) => {
        const { facility } = request.body as { facility: string };
        const places = await memberships(sql, account.id);
        if (!places.some((place) => place.facility === facility)) {
          await logSecurity(ports, { requestId: request.id, caller, action: 'switch', outcome: 'denied' });
          throw outcomeError('value', say('notYourFacility', request.headers['accept-language']), 'facility');
        }
        const there = await findAccount(sql, subjectOf(account.id), facilityNumber(facility));
        const reason = `Từ ${caller.facilityName ?? ''} sang ${there?.facility_name ?? ''}`;
        const event = { requestId: request.id, action: 'switch', outcome: 'success', reason } as const;
        const switched =
          there &&
          (await switchSession(sql, session.id, there.facility, (transaction) =>
            logSecurityWith(
              transaction,
              ports,
              [caller, callerOf(there, caller.client)].map((who) => ({ ...event, caller: who })),
            ),
          ));
        if (!switched) throw outcomeError('login', 'This session has ended; sign in again');
        return {};
      },
    },
  ]);
}

/** Of which change of the session a lock knows, as `GET /oauth/session` told; undefined: it locks whatever there was. */
function changeOf(body: unknown): string | undefined {
  const { change } = (body ?? {}) as { change?: unknown };
  if (change === undefined) return undefined;
  if (typeof change === 'string' && /^\d{1,18}$/.test(change)) return change;
  throw outcomeError('value', 'change is the text of digits that GET /oauth/session answered', 'change');
}

/** In the demonstration, whose passwords everybody may read, the lock is opened by a tap as the sign-in is. */
async function rehearsalPassword(
  { demo }: AccountRoutes,
  username: string,
): Promise<{ rehearsalPassword?: string }> {
  const persona = (await demo?.personas())?.find((one) => one.username === username);
  return persona ? { rehearsalPassword: persona.password } : {};
}
