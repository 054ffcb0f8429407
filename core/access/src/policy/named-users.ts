import { outcomeError, type Caller } from '@yba/fhir';
import type { Sql } from '@yba/postgres';
import { facilityNumber } from '@yba/repository';
import { LICENCE, normaliseLicence } from '@yba/vietnam';

/** The header in which a facility's software says who is at the screen. */
export const ON_BEHALF_OF = 'on-behalf-of';

/** Database notification that practitioners, where they work or their licences changed. */
const CHANNEL = 'licence';

/** Users remembered for each token. */
const KNOWN_MOST = 10_000;

/** Who sits at the screen of a facility's software. */
export type NamedUsers = {
  /**
   * The caller with the practitioner whom the header names (`Practitioner/<id>`, or `<licence system>|<number>`): what persons
   * refused to that one by name, and the licence, then decide as if they had come themselves; role, scopes and openings stay
   * the software's. `beside`: the name stands beside a token that anybody who holds it may send. Throws `invalid` for somebody who does not work at the facility, and where a person's own token asks.
   */
  name(caller: Caller, header: string, beside?: true): Promise<Caller>;
  /**
   * The caller of a request with whom its token names and whom its header names: one of them, or both the same. Throws
   * `invalid` when they contradict each other.
   */
  of(caller: Caller, header: string | undefined): Promise<Caller>;
  stop(): Promise<void>;
};

/** Answers one Caller for each token and user, so that what is remembered by Caller holds. */
export async function namedUsers(sql: Sql): Promise<NamedUsers> {
  let known = new WeakMap<Caller, Map<string, Promise<Caller>>>();
  const name = (caller: Caller, header: string, beside?: true) => {
    let users = known.get(caller);
    if (!users) known.set(caller, (users = new Map()));
    const key = `${beside ? 'beside ' : ''}${header}`;
    let user = users.get(key);
    if (!user) {
      if (users.size >= KNOWN_MOST) users.clear();
      user = withUser(sql, caller, header).then((named) =>
        beside ? { ...named, namedBeside: beside } : named,
      );
      user.catch(() => users.delete(key));
      users.set(key, user);
    }
    return user;
  };
  const forget = () => void (known = new WeakMap());
  const { unlisten } = await sql.listen(CHANNEL, forget, forget);
  return {
    name,
    async of(caller, header) {
      // whom a token names may have stopped working there since it was issued
      const claimed = caller.role === 'system' ? caller.practitioner : undefined;
      if (header === undefined) return claimed === undefined ? caller : name(caller, claimed);
      const user = await name(caller, header, claimed === undefined && !caller.bound ? true : undefined);
      if (claimed !== undefined && user.practitioner !== claimed)
        throw wrong(
          'names another user than the token: ask for a token for each user, or for one that names nobody',
        );
      return user;
    },
    stop: unlisten,
  };
}

async function withUser(sql: Sql, caller: Caller, header: string): Promise<Caller> {
  if (caller.role !== 'system' || !caller.facility)
    throw wrong('is for the software of a facility: the token of a person speaks for that person');
  const practitioner = /^Practitioner\/[A-Za-z0-9\-.]{1,64}$/.exec(header)?.[0];
  const licence = header.startsWith(`${LICENCE}|`)
    ? normaliseLicence(header.slice(LICENCE.length + 1))
    : undefined;
  if (!practitioner && !licence)
    throw wrong(`names a practitioner: Practitioner/<id>, or ${LICENCE}|<licence number>`);
  const [found] = await sql<
    { practitioner: string; name: string | null; licence: string | null; department: string | null }[]
  >`
    select p.practitioner, coalesce(p.name, own.name) as name, coalesce(l.number, p.licence) as licence,
      (select m.department from membership m where m.practitioner = p.practitioner and m.facility = p.facility and m.ended is null
        order by m.department limit 1) as department
    from (
      select practitioner, facility, name, null as licence from practitioner_place
      union all
      select m.practitioner, m.facility, a.name, yba_licence(a.licence_number) from membership m join account a on a.id = m.account
      where m.ended is null and m.practitioner is not null
    ) p
    left join practitioner_place own on own.resource = p.practitioner
    left join practitioner_licence l on l.practitioner = p.practitioner
    where p.facility = ${facilityNumber(caller.facility)}
      and (p.practitioner = ${practitioner ?? null} or l.number = ${licence ?? null} or p.licence = ${licence ?? null})
    order by p.name is null, l.number limit 1`;
  if (!found)
    throw wrong(
      'names nobody who works at your facility: store their Practitioner, or a PractitionerRole of theirs, or give them an account there, and name them by its id or licence',
    );
  return {
    ...caller,
    name: `${found.name ?? found.practitioner} (${caller.name})`,
    practitioner: found.practitioner,
    ...(found.licence ? { licence: { number: found.licence } } : {}),
    ...(found.department ? { department: found.department } : {}),
  };
}

const wrong = (why: string) => outcomeError('invalid', `The header On-Behalf-Of ${why}.`, 'On-Behalf-Of');
