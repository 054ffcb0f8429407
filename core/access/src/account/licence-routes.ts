import { invalid, notFound } from '@yba/fhir';
import { facilityCode } from '@yba/repository';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { subjectOf } from '../accounts/accounts.ts';
import { enterLicence, licenceHistory } from '../accounts/licences.ts';
import { licenceState } from '../policy/licence.ts';
import type { LicenceVersions } from '../policy/licence-versions.ts';
import { callersOf, logSecurity } from '../sign-in/security-log.ts';
import { DONE, LICENCE_MEMBERS, licenceIn, wordsIn, type GivenLicence } from './given-licence.ts';
import { addPersonRoutes, text } from './routes-table.ts';
import { assertFresh, refused, type AccountRoutes, type Person } from './signed-in.ts';

const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Practitioners shown at a time. */
const SHOWN = 200;

type Row = {
  id: string;
  name: string;
  username: string;
  facilities: { facility: number; name: string; role: string }[];
  number: string | null;
  scope: string | null;
  since: string | null;
  until: string | null;
  withdrawn: string | null;
  suspendedUntil: string | null;
};

/**
 * Licences as the ministry keeps them: of any practitioner with an account, found by name, username or number; and what
 * the policy says of those for whom none is on record, with how many it would concern.
 */
export function addLicenceRoutes(
  app: FastifyInstance,
  routes: AccountRoutes,
  versions: LicenceVersions,
): void {
  const { sql, ports } = routes;
  const ministry = async ({ caller }: Person, request: FastifyRequest): Promise<void> => {
    if (caller.role === 'ministry') return;
    throw await refused(
      routes,
      request,
      caller,
      `Licences of all facilities are for the ministry; not for the role ${caller.role}`,
    );
  };
  const practitioner = async (request: FastifyRequest) => {
    const { id } = request.params as { id: string };
    const [found] = ID.test(id) ? await find({ id }) : [];
    if (!found) throw notFound(`Account ${id}`);
    return found;
  };

  /** Who works somewhere as one who practises under a licence. */
  const find = ({ id, of = '' }: { id?: string; of?: string }) =>
    sql<Row[]>`
      select a.id, a.name, a.username, a.licence_number as number, a.licence_scope as scope, a.licence_from::text as since,
        a.licence_until::text as until, a.licence_withdrawn::text as withdrawn,
        a.licence_suspended_until::text as "suspendedUntil",
        json_agg(json_build_object('facility', m.facility, 'name', m.facility_name, 'role', m.role) order by m.since) as facilities
      from account a join membership m on m.account = a.id and m.ended is null
      where a.active and m.role = any(${versions.roles() as string[]})
        and ${id === undefined ? sql`true` : sql`a.id = ${id}`}
        and (${of} = '' or position(lower(${of}) in lower(concat_ws(' ', a.name, a.username, a.licence_number))) > 0)
      group by a.id order by a.name, a.username limit ${SHOWN + 1}`;

  addPersonRoutes(app, routes, [
    {
      method: 'GET',
      path: '/licences',
      handle: async (person, request) => {
        await ministry(person, request);
        const { of } = request.query as { of?: unknown };
        const rows = await find({
          of: typeof of === 'string' ? of.normalize('NFC').trim().slice(0, 100) : '',
        });
        return { practitioners: rows.slice(0, SHOWN).map(told), more: rows.length > SHOWN };
      },
    },
    {
      method: 'GET',
      path: '/licences/:id',
      handle: async (person, request) => {
        await ministry(person, request);
        const found = await practitioner(request);
        return { practitioner: told(found), history: await licenceHistory(sql, found.id) };
      },
    },
    {
      method: 'POST',
      path: '/licences/:id',
      body: { licenceNumber: text(60), words: text(500) },
      also: LICENCE_MEMBERS,
      handle: async (person, request) => {
        await ministry(person, request);
        await assertFresh(routes, request, person);
        const { id, name } = await practitioner(request);
        const body = request.body as GivenLicence;
        const licence = licenceIn(body);
        if (!licence)
          throw invalid('licenceNumber', { en: 'A licence has a number', vi: 'Hãy ghi số giấy phép.' });
        const { caller } = person;
        const words = wordsIn(body);
        const kind = await enterLicence(sql, id, licence, { by: caller, ...(words ? { words } : {}) });
        // it stands in the log of each facility the practitioner works at
        for (const { facility, facilityName } of await callersOf(sql, id, caller.client))
          await logSecurity(ports, {
            requestId: request.id,
            caller: { ...caller, ...(facility ? { facility, facilityName: facilityName ?? facility } : {}) },
            action: 'account',
            outcome: 'success',
            target: subjectOf(id),
            reason: `${DONE[kind]} ${licence.number}: ${name}`,
          });
        return { kind, licence };
      },
    },
    {
      method: 'GET',
      path: '/policy/licences',
      handle: async (person, request) => {
        await ministry(person, request);
        return versions.told();
      },
    },
    {
      method: 'POST',
      path: '/policy/licences',
      body: { unrecorded: text(10), effective: text(10), words: text(500) },
      handle: async (person, request) => {
        await ministry(person, request);
        await assertFresh(routes, request, person);
        const { caller } = person;
        const asked = request.body as { unrecorded: string; effective: string; words: string };
        const version = await versions.set(asked, caller);
        await logSecurity(ports, {
          requestId: request.id,
          caller,
          action: 'account',
          outcome: 'success',
          reason: `Chính sách bản ${version}: người chưa ghi giấy phép ${asked.unrecorded === 'refused' ? 'không được' : 'được'} hành nghề từ ${asked.effective}`,
        });
        return versions.told();
      },
    },
  ]);
}

/** A practitioner with the state of the licence today; `state` null: none is on record here. */
function told({ facilities, ...row }: Row) {
  const { number, since, until, withdrawn, suspendedUntil } = row;
  return {
    ...row,
    facilities: facilities.map(({ facility, ...rest }) => ({ ...rest, facility: facilityCode(facility) })),
    state:
      number === null ? null : licenceState({ number, since, until, withdrawn, suspendedUntil }, new Date()),
  };
}
