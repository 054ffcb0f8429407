import { forbidden, invalid, notFound } from '@yba/fhir';
import { facilityNumber } from '@yba/repository';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import {
  openAccount,
  resetAccount,
  staffAccounts,
  unlockAccount,
  type StaffAccount,
} from '../accounts/administration.ts';
import { subjectOf, type StaffRole } from '../accounts/accounts.ts';
import { enterLicence, licenceHistory } from '../accounts/licences.ts';
import { endMembership } from '../accounts/memberships.ts';
import { DOORS } from '../doors.ts';
import { endSessions } from '../sessions/end-sessions.ts';
import { logSecurity } from '../sign-in/security-log.ts';
import { licenceState } from '../policy/licence.ts';
import { DONE, LICENCE_MEMBERS, licenceIn, wordsIn, type GivenLicence } from './given-licence.ts';
import { addPersonRoutes, text, type PersonRoute } from './routes-table.ts';
import { assertFresh, refused, type AccountRoutes, type Person } from './signed-in.ts';

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
    throw await refused(
      routes,
      request,
      caller,
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
        accounts: (await staffAccounts(sql, await officer(person, BOTH, request))).map((one) => ({
          ...one,
          licenceState: stateOf(one),
        })),
      }),
    },
    {
      method: 'POST',
      path: '/accounts',
      body: { username: text(60, 3), name: text(120), role: text(30) },
      also: { department: {}, ...LICENCE_MEMBERS },
      handle: async (person, request) => {
        await officer(person, ADMIN, request);
        await assertFresh(routes, request, person);
        const { caller } = person;
        const made = await openAccount(
          sql,
          {
            ...newStaff(request.body as NewStaff),
            facility: caller.facility!,
            facilityName: caller.facilityName ?? caller.facility!,
          },
          routes.passwordCost,
        );
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
          throw forbidden({
            en: 'This person works at other facilities too: how they sign in is reset by the operator of the platform (yba admin account reset)',
            vi: 'Người này còn làm ở cơ sở khác: cách đăng nhập do đơn vị vận hành nền tảng đặt lại. Hãy báo đơn vị vận hành.',
          });
        const firstPassword = await resetAccount(sql, id, routes.passwordCost);
        await done(person, request, id, `Đặt lại cách đăng nhập: ${name}`);
        return { firstPassword };
      },
    },
    {
      method: 'GET',
      path: '/accounts/:id/licence',
      handle: async (person, request) => {
        const { id } = await member(await officer(person, BOTH, request), request);
        return { history: await licenceHistory(sql, id) };
      },
    },
    {
      method: 'POST',
      path: '/accounts/:id/licence',
      body: { licenceNumber: text(60) },
      also: { ...LICENCE_MEMBERS, words: {} },
      handle: async (person, request) => {
        const { id, name, elsewhere } = await member(await officer(person, ADMIN, request), request);
        if (elsewhere > 0)
          throw forbidden({
            en: 'This person works at other facilities too: their licence is entered by the operator of the platform (yba admin account licence)',
            vi: 'Người này còn làm ở cơ sở khác: giấy phép do đơn vị vận hành nền tảng ghi. Hãy báo đơn vị vận hành.',
          });
        if (id === person.account.id)
          throw forbidden({
            en: 'Nobody enters their own licence: ask another administrator',
            vi: 'Không ai tự ghi giấy phép của mình: hãy nhờ quản trị khác.',
          });
        const body = request.body as GivenLicence;
        const licence = licenceIn(body)!;
        const words = wordsIn(body);
        const by = person.caller;
        const kind = await enterLicence(sql, id, licence, { by, ...(words ? { words } : {}) });
        await done(person, request, id, `${DONE[kind]} ${licence.number}: ${name}`);
        return { kind, licence };
      },
    },
    {
      method: 'DELETE',
      path: '/accounts/:id',
      handle: async (person, request) => {
        const { id, name } = await member(await officer(person, ADMIN, request), request);
        if (id === person.account.id)
          throw forbidden({
            en: 'Nobody ends their own work here: ask another administrator',
            vi: 'Không ai tự kết thúc việc của mình: hãy nhờ quản trị khác.',
          });
        await endMembership(sql, id, person.caller.facility!);
        await done(person, request, id, `Kết thúc làm việc tại cơ sở: ${name}`);
        return {};
      },
    },
  ];
  addPersonRoutes(app, routes, table);
}

/** How the licence on record stands today; null where none is. */
function stateOf({
  licenceNumber: number,
  licenceFrom: since,
  licenceUntil: until,
  licenceWithdrawn: withdrawn,
  licenceSuspendedUntil: suspendedUntil,
}: StaffAccount) {
  return number === null
    ? null
    : licenceState({ number, since, until, withdrawn, suspendedUntil }, new Date());
}

function newStaff(body: NewStaff) {
  const { username, name, role, department } = body;
  if (!/^[a-z0-9][a-z0-9._-]{2,59}$/.test(username))
    throw invalid('username', {
      en: 'A username is 3 to 60 small letters, digits, dots, dashes',
      vi: 'Tên đăng nhập dài 3 đến 60 ký tự: chữ thường không dấu, số, dấu chấm, dấu gạch.',
    });
  if (!DOORS.clinic.roles.includes(role))
    throw invalid('role', `A role at a facility is one of ${DOORS.clinic.roles.join(', ')}`);
  const licence = licenceIn(body);
  return {
    username,
    name: name.trim(),
    role,
    ...(department ? { department: String(department).slice(0, 120) } : {}),
    ...(licence ? { licence } : {}),
  };
}
