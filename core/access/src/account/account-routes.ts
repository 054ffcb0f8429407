import { notFound, outcomeError } from '@yba/fhir';
import { facilityCode } from '@yba/repository';
import type { Sql } from '@yba/postgres';
import type { RegistrationResponseJSON } from '@simplewebauthn/server';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { licenceOf, type Account } from '../accounts/accounts.ts';
import { countAttempt, forgiveAttempts } from '../accounts/attempts.ts';
import { memberships } from '../accounts/memberships.ts';
import { verifyPassword } from '../accounts/password.ts';
import { newRecoveryCodes, recoveryCodesLeft } from '../second-factor/recovery-codes.ts';
import { beginFactor, hasFactor, removeFactor, takeCode } from '../second-factor/totp.ts';
import { endSessions } from '../sessions/end-sessions.ts';
import { openSessions } from '../sessions/sign-in-sessions.ts';
import { logSecurity } from '../sign-in/security-log.ts';
import { say, sayLocked } from '../sign-in/words.ts';
import { newPassword } from './new-password.ts';
import { addPersonRoutes, text } from './routes-table.ts';
import { assertFresh, type AccountRoutes, type Person } from './signed-in.ts';

const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** A person's own account: what they sign in with, where they are signed in, where they work. */
export function addAccountRoutes(app: FastifyInstance, routes: AccountRoutes): void {
  const { sql, passkeys, ports } = routes;
  const changed = (
    { caller }: Person,
    request: FastifyRequest,
    reason: string,
    action: 'account' | 'revoke' = 'account',
  ) => logSecurity(ports, { requestId: request.id, caller, action, outcome: 'success', reason });
  const withPassword = (person: Person) => {
    if (person.account.password_hash === null)
      throw outcomeError('business-rule', {
        en: 'This account signs in through VNeID; how is changed there',
        vi: 'Tài khoản này đăng nhập bằng VNeID; hãy đổi cách đăng nhập trong VNeID.',
      });
  };
  const mayChange = async (person: Person, request: FastifyRequest) => {
    withPassword(person);
    await assertFresh(routes, request, person);
  };

  addPersonRoutes(app, routes, [
    {
      method: 'GET',
      path: '/account',
      handle: async ({ account, session }) => ({
        ...(await about(sql, account)),
        demo: routes.demo !== undefined,
        passkeys: await passkeys.list(account.id),
        session: session.id,
        sessions: await sessionList(sql, account.id),
      }),
    },
    {
      method: 'POST',
      path: '/account/password',
      body: { current: text(1000), password: text(1000) },
      handle: async (person, request) => {
        withPassword(person);
        const language = request.headers['accept-language'];
        const { current, password } = request.body as { current: string; password: string };
        const { username, password_hash: hash } = person.account;
        const waitS = await countAttempt(sql, { username, address: request.ip });
        if (waitS > 0) throw outcomeError('throttled', sayLocked(waitS, language));
        if (!(await verifyPassword(current, hash!))) {
          const { caller } = person;
          await logSecurity(ports, { requestId: request.id, caller, action: 'account', outcome: 'failed' });
          throw outcomeError('value', say('passwordWrong', language), 'current');
        }
        await forgiveAttempts(sql, { username, address: request.ip });
        await newPassword(routes, {
          account: person.account,
          password,
          language,
          session: person.session.id,
        });
        await changed(person, request, 'Đổi mật khẩu; các phiên khác kết thúc');
        return {};
      },
    },
    {
      method: 'POST',
      path: '/account/codes/begin',
      handle: async (person, request) => {
        await mayChange(person, request);
        if (await hasFactor(sql, person.account.id))
          throw outcomeError('conflict', say('codesOn', request.headers['accept-language']));
        return beginFactor(routes, person.account.id, person.account.username);
      },
    },
    {
      method: 'POST',
      path: '/account/codes/confirm',
      body: { code: text(20) },
      handle: async (person, request) => {
        await mayChange(person, request);
        const { code } = request.body as { code: string };
        if (!(await takeCode(routes, person.account.id, code, { confirming: true })))
          throw outcomeError('value', say('wrongCode', request.headers['accept-language']), 'code');
        await changed(person, request, 'Bật mã xác thực');
        return { recoveryCodes: await newRecoveryCodes(sql, person.account.id) };
      },
    },
    {
      method: 'POST',
      path: '/account/codes/recovery',
      handle: async (person, request) => {
        await mayChange(person, request);
        if (!(await hasFactor(sql, person.account.id)))
          throw outcomeError('conflict', {
            en: 'There are no one-time codes to recover; set them up first',
            vi: 'Chưa bật mã xác thực nên chưa có mã khôi phục. Hãy bật mã xác thực trước.',
          });
        await changed(person, request, 'Tạo mã khôi phục mới');
        return { recoveryCodes: await newRecoveryCodes(sql, person.account.id) };
      },
    },
    {
      method: 'DELETE',
      path: '/account/codes',
      handle: async (person, request) => {
        await mayChange(person, request);
        await removeFactor(sql, person.account.id);
        await changed(person, request, 'Tắt mã xác thực');
        return {};
      },
    },
    {
      method: 'POST',
      path: '/account/passkeys/options',
      handle: async (person, request) => {
        await assertFresh(routes, request, person);
        return passkeys.beginRegistration(person.account, `register ${person.session.id}`);
      },
    },
    {
      method: 'POST',
      path: '/account/passkeys',
      body: { name: text(60), response: { type: 'object' } },
      handle: async (person, request) => {
        await assertFresh(routes, request, person);
        const { name, response } = request.body as { name: string; response: RegistrationResponseJSON };
        await passkeys.register(person.session, `register ${person.session.id}`, name.trim(), response);
        await changed(person, request, 'Thêm khóa truy cập');
        return {};
      },
    },
    {
      method: 'DELETE',
      path: '/account/passkeys/:id',
      handle: async (person, request) => {
        await assertFresh(routes, request, person);
        const { id } = request.params as { id: string };
        if (!(await passkeys.remove(person.account.id, id))) throw notFound(`Passkey ${id}`);
        await changed(person, request, 'Gỡ khóa truy cập');
        return {};
      },
    },
    {
      method: 'DELETE',
      path: '/account/sessions/:id',
      handle: async (person, request) => {
        const { id } = request.params as { id: string };
        const own = ID.test(id) && (await openSessions(sql, person.account.id)).some((one) => one.id === id);
        if (!own) throw notFound(`Session ${id}`);
        if ((await endSessions(sql, { id }, 'revoked')) === 0) throw notFound(`Session ${id}`);
        await changed(person, request, 'Kết thúc một phiên', 'revoke');
        return {};
      },
    },
    {
      method: 'DELETE',
      path: '/account/sessions',
      handle: async (person, request) => {
        const which = { account: person.account.id, except: person.session.id };
        const ended = await endSessions(sql, which, 'revoked');
        await changed(person, request, `Kết thúc ${ended} phiên khác`, 'revoke');
        return { ended };
      },
    },
  ]);
}

async function about(sql: Sql, account: Account) {
  const codes = await hasFactor(sql, account.id);
  return {
    username: account.username,
    name: account.name,
    role: account.role,
    password: account.password_hash !== null,
    licence: licenceOf(account),
    facility: account.facility === null ? undefined : facilityCode(account.facility),
    facilities: await memberships(sql, account.id),
    codes: { on: codes, recoveryCodes: codes ? await recoveryCodesLeft(sql, account.id) : 0 },
  };
}

async function sessionList(sql: Sql, account: string) {
  const sessions = await openSessions(sql, account);
  const apps = await sql<{ id: string; name: string }[]>`
    select id, name from oauth_client where id = any(${sessions.map(({ client }) => client)})`;
  return sessions.map(({ id, client, facility, methods, address, agent, started, active, locked }) => ({
    id,
    client,
    app: apps.find((one) => one.id === client)?.name,
    facility: facility === null ? undefined : facilityCode(facility),
    methods,
    address,
    agent,
    started,
    active,
    locked: locked !== null,
  }));
}
