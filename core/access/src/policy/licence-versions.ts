import { invalid, type Caller } from '@yba/fhir';
import type { Sql } from '@yba/postgres';
import { facilityCode } from '@yba/repository';
import { isDay } from '../accounts/accounts.ts';
import { VIETNAM_MS } from './evaluate.ts';
import type { Amendment, RuleBook } from './rule-book.ts';

/** How many practitioners of a facility have no licence on record. */
type Concerned = { facility: string; name: string; practitioners: number; unrecorded: number };

/** What the policy says of those without a licence on record, version by version, and whom it would concern today. */
export type LicenceVersions = {
  /** Roles that practise under a licence, by the version in force. */
  roles(): readonly string[];
  told(): Promise<object>;
  /** A new version from the beginning of a day of Viet Nam's calendar on, or from now on for today. Answers its number. Throws `invalid`. */
  set(
    asked: { unrecorded: string; effective: string; words: string },
    by: Pick<Caller, 'subject' | 'name'>,
  ): Promise<number>;
};

/** Years ahead that a version may be set for: farther is a slip of the keyboard. */
const AHEAD_YEARS = 5;

/** Puts it together. */
export function licenceVersions(sql: Sql, book: RuleBook): LicenceVersions {
  const roles = () => book.inForce().licences?.roles ?? ['doctor', 'nurse'];
  return {
    roles,
    async told() {
      const now = book.inForce();
      const concerned = await concernedBy(sql, roles());
      const sum = (of: 'practitioners' | 'unrecorded') => concerned.reduce((all, one) => all + one[of], 0);
      return {
        version: now.version,
        effective: new Date(now.effective).toISOString(),
        unrecorded: now.licences?.unrecorded ?? 'allowed',
        practitioners: sum('practitioners'),
        without: sum('unrecorded'),
        facilities: concerned.filter(({ unrecorded }) => unrecorded > 0),
        versions: (await book.amendments()).map(({ version, effective, unrecorded, byName, words, set }) => ({
          version,
          effective,
          unrecorded,
          byName,
          words,
          set,
        })),
      };
    },
    async set({ unrecorded, effective, words }, { subject, name }) {
      if (unrecorded !== 'allowed' && unrecorded !== 'refused')
        throw invalid('unrecorded', 'Those without a licence on record are allowed or refused');
      if (words.trim().split(/\s+/).length < 2)
        throw invalid('words', {
          en: 'Say in two words or more why, for example the number of the decision',
          vi: 'Hãy ghi căn cứ từ hai từ trở lên, ví dụ số quyết định.',
        });
      const today = new Date(Date.now() + VIETNAM_MS).toISOString().slice(0, 10);
      if (!isDay(effective) || effective < today)
        throw invalid('effective', {
          en: 'A version begins today or later; the day is written 2027-01-31',
          vi: 'Quy định có hiệu lực từ hôm nay trở đi. Hãy chọn lại ngày.',
        });
      if (Number(effective.slice(0, 4)) > Number(today.slice(0, 4)) + AHEAD_YEARS)
        throw invalid('effective', {
          en: `A version begins within ${AHEAD_YEARS} years`,
          vi: `Quy định có hiệu lực trong vòng ${AHEAD_YEARS} năm tới. Hãy chọn ngày gần hơn.`,
        });
      const from = effective === today ? new Date() : new Date(`${effective}T00:00:00+07:00`);
      const amendment: Omit<Amendment, 'version' | 'set'> = {
        effective: from.toISOString(),
        unrecorded,
        by: subject,
        byName: name,
        words: words.trim(),
      };
      return book.amend(amendment);
    },
  };
}

/** Of each facility, who practises there with an account, and for how many neither account nor Practitioner tells of a licence. */
async function concernedBy(sql: Sql, roles: readonly string[]): Promise<Concerned[]> {
  const rows = await sql<{ facility: number; name: string; practitioners: number; unrecorded: number }[]>`
    select m.facility, min(m.facility_name) as name, count(distinct a.id)::int as practitioners,
      count(distinct a.id) filter (where a.licence_number is null
        and not exists (select from practitioner_licence l where l.practitioner = m.practitioner))::int as unrecorded
    from membership m join account a on a.id = m.account
    where m.ended is null and a.active and m.role = any(${roles as string[]})
    group by m.facility order by unrecorded desc, name`;
  return rows.map(({ facility, ...row }) => ({ facility: facilityCode(facility), ...row }));
}
