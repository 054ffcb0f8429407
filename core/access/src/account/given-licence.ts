import { invalid } from '@yba/fhir';
import { isDay, type Licence } from '../accounts/accounts.ts';
import type { LicenceKind } from '../accounts/licences.ts';

/** A licence as a request gives it. Days as `2031-12-31`. */
export type GivenLicence = {
  licenceNumber?: string;
  licenceScope?: string;
  licenceFrom?: string;
  licenceUntil?: string;
  licenceWithdrawn?: string;
  licenceSuspendedUntil?: string;
  /** Why. */
  words?: string;
};

/** The members of a body that gives one. */
export const LICENCE_MEMBERS: Record<Exclude<keyof GivenLicence, 'words'>, object> = {
  licenceNumber: {},
  licenceScope: {},
  licenceFrom: {},
  licenceUntil: {},
  licenceWithdrawn: {},
  licenceSuspendedUntil: {},
};

/** Reads it; undefined when there is none in it. Throws `invalid`, naming the day that is none or out of order. */
export function licenceIn(body: GivenLicence): Licence | undefined {
  const { licenceNumber: number, licenceScope: scope } = body;
  const validFrom = dayOf(body, 'licenceFrom', 'The first day of a licence');
  const validUntil = dayOf(body, 'licenceUntil', 'The last day of a licence');
  const withdrawn = dayOf(body, 'licenceWithdrawn', 'The day a licence was withdrawn');
  const suspendedUntil = dayOf(body, 'licenceSuspendedUntil', 'The last day of a suspension');
  if (!number) return undefined;
  if (validFrom && validUntil && validUntil < validFrom)
    throw invalid('licenceUntil', {
      en: 'The last day of a licence comes after its first',
      vi: 'Ngày hết hạn của giấy phép phải sau ngày có hiệu lực.',
    });
  if (suspendedUntil && (!withdrawn || suspendedUntil < withdrawn))
    throw invalid('licenceSuspendedUntil', {
      en: 'A suspension ends after the day it begins (licenceWithdrawn)',
      vi: 'Ngày hết đình chỉ phải sau ngày bắt đầu đình chỉ.',
    });
  return {
    number: String(number).trim().slice(0, 60),
    ...(scope ? { scope: String(scope).slice(0, 200) } : {}),
    ...(validFrom ? { validFrom } : {}),
    ...(validUntil ? { validUntil } : {}),
    ...(withdrawn ? { withdrawn } : {}),
    ...(suspendedUntil ? { suspendedUntil } : {}),
  };
}

/** Why, as it was said; undefined without words. */
export function wordsIn({ words }: GivenLicence): string | undefined {
  return typeof words === 'string' && words.trim() !== '' ? words.trim().slice(0, 500) : undefined;
}

/** What was done with a licence, as the privacy officer reads it in the log. */
export const DONE: Readonly<Record<LicenceKind, string>> = {
  entered: 'Ghi giấy phép hành nghề',
  renewed: 'Gia hạn giấy phép hành nghề',
  suspended: 'Đình chỉ giấy phép hành nghề',
  withdrawn: 'Thu hồi giấy phép hành nghề',
  restored: 'Cho hành nghề lại theo giấy phép',
  corrected: 'Sửa giấy phép hành nghề',
};

function dayOf(body: GivenLicence, name: keyof GivenLicence, what: string): string | undefined {
  const day = body[name];
  if (!day) return undefined;
  if (!isDay(String(day))) throw invalid(name, `${what} is written 2031-12-31`);
  return String(day);
}
