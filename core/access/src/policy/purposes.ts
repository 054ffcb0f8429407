import { outcomeError, type Resource } from '@yba/fhir';

/** Code system of the purposes, behind the value set v3-PurposeOfUse. */
export const PURPOSE_SYSTEM = 'http://terminology.hl7.org/CodeSystem/v3-ActReason';

/**
 * Purposes a record may be opened for, with the words the person concerned reads.
 * Source: https://terminology.hl7.org/ValueSet-v3-PurposeOfUse.html
 */
export const PURPOSES: Readonly<Record<string, string>> = {
  TREAT: 'Khám chữa bệnh',
  ETREAT: 'Cấp cứu',
  CAREMGT: 'Quản lý chăm sóc',
  COC: 'Phối hợp chăm sóc giữa các cơ sở',
  HPAYMT: 'Thanh toán bảo hiểm y tế',
  HOPERAT: 'Vận hành cơ sở khám chữa bệnh',
  PATRQT: 'Người bệnh yêu cầu',
  FAMRQT: 'Gia đình người bệnh yêu cầu',
};

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
export function purposeOf(parameters: Resource | undefined): Purpose {
  const given = (parameters?.parameter ?? []) as Parameter[];
  const purpose = given.find(({ name }) => name === 'purpose');
  const coding = purpose?.valueCoding ??
    purpose?.valueCodeableConcept?.coding?.[0] ?? { code: purpose?.valueCode };
  const where = "Parameters.parameter.where(name='purpose').value";
  const known = `Say one of ${Object.keys(PURPOSES).join(', ')} (${PURPOSE_SYSTEM}).`;
  if (!coding.code) throw outcomeError('required', `Opening a record needs a purpose. ${known}`, where);
  if (
    !Object.hasOwn(PURPOSES, coding.code) ||
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
  if (
    coding.code === 'ETREAT' &&
    (reason ?? '').split(/\s+/).filter((word) => /\p{L}/u.test(word)).length < 2
  ) {
    throw outcomeError(
      'required',
      'An emergency opening needs a reason of at least two words; the person will read it.',
      "Parameters.parameter.where(name='reason').value",
    );
  }
  return { code: coding.code, ...(reason ? { reason } : {}) };
}
