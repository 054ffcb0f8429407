import { forbidden, invalid, notFound } from '@yba/fhir';
import { facilityNumber } from '@yba/repository';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import {
  enterLicence,
  openAccount,
  resetAccount,
  staffAccounts,
  unlockAccount,
} from '../accounts/administration.ts';
import { isDay, subjectOf, type Licence, type StaffRole } from '../accounts/accounts.ts';
import { endMembership } from '../accounts/memberships.ts';
import { DOORS } from '../doors.ts';
import { endSessions } from '../sessions/end-sessions.ts';
import { logSecurity } from '../sign-in/security-log.ts';
import { addPersonRoutes, text, type PersonRoute } from './routes-table.ts';
import { assertFresh, type AccountRoutes, type Person } from './signed-in.ts';

type GivenLicence = {
  licenceNumber?: string;
  licenceScope?: string;
  licenceFrom?: string;
  licenceUntil?: string;
  licenceWithdrawn?: string;
};

type NewStaff = GivenLicence & { username: string; name: string; role: StaffRole; department?: string };

/**
 * The accounts of a facility, for its officers: the privacy officer and the administrator see them, unlock them and end
 * their sessions; the administrator also opens them, resets how they sign in and ends their work there.
 */
export function addStaffRoutes(app: FastifyInstance, routes: AccountRoutes): void {
  const { sql, ports } = routes;
  const officer = async (
    { caller }: Person,
    roles: readonly string[],
    request: FastifyRequest,
  ): Promise<number> => {
    if (roles.includes(caller.role) && caller.facility) return facilityNumber(caller.facility);
    await logSecurity(ports, { requestId: request.id, caller, action: 'account', outcome: 'denied' });
    throw forbidden(
      `Accounts of a facility are for its ${roles.join(' and ')}; not for the role ${caller.role}`,
    );
  };
  const BOTH = ['admin', 'privacy-officer'];
  const ADMIN = ['admin'];

  /** The account that the path names, when it works at the officer's facility. Throws `not-found`. */
  const member = async (facility: number, request: FastifyRequest) => {
    const { id } = request.params as { id: string };
    const found = (await staffAccounts(sql, facility)).find((one) => one.id === id);
    if (!found) throw notFound(`Account ${id}`);
    return found;
  };
  const done = (
    { caller }: Person,
    request: FastifyRequest,
    account: string,
    reason: string,
    action: 'account' | 'revoke' = 'account',
  ) =>
    logSecurity(ports, {
      requestId: request.id,
      caller,
      action,
      outcome: 'success',
      target: subjectOf(account),
      reason,
    });

  const table: PersonRoute[] = [
    {
      method: 'GET',
      path: '/accounts',
      handle: async (person, request) => ({
        accounts: await staffAccounts(sql, await officer(person, BOTH, request)),
      }),
    },
    {
      method: 'POST',
      path: '/accounts',
      body: { username: text(60, 3), name: text(120), role: text(30) },
      handle: async (person, request) => {
        await officer(person, ADMIN, request);
        await assertFresh(routes, request, person);
        const { caller } = person;
        const made = await openAccount(sql, {
          ...newStaff(request.body as NewStaff),
          facility: caller.facility!,
          facilityName: caller.facilityName ?? caller.facility!,
        });
        await done(
          person,
          request,
          made.subject.slice('account/'.length),
          `Mở tài khoản: ${(request.body as NewStaff).name}`,
        );
        return made;
      },
    },
    {
      method: 'POST',
      path: '/accounts/:id/unlock',
      handle: async (person, request) => {
        const { id, name } = await member(await officer(person, BOTH, request), request);
        await unlockAccount(sql, id);
        await done(person, request, id, `Mở khóa đăng nhập: ${name}`);
        return {};
      },
    },
    {
      method: 'DELETE',
      path: '/accounts/:id/sessions',
      handle: async (person, request) => {
        const facility = await officer(person, BOTH, request);
        const { id, name } = await member(facility, request);
        const ended = await endSessions(sql, { account: id, facility }, 'revoked');
        await done(person, request, id, `Kết thúc ${ended} phiên: ${name}`, 'revoke');
        return { ended };
      },
    },
    {
      method: 'POST',
      path: '/accounts/:id/reset',
      handle: async (person, request) => {
        const { id, name, elsewhere } = await member(await officer(person, ADMIN, request), request);
        await assertFresh(routes, request, person);
        if (elsewhere > 0)
          throw forbidden(
            'This person works at other facilities too: how they sign in is reset by the operator of the platform (yba admin account reset)',
          );
        const firstPassword = await resetAccount(sql, id);
        await done(person, request, id, `Đặt lại cách đăng nhập: ${name}`);
        return { firstPassword };
      },
    },
    {
      method: 'POST',
      path: '/accounts/:id/licence',
      body: { licenceNumber: text(60) },
      handle: async (person, request) => {
        const { id, name, elsewhere } = await member(await officer(person, ADMIN, request), request);
        if (elsewhere > 0)
          throw forbidden(
            'This person works at other facilities too: their licence is entered by the operator of the platform (yba admin account licence)',
          );
        if (id === person.account.id)
          throw forbidden('Nobody enters their own licence: ask another administrator');
        const licence = licenceOf(request.body as GivenLicence)!;
        await enterLicence(sql, id, licence);
        await done(person, request, id, `Ghi giấy phép hành nghề ${licence.number}: ${name}`);
        return { licence };
      },
    },
    {
      method: 'DELETE',
      path: '/accounts/:id',
      handle: async (person, request) => {
        const { id, name } = await member(await officer(person, ADMIN, request), request);
        if (id === person.account.id)
          throw forbidden('Nobody ends their own work here: ask another administrator');
        await endMembership(sql, id, person.caller.facility!);
        await done(person, request, id, `Kết thúc làm việc tại cơ sở: ${name}`);
        return {};
      },
    },
  ];
  addPersonRoutes(app, routes, table);
}

function newStaff(body: NewStaff) {
  const { username, name, role, department } = body;
  if (!/^[a-z0-9][a-z0-9._-]{2,59}$/.test(username))
    throw invalid('username', 'A username is 3 to 60 small letters, digits, dots, dashes');
  if (!DOORS.clinic.roles.includes(role))
    throw invalid('role', `A role at a facility is one of ${DOORS.clinic.roles.join(', ')}`);
  const licence = licenceOf(body);
  return {
    username,
    name: name.trim(),
    role,
    ...(department ? { department: String(department).slice(0, 120) } : {}),
    ...(licence ? { licence } : {}),
  };
}

function licenceOf(body: GivenLicence): Licence | undefined {
  const { licenceNumber: number, licenceScope: scope } = body;
  const validFrom = dayOf(body, 'licenceFrom', 'The first day of a licence');
  const validUntil = dayOf(body, 'licenceUntil', 'The last day of a licence');
  const withdrawn = dayOf(body, 'licenceWithdrawn', 'The day a licence was withdrawn');
  if (!number) return undefined;
  return {
    number: String(number).slice(0, 60),
    ...(scope ? { scope: String(scope).slice(0, 200) } : {}),
    ...(validFrom ? { validFrom } : {}),
    ...(validUntil ? { validUntil } : {}),
    ...(withdrawn ? { withdrawn } : {}),
  };
}

function dayOf(body: GivenLicence, name: keyof GivenLicence, what: string): string | undefined {
  const day = body[name];
  if (!day) return undefined;
  if (!isDay(String(day))) throw invalid(name, `${what} is written 2031-12-31`);
  return String(day);
}
