import { forbidden, type Caller } from '@yba/fhir';
import { writtenDay } from '@yba/vietnam/calendar';
import { VIETNAM_MS } from './evaluate.ts';
import type { Rules, Words } from './rules.ts';

/** A licence to practise as it is on record. Days as `2031-12-31`; null where nothing is said. */
export type LicenceRecord = {
  number: string;
  /** First and last day it holds. */
  since: string | null;
  until: string | null;
  /** The day it was withdrawn or suspended. */
  withdrawn: string | null;
  /** The last day of a suspension; null: withdrawn for good. */
  suspendedUntil: string | null;
};

/** A licence that does not hold today, and why. */
export type Lapse = LicenceRecord & { state: 'expired' | 'not-yet-valid' | 'withdrawn' | 'unrecorded' };

/** How a licence stands on a day of Viet Nam's calendar. */
export function licenceState(
  { since, until, withdrawn, suspendedUntil }: LicenceRecord,
  now: Date,
): 'in-force' | Exclude<Lapse['state'], 'unrecorded'> {
  const today = new Date(now.getTime() + VIETNAM_MS).toISOString().slice(0, 10);
  const over = suspendedUntil !== null && suspendedUntil < today;
  if (withdrawn !== null && withdrawn <= today && !over) return 'withdrawn';
  if (since !== null && since > today) return 'not-yet-valid';
  return until !== null && until < today ? 'expired' : 'in-force';
}

/** Whether a caller practises under a licence: by role, or named as the user of a facility's software. */
export function practises({ licences }: Rules, { role, practitioner }: Caller): boolean {
  return (
    licences !== undefined &&
    (licences.roles.includes(role) || (role === 'system' && practitioner !== undefined))
  );
}

/**
 * The licence that keeps a caller from practising; undefined when none does. Each number on record has to hold in every
 * place that tells of it (the account, the Practitioner); of several numbers one that holds is enough, for a licence is
 * renewed under a new one. Who has none on record is judged as the rules say.
 */
export function lapseOf(
  { licences }: Rules,
  records: readonly LicenceRecord[],
  now: Date,
): Lapse | undefined {
  if (records.length === 0)
    return licences?.unrecorded === 'refused'
      ? { number: '', since: null, until: null, withdrawn: null, suspendedUntil: null, state: 'unrecorded' }
      : undefined;
  let first: Lapse | undefined;
  for (const same of Object.values(Object.groupBy(records, ({ number }) => number))) {
    const lapse = same!.flatMap((record): Lapse[] => {
      const state = licenceState(record, now);
      return state === 'in-force' ? [] : [{ ...record, state }];
    })[0];
    if (!lapse) return undefined;
    first ??= lapse;
  }
  return first;
}

const day = (one: string | null) => writtenDay(one ?? '');

/** Which licence it is, and what is the matter with it. */
export function lapseWords({ number, since, until, withdrawn, suspendedUntil, state }: Lapse): Words {
  switch (state) {
    case 'expired':
      return {
        vi: `Giấy phép hành nghề ${number} đã hết hạn ngày ${day(until)}`,
        en: `The licence to practise ${number} has expired: its last day was ${until}`,
      };
    case 'not-yet-valid':
      return {
        vi: `Giấy phép hành nghề ${number} chưa có hiệu lực, có hiệu lực từ ngày ${day(since)}`,
        en: `The licence to practise ${number} is not yet valid: it holds from ${since}`,
      };
    case 'withdrawn':
      if (suspendedUntil !== null)
        return {
          vi: `Giấy phép hành nghề ${number} đang bị đình chỉ từ ngày ${day(withdrawn)} đến hết ngày ${day(suspendedUntil)}`,
          en: `The licence to practise ${number} is suspended from ${withdrawn} to ${suspendedUntil}`,
        };
      return {
        vi: `Giấy phép hành nghề ${number} đã bị thu hồi hoặc đình chỉ từ ngày ${day(withdrawn)}`,
        en: `The licence to practise ${number} was withdrawn or suspended on ${withdrawn}`,
      };
    case 'unrecorded':
      return { vi: 'Chưa có giấy phép hành nghề', en: 'No licence to practise is on record' };
  }
}

/** What a practitioner is told whose licence does not hold. */
export function lapsed(rules: Rules, lapse: Lapse): Error {
  return forbidden({
    en: `${lapseWords(lapse).en}. Without one that holds nobody opens, reads or writes records of persons (${rules.licences!.law}). Your own account stays open to you; when the licence is renewed, your administrator enters it.`,
    vi: `${lapseWords(lapse).vi} nên chưa mở, đọc hay ghi hồ sơ người bệnh được (${rules.licences!.law}). Khi giấy phép được gia hạn, hãy nhờ quản trị của cơ sở ghi vào.`,
  });
}
