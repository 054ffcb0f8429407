import { outcomeError, type Resource } from '@yba/fhir';
import type { Rules } from './rules.ts';

/** Code system of the purposes, behind the value set v3-PurposeOfUse. */
export const PURPOSE_SYSTEM = 'http://terminology.hl7.org/CodeSystem/v3-ActReason';

const ACCEPTED_SYSTEMS: readonly (string | undefined)[] = [
  undefined,
  PURPOSE_SYSTEM,
  'http://terminology.hl7.org/ValueSet/v3-PurposeOfUse',
  'http://terminology.hl7.org/CodeSystem/v3-PurposeOfUse',
];

export type Purpose = { code: string; reason?: string };

type Parameter = {
  name?: string;
  valueCoding?: { system?: string; code?: string };
  valueCodeableConcept?: { coding?: { system?: string; code?: string }[] };
  valueCode?: string;
  valueString?: string;
};

/**
 * Reads `purpose` and `reason` from the Parameters of `$open`. Throws `required` or `code-invalid`, naming the
 * purposes there are; an emergency needs a reason in words of the person who opens.
 */
export function purposeOf({ purposes }: Rules, parameters: Resource | undefined): Purpose {
  const given = (parameters?.parameter ?? []) as Parameter[];
  const purpose = given.find(({ name }) => name === 'purpose');
  const coding = purpose?.valueCoding ??
    purpose?.valueCodeableConcept?.coding?.[0] ?? { code: purpose?.valueCode };
  const where = "Parameters.parameter.where(name='purpose').value";
  const known = `Say one of ${Object.keys(purposes).join(', ')} (${PURPOSE_SYSTEM}).`;
  if (!coding.code) throw outcomeError('required', `Opening a record needs a purpose. ${known}`, where);
  if (
    !Object.hasOwn(purposes, coding.code) ||
    !ACCEPTED_SYSTEMS.includes((coding as { system?: string }).system)
  ) {
    throw outcomeError(
      'code-invalid',
      `“${coding.code}” is not a purpose a record may be opened for. ${known}`,
      where,
    );
  }
  const reason = given
    .find(({ name }) => name === 'reason')
    ?.valueString?.normalize('NFC')
    .trim()
    .slice(0, 500);
  const { emergency, reasonWords = 0 } = purposes[coding.code]!;
  if ((reason ?? '').split(/\s+/).filter((word) => /\p{L}/u.test(word)).length < reasonWords) {
    throw outcomeError(
      'required',
      {
        en: `${emergency ? 'An emergency opening' : 'An opening for this purpose'} needs a reason of at least ${reasonWords} words; the person will read it.`,
        vi: `${emergency ? 'Mở khẩn cấp' : 'Mở với mục đích này'} cần ghi lý do ít nhất ${reasonWords} từ; người bệnh sẽ đọc được.`,
      },
      "Parameters.parameter.where(name='reason').value",
    );
  }
  return { code: coding.code, ...(reason ? { reason } : {}) };
}
