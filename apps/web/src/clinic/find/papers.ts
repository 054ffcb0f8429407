import { appointmentNumber } from '@yba/referral/course';
import { fhir, entriesOf } from '../../fhir/client.ts';
import type { Appointment, Bundle } from '../../fhir/types.ts';
import { idOf } from '../record/resource-words.ts';
import { referralsOf } from '../referrals/referrals.ts';

/** A paper found by its number: a transfer paper that leads to its referral, or an appointment that leads to its person. */
export type FoundPaper =
  | { kind: 'transfer'; task: string; person: string; other: string; until: string | undefined }
  | {
      kind: 'appointment';
      patient: string;
      person: string;
      start: string;
      department: string;
      isOff: boolean;
    };

/**
 * The papers of this number that the caller may see: referrals under way to (for those who treat also from) the facility,
 * and appointments; a transfer paper and an appointment paper may have the same number. Throws FhirError.
 */
export async function findPapers(
  number: string,
  { readCare, signal }: { readCare: boolean; signal?: AbortSignal },
): Promise<FoundPaper[]> {
  const ask = (path: string) => fhir<Bundle>(path, { signal });
  const system = appointmentNumber(number.slice(0, 5));
  const [appointments, ...lists] = await Promise.all([
    ask(`Appointment?identifier=${encodeURIComponent(`${system}|${number}`)}`),
    ...(readCare ? ['in', 'out'] : ['in']).map((side) => ask(`Task/$referrals?side=${side}`)),
  ]);
  const referrals = lists.flatMap(referralsOf).filter((one) => one.number === number);
  return [
    ...referrals.map((one) => ({
      kind: 'transfer' as const,
      task: one.id,
      person: one.person,
      other: one.from.name,
      until: one.until,
    })),
    ...entriesOf(appointments, 'Appointment').flatMap((one: Appointment): FoundPaper[] => {
      const whom = one.participant?.find(({ actor }) => actor?.reference?.startsWith('Patient/'))?.actor;
      const patient = idOf(whom?.reference);
      if (!patient) return [];
      return [
        {
          kind: 'appointment',
          patient,
          person: whom?.display ?? '',
          start: one.start ?? '',
          department: one.serviceType?.[0]?.text ?? '',
          isOff: one.status !== 'booked',
        },
      ];
    }),
  ];
}
