import { extension, FACILITY, INSURANCE_CARD, parseInsuranceCard } from '@yba/vietnam';
import { fhirDate } from '@yba/vietnam/dossier';
import { element } from './elements.ts';
import type { Mapped, Visit } from './visit.ts';

/**
 * A Coverage for each card of XML1, whose card fields are parallel lists. Cards last longer than visits: the key is
 * the card and its period, and one Coverage serves every visit that shows it.
 */
export function coveragesOf({ summary, patient }: Visit): Mapped[] {
  const list = (field: string) => (summary[field] ?? '').split(';').map((part) => part.trim());
  const [registered, from, until] = [list('MA_DKBD'), list('GT_THE_TU'), list('GT_THE_DEN')];
  return list('MA_THE_BHYT').flatMap((text, at): Mapped[] => {
    const card = parseInsuranceCard(text);
    if (!card.valid) return [];
    const code = card.card ?? card.number;
    const [start, end] = [fhirDate(from[at]), fhirDate(until[at])];
    const period =
      !start || !end || start <= end ? { ...element('start', start), ...element('end', end) } : {};
    const at_ = registered[at];
    return [
      {
        key: `coverage|${code}|${from[at] ?? ''}|${until[at] ?? ''}`,
        resource: {
          resourceType: 'Coverage',
          ...(at_
            ? {
                extension: [
                  {
                    url: extension('registered-facility'),
                    valueIdentifier: { system: FACILITY, value: at_ },
                  },
                ],
              }
            : {}),
          identifier: [{ system: INSURANCE_CARD, value: code }],
          status: 'active',
          type: publicHealthInsurance,
          subscriberId: card.number,
          beneficiary: { reference: patient },
          ...(Object.keys(period).length ? { period } : {}),
          payor: [{ display: 'Bảo hiểm xã hội Việt Nam' }],
        },
      },
    ];
  });
}

const publicHealthInsurance = {
  coding: [
    {
      system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode',
      code: 'PUBLICPOL',
      display: 'public healthcare',
    },
  ],
  text: 'Bảo hiểm y tế',
};
