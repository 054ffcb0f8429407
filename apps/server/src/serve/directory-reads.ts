import { createClient, JOINING_SCOPE, LIVE_SCOPE, setFacilityClient } from '@yba/access';
import type { Sql } from '@yba/postgres';
import { facilityCode } from '@yba/repository';

/** Which of these Practitioners an account is linked to, by `Practitioner/<id>`. */
export const accountsOf =
  (owner: Sql) =>
  async (practitioners: readonly string[]): Promise<string[]> => {
    if (practitioners.length === 0) return [];
    const rows = await owner<{ practitioner: string }[]>`
      select distinct practitioner from membership where practitioner = any(${practitioners as string[]})`;
    return rows.map(({ practitioner }) => practitioner);
  };

/** Visits by facility and the day they began, as the coordination's figures count them. */
export const visitsOf =
  (owner: Sql) =>
  async (from: string, to: string): Promise<{ facility: string; day: string; count: number }[]> => {
    const rows = await owner<{ facility: number; day: string; count: number }[]>`
      select facility, to_char(day, 'YYYY-MM-DD') as day, visits as count from oversight_day
      where day between ${from} and ${to} and visits > 0`;
    return rows.map(({ facility, ...row }) => ({ ...row, facility: facilityCode(facility) }));
  };

/** The software of facilities that join: registered for a test run, let in when they are live, shut when they leave. */
export const joiningClients = (owner: Sql) => ({
  register: (facility: string, name: string) =>
    createClient(owner, { name: `HIS ${name}`, facility, facilityName: name, scope: JOINING_SCOPE }),
  set: (client: string, may: 'none' | 'joining' | 'live') =>
    setFacilityClient(owner, client, {
      active: may !== 'none',
      ...(may === 'none' ? {} : { scope: may === 'live' ? LIVE_SCOPE : JOINING_SCOPE }),
    }),
});
