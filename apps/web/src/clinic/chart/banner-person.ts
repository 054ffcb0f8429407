import { formatDate, type BannerPerson, type Text } from '@yba/ui';
import { benefitLevels, INSURANCE, INSURANCE_CARD, mrn, parseInsuranceCard, PERSON } from '@yba/vietnam';
import type { vi } from '../messages/vi.ts';
import type { Coverage } from '../../fhir/types.ts';
import { resourcesOf, type Chart } from '../record/chart.ts';
import { conceptWords, facilityCodeOf, identifierIn, nameWords } from '../record/resource-words.ts';
import { visitsOf } from '../record/visits.ts';

/** The insurance that reaches furthest: number or card code, last day, percent that the fund pays by the card's letter. */
export function insuranceOf(
  chart: Chart,
): { card: string; until: string | undefined; percent: number | undefined } | undefined {
  const coverages = resourcesOf(chart.parts.coverages).filter(
    (one) => one.status !== 'entered-in-error' && one.status !== 'cancelled',
  );
  const best = coverages.sort((a, b) => (b.period?.end ?? '').localeCompare(a.period?.end ?? ''))[0];
  const card = (best && cardOf(best)) ?? identifierIn(chart.patient, INSURANCE);
  if (!card) return undefined;
  const read = parseInsuranceCard(card);
  const percent = read.valid && read.level ? benefitLevels[read.level].percent : undefined;
  return { card, until: best?.period?.end, percent };
}

const cardOf = (coverage: Coverage): string | undefined =>
  identifierIn(coverage, INSURANCE_CARD) ?? coverage.subscriberId;

/** The banner of a chart: identity, own record number, insurance, the visit under way, blood group. */
export function bannerPerson(chart: Chart, own: string | undefined, t: Text<keyof typeof vi>): BannerPerson {
  const { patient, parts } = chart;
  const insurance = insuranceOf(chart);
  const now = visitsOf(resourcesOf(parts.encounters)).find(
    (visit) => visit.facility === own && visit.status === 'in-progress',
  );
  const blood = resourcesOf(parts.results).find(
    (one) =>
      /^(ABO|BLOODGROUP|GROUP)/i.test(one.code?.coding?.[0]?.code ?? '') ||
      /nhóm máu/i.test(conceptWords(one.code)),
  );
  const number = own ? identifierIn(patient, mrn(own)) : undefined;
  return {
    name: nameWords(patient.name) || t('nameUnread'),
    birthDate: patient.birthDate,
    gender: patient.gender,
    personNumber: identifierIn(patient, PERSON),
    deceased: patient.deceasedDateTime ?? patient.deceasedBoolean,
    extra: [
      {
        label: t('recordNumber'),
        value: number,
        ...(facilityCodeOf(patient) === own ? {} : { missing: t('elsewhere') }),
      },
      {
        label: t('insurance'),
        value:
          insurance &&
          [
            insurance.until ? t('validUntil', { date: formatDate(insurance.until) }) : insurance.card,
            insurance.percent && `${insurance.percent} %`,
          ]
            .filter(Boolean)
            .join(' · '),
      },
      ...(now
        ? [
            {
              label: t('visitNow'),
              value: [formatDate(new Date(now.at)), now.department].filter(Boolean).join(' · '),
            },
          ]
        : []),
      ...(parts.results.state === 'denied'
        ? []
        : [
            {
              label: t('bloodGroup'),
              value: blood && (blood.valueString ?? conceptWords(blood.valueCodeableConcept)),
            },
          ]),
    ],
  };
}
