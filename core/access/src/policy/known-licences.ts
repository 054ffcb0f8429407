import type { Caller } from '@yba/fhir';
import type { Sql } from '@yba/postgres';
import { normaliseLicence } from '@yba/vietnam';
import { accountId } from '../accounts/accounts.ts';
import type { LicenceRecord } from './licence.ts';

/** Database notification that the licence of somebody changed. */
const CHANNEL = 'licence';

/** Practitioners whose licences are remembered. */
const KNOWN_MOST = 20_000;

/** What is on record of the licences of those who ask. */
export type KnownLicences = {
  /** Of an account, and of the Practitioner it works as. Known without a question to the database, nearly always. */
  of(caller: Pick<Caller, 'subject' | 'practitioner'>): Promise<readonly LicenceRecord[]>;
  stop(): Promise<void>;
};

/** Whether a licence holds today is judged at each request; what is on record is asked again when any of it changes. */
export async function knownLicences(sql: Sql): Promise<KnownLicences> {
  const known = new Map<string, Promise<readonly LicenceRecord[]>>();
  const forget = () => known.clear();
  const { unlisten } = await sql.listen(CHANNEL, forget, forget);
  return {
    of(caller) {
      const key = `${caller.subject}\n${caller.practitioner ?? ''}`;
      let records = known.get(key);
      if (!records) {
        if (known.size >= KNOWN_MOST) known.clear();
        records = load(sql, caller);
        records.catch(() => known.delete(key));
        known.set(key, records);
      }
      return records;
    },
    stop: unlisten,
  };
}

/**
 * An account's own licence is the one it practises under; what the Practitioner tells of that number narrows it further,
 * and other numbers there do not stand in for it. A Practitioner that is not active practises under none.
 */
async function load(
  sql: Sql,
  { subject, practitioner }: Pick<Caller, 'subject' | 'practitioner'>,
): Promise<readonly LicenceRecord[]> {
  const account = accountId(subject); // the user whom software names may have one too
  const whose = account
    ? sql`id = ${account}`
    : sql`id in (select account from membership where practitioner = ${practitioner ?? null} and ended is null)`;
  const rows = await sql<(LicenceRecord & { entered: boolean })[]>`
    select licence_number as number, licence_from::text as since, licence_until::text as until,
      licence_withdrawn::text as withdrawn, licence_suspended_until::text as "suspendedUntil", true as entered
    from account where ${whose} and licence_number is not null
    union all
    select number, since::text, until::text, withdrawn::text, null, false
    from practitioner_licence where practitioner = ${practitioner ?? null}`;
  const records = rows.map(({ entered, number, ...rest }) => ({
    entered,
    licence: { ...rest, number: normaliseLicence(number) },
  }));
  const own = records.find(({ entered }) => entered)?.licence;
  return records.flatMap(({ licence }) => {
    if (!own || licence.number === own.number) return [licence];
    return licence.withdrawn ? [{ ...licence, number: own.number }] : [];
  });
}
