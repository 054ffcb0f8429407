import type { Message, Segment } from '../message.ts';
import { compact, concept, dateTime, practitioner, present } from './data-types.ts';
import type { Built, MapOptions } from './systems.ts';

const CLINICAL = 'http://terminology.hl7.org/CodeSystem/condition-clinical';
const VERIFICATION = 'http://terminology.hl7.org/CodeSystem/condition-ver-status';

type Subject = { subject: object; encounter?: object; key: string };

/** DG1 as Condition. Source: v2-to-FHIR DG1[Condition] */
export function conditionOf(
  dg1: Segment,
  { subject, encounter, key }: Subject,
  { systems }: MapOptions,
): Built | undefined {
  const code =
    concept(dg1, 3, systems, { system: systems.icd10 }) ?? (dg1.text(4) ? { text: dg1.text(4) } : undefined);
  if (!code) return undefined;
  if (dg1.text(4) && !code.text) code.text = dg1.text(4);
  const kind = dg1.text(6).toUpperCase();
  return compact({
    resourceType: 'Condition',
    identifier: [
      {
        system: `${systems.local}/diagnosis`,
        value: `${key}/${code.coding?.[0]?.code ?? code.text}/${kind || 'F'}`,
      },
    ],
    clinicalStatus: { coding: [{ system: CLINICAL, code: 'active' }] },
    verificationStatus: {
      coding: [{ system: VERIFICATION, code: kind === 'W' ? 'provisional' : 'confirmed' }],
    },
    category: [
      {
        coding: [
          { system: 'http://terminology.hl7.org/CodeSystem/condition-category', code: 'encounter-diagnosis' },
        ],
      },
    ],
    code,
    subject,
    encounter,
    onsetDateTime: dateTime(dg1, 5),
    recordedDate: dateTime(dg1, 19),
    asserter: practitioner(dg1, 16, systems),
  });
}

/** The role of a diagnosis in the visit: DG1-6, and DG1-15 as its rank. */
export function diagnosisRole(dg1: Segment): { use?: object; rank?: number } {
  const use = { A: 'AD', W: 'AD', F: 'DD' }[dg1.text(6).toUpperCase()];
  const rank = Number(dg1.text(15));
  return {
    ...(use
      ? { use: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/diagnosis-role', code: use }] } }
      : {}),
    ...(Number.isInteger(rank) && rank > 0 ? { rank } : {}),
  };
}

const ALLERGY_CATEGORY: Readonly<Record<string, string>> = {
  DA: 'medication',
  FA: 'food',
  EA: 'environment',
  AA: 'environment',
  PA: 'environment',
  LA: 'environment',
};

/** AL1 as AllergyIntolerance. Source: v2-to-FHIR AL1[AllergyIntolerance] */
export function allergyOf(
  al1: Segment,
  patient: object,
  number: string,
  { systems }: MapOptions,
): Built | undefined {
  const code = concept(al1, 3, systems);
  if (!code) return undefined;
  const category = ALLERGY_CATEGORY[al1.text(2).toUpperCase()];
  const severity = { SV: 'severe', MO: 'moderate', MI: 'mild' }[al1.text(4).toUpperCase()];
  const manifestation = al1.text(5);
  return compact({
    resourceType: 'AllergyIntolerance',
    identifier: [
      { system: `${systems.local}/allergy`, value: `${number}/${code.coding?.[0]?.code ?? code.text}` },
    ],
    clinicalStatus: {
      coding: [
        { system: 'http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical', code: 'active' },
      ],
    },
    verificationStatus: {
      coding: [
        {
          system: 'http://terminology.hl7.org/CodeSystem/allergyintolerance-verification',
          code: 'confirmed',
        },
      ],
    },
    category: present([category]),
    criticality: al1.text(4).toUpperCase() === 'SV' ? 'high' : undefined,
    code,
    patient,
    onsetDateTime: dateTime(al1, 6),
    reaction: manifestation
      ? [{ manifestation: [{ text: manifestation }], ...(severity ? { severity } : {}) }]
      : severity
        ? [{ manifestation: [{ text: 'không rõ' }], severity }]
        : [],
  });
}

/** PR1 as Procedure. Source: v2-to-FHIR PR1[Procedure] */
export function procedureOf(
  pr1: Segment,
  { subject, encounter, key }: Subject,
  { systems }: MapOptions,
): Built | undefined {
  const code = concept(pr1, 3, systems) ?? (pr1.text(4) ? { text: pr1.text(4) } : undefined);
  if (!code) return undefined;
  const surgeon = practitioner(pr1, 11, systems);
  return compact({
    resourceType: 'Procedure',
    identifier: [
      {
        system: `${systems.local}/procedure`,
        value: `${key}/${code.coding?.[0]?.code ?? code.text}/${pr1.text(5)}`,
      },
    ],
    status: 'completed',
    code,
    subject,
    encounter,
    performedDateTime: dateTime(pr1, 5),
    performer: surgeon ? [{ actor: surgeon }] : [],
  });
}

/** IN1 as Coverage. Source: v2-to-FHIR IN1[Coverage] */
export function coverageOf(in1: Segment, beneficiary: object, { systems }: MapOptions): Built | undefined {
  const card = in1.text(36) || in1.text(2);
  if (card === '') return undefined;
  const period = compact({ start: dateTime(in1, 12), end: dateTime(in1, 13) });
  const payor = in1.text(4) || in1.text(3) || 'Bảo hiểm xã hội Việt Nam';
  return compact({
    resourceType: 'Coverage',
    identifier: [
      { system: card.length === 15 ? systems.insuranceCard : `${systems.local}/insurance`, value: card },
    ],
    status: 'active',
    subscriberId: card,
    beneficiary,
    ...(Object.keys(period).length > 0 ? { period } : {}),
    payor: [{ display: payor }],
  });
}

/** The NTE that stand behind a segment, before any other. */
export function notesBehind(message: Message, segment: Segment): Segment[] {
  const at = message.segments.indexOf(segment);
  const rest = message.segments.slice(at + 1);
  const end = rest.findIndex(({ name }) => name !== 'NTE');
  return rest.slice(0, end < 0 ? rest.length : end);
}
