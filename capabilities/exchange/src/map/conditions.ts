import { TRADITIONAL_DISEASE } from '@yba/vietnam';
import { fhirDateTime } from '@yba/vietnam/dossier';
import { concept, icdConcept } from './elements.ts';
import { hiv, labelled, tellsHiv } from './sensitivity.ts';
import { type Mapped, ofVisit, partsOf, type Visit } from './visit.ts';

/** One diagnosis of a visit; the principal one is first. */
type Diagnosis = { key: string; code: string; traditional: boolean; text?: string };

/** The diagnoses of XML1 in order: principal, secondary, traditional. A code said twice counts once. */
export function diagnosesOf({ summary }: Visit): Diagnosis[] {
  const seen = new Set<string>();
  const principal = summary.MA_BENH_CHINH!;
  return [
    {
      key: `XML1|icd|${principal}`,
      code: principal,
      traditional: false,
      ...(summary.CHAN_DOAN_RV ? { text: summary.CHAN_DOAN_RV } : {}),
    },
    ...partsOf(summary.MA_BENH_KT).map((code) => ({ key: `XML1|icd|${code}`, code, traditional: false })),
    ...partsOf(summary.MA_BENH_YHCT).map((code) => ({ key: `XML1|yhct|${code}`, code, traditional: true })),
  ].filter(({ key }) => !seen.has(key) && seen.add(key));
}

const category = [
  {
    coding: [
      {
        system: 'http://terminology.hl7.org/CodeSystem/condition-category',
        code: 'encounter-diagnosis',
        display: 'Encounter Diagnosis',
      },
    ],
  },
];

const clinical = (code: string) => ({
  coding: [{ system: 'http://terminology.hl7.org/CodeSystem/condition-clinical', code }],
});

const confirmed = {
  coding: [{ system: 'http://terminology.hl7.org/CodeSystem/condition-ver-status', code: 'confirmed' }],
};

/** A Condition for each diagnosis. A code that tells HIV is labelled. */
export function conditionsOf(visit: Visit): Mapped[] {
  const { summary } = visit;
  return diagnosesOf(visit).map(({ key, code, traditional, text }) => {
    const resource = {
      resourceType: 'Condition',
      clinicalStatus: clinical(summary.KET_QUA_DTRI === '1' ? 'resolved' : 'active'),
      verificationStatus: confirmed,
      category,
      code: traditional ? concept(TRADITIONAL_DISEASE, code) : icdConcept(code, summary.NGAY_RA!, text),
      ...ofVisit(visit),
      recordedDate: fhirDateTime(summary.NGAY_RA),
    };
    return { key, resource: tellsHiv(code) ? labelled(resource, hiv) : resource };
  });
}
