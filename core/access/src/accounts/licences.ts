import { notFound, outcomeError } from '@yba/fhir';
import type { Sql } from '@yba/postgres';
import { subjectOf, type Licence } from './accounts.ts';

/** What was done with a licence. */
export type LicenceKind = 'entered' | 'renewed' | 'suspended' | 'withdrawn' | 'restored' | 'corrected';

/** A state of somebody's licence as it was entered. Days as `2031-12-31`. */
export type LicenceEvent = {
  at: Date;
  kind: LicenceKind;
  number: string;
  since: string | null;
  until: string | null;
  withdrawn: string | null;
  suspendedUntil: string | null;
  byName: string | null;
  words: string | null;
};

/** Who enters it, and why. */
export type Entry = { by?: { subject: string; name: string }; words?: string };

type Held = {
  number: string | null;
  since: string | null;
  until: string | null;
  withdrawn: string | null;
  suspended: string | null;
};

/**
 * Enters the licence somebody practises under, in place of what was on record, and keeps that this was done; it decides
 * from the next request on. Answers what was done. Throws `not-found`, and `required` when a licence is suspended, withdrawn
 * or restored by somebody who does not say why.
 */
export async function enterLicence(
  sql: Sql,
  id: string,
  licence: Licence,
  { by, words }: Entry = {},
): Promise<LicenceKind> {
  return sql.begin(async (transaction) => {
    const [before] = await transaction<Held[]>`
      select licence_number as number, licence_from::text as since, licence_until::text as until,
        licence_withdrawn::text as withdrawn, licence_suspended_until::text as suspended
      from account where id = ${id} for update`;
    if (!before) throw notFound(subjectOf(id));
    const kind = kindOf(before, licence);
    const grave = kind === 'suspended' || kind === 'withdrawn' || kind === 'restored';
    if (by && grave && (words ?? '').split(/\s+/).filter(Boolean).length < 2)
      throw outcomeError(
        'required',
        {
          en: 'Say why in two words or more, for example the number of the decision: it stands in the history of the licence',
          vi: 'Hãy ghi vì sao, từ hai từ trở lên, ví dụ số quyết định: câu này nằm trong lịch sử giấy phép.',
        },
        'words',
      );
    const { number, scope, validFrom, validUntil, withdrawn, suspendedUntil } = licence;
    const [row] = await transaction<{ scope: string | null }[]>`
      update account set licence_number = ${number}, licence_scope = coalesce(${scope ?? null}, licence_scope),
        licence_from = ${validFrom ?? null}, licence_until = ${validUntil ?? null},
        licence_withdrawn = ${withdrawn ?? null}, licence_suspended_until = ${suspendedUntil ?? null}
      where id = ${id} returning licence_scope as scope`;
    await transaction`
      insert into licence_event (account, kind, number, scope, since, until, withdrawn, suspended_until, by, by_name, words)
      values (${id}, ${kind}, ${number}, ${row!.scope}, ${validFrom ?? null}, ${validUntil ?? null}, ${withdrawn ?? null},
        ${suspendedUntil ?? null}, ${by?.subject ?? null}, ${by?.name ?? null}, ${words ?? null})`;
    return kind;
  });
}

/** What it means to put `after` in place of `before`. */
function kindOf(before: Held, after: Licence): LicenceKind {
  if (before.number === null) return after.withdrawn ? keptFrom(after) : 'entered';
  const moved =
    (after.withdrawn ?? null) !== before.withdrawn || (after.suspendedUntil ?? null) !== before.suspended;
  if (after.withdrawn && moved) return keptFrom(after);
  const renewed = after.number !== before.number || (after.validUntil ?? '9999') > (before.until ?? '9999');
  if (renewed) return 'renewed';
  return before.withdrawn && !after.withdrawn ? 'restored' : 'corrected';
}

const keptFrom = ({ suspendedUntil }: Licence): LicenceKind => (suspendedUntil ? 'suspended' : 'withdrawn');

/** What became of an account's licence, the newest first. */
export function licenceHistory(sql: Sql, id: string): Promise<LicenceEvent[]> {
  return sql<LicenceEvent[]>`
    select at, kind, number, since::text, until::text, withdrawn::text, suspended_until::text as "suspendedUntil",
      by_name as "byName", words
    from licence_event where account = ${id} order by id desc limit 200`;
}
