import type { Resource } from '@yba/fhir';
import { facilityCode } from '@yba/repository';
import { FACILITY, INSURANCE, OLD_ID_CARD, PERSON } from '@yba/vietnam';
import type { Registration } from '../matching/index.ts';

/** One of two registrations side by side. */
export type Side = { id: string; facility: number; said: Registration };

/**
 * A registration as a Patient to compare: identity alone. Of another facility's, the phone shows its last three digits,
 * enough to see whether it is the same one, and the mother's name is shown to compare with.
 */
export function sidePatient({ id, facility, said }: Side, isOwn: boolean): Resource {
  const { personNumber, insurance, oldNumber, phone, address, mother } = said;
  const identifier = [
    ...(personNumber ? [{ system: PERSON, value: personNumber }] : []),
    ...(insurance ? [{ system: INSURANCE, value: insurance }] : []),
    ...(oldNumber ? [{ system: OLD_ID_CARD, value: oldNumber }] : []),
  ];
  return {
    resourceType: 'Patient',
    id,
    ...(identifier.length > 0 ? { identifier } : {}),
    name: [{ text: said.name }],
    ...(phone ? { telecom: [{ system: 'phone', value: isOwn ? phone : `••• ${phone.slice(-3)}` }] } : {}),
    ...(said.sex ? { gender: said.sex } : {}),
    ...(said.birthDate ? { birthDate: said.birthDate } : {}),
    ...(address
      ? {
          address: [
            {
              text: [address.line, address.commune, address.district, address.province]
                .filter(Boolean)
                .join(', '),
            },
          ],
        }
      : {}),
    ...(mother
      ? { contact: [{ relationship: [{ coding: [{ code: 'MTH' }] }], name: { text: mother } }] }
      : {}),
    managingOrganization: { identifier: { system: FACILITY, value: facilityCode(facility) } },
  };
}
