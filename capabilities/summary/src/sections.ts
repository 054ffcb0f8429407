import type { Resource } from '@yba/fhir';

type Coding = { system: string; code: string; display: string };

/** One section of an International Patient Summary: its LOINC code, and which resources it lists. */
export type Section = {
  code: string;
  title: string;
  display: string;
  types: readonly string[];
  holds(resource: Resource): boolean;
  /** What stands in a required section when nothing is known. */
  nothing?(subject: { reference: string }): Resource;
};

/** Source: https://hl7.org/fhir/uv/ips/CodeSystem-absent-unknown-uv-ips.html */
const absent = (code: string, display: string): { coding: Coding[]; text: string } => ({
  coding: [{ system: 'http://hl7.org/fhir/uv/ips/CodeSystem/absent-unknown-uv-ips', code, display }],
  text: display,
});

const hl7 = (name: string, code: string) => ({
  coding: [{ system: `http://terminology.hl7.org/CodeSystem/${name}`, code }],
});

const codeOf = (concept: unknown): string | undefined =>
  (concept as { coding?: { code?: string }[] } | undefined)?.coding?.[0]?.code;

const hasCategory = (resource: Resource, code: string): boolean =>
  ((resource['category'] ?? []) as { coding?: { code?: string }[] }[]).some(({ coding = [] }) =>
    coding.some((one) => one.code === code),
  );

const isOver = (resource: Resource): boolean =>
  ['inactive', 'resolved', 'remission'].includes(codeOf(resource['clinicalStatus']) ?? '') ||
  codeOf(resource['verificationStatus']) === 'entered-in-error' ||
  resource['status'] === 'entered-in-error';

/**
 * The sections, in the order they are read; problems, allergies and medications are there always.
 * Source: https://hl7.org/fhir/uv/ips/StructureDefinition-Composition-uv-ips.html
 */
export const SECTIONS: readonly Section[] = [
  {
    code: '11450-4',
    title: 'Chẩn đoán, bệnh đang có',
    display: 'Problem list - Reported',
    types: ['Condition'],
    holds: (one) => one.resourceType === 'Condition' && !isOver(one),
    nothing: (subject) => ({
      resourceType: 'Condition',
      clinicalStatus: hl7('condition-clinical', 'active'),
      code: absent('no-problem-info', 'No information about problems'),
      subject,
    }),
  },
  {
    code: '48765-2',
    title: 'Dị ứng',
    display: 'Allergies and adverse reactions Document',
    types: ['AllergyIntolerance'],
    holds: (one) => one.resourceType === 'AllergyIntolerance' && !isOver(one),
    nothing: (patient) => ({
      resourceType: 'AllergyIntolerance',
      clinicalStatus: hl7('allergyintolerance-clinical', 'active'),
      code: absent('no-allergy-info', 'No information about allergies'),
      patient,
    }),
  },
  {
    code: '10160-0',
    title: 'Thuốc đang dùng',
    display: 'History of Medication use Narrative',
    types: ['MedicationRequest'],
    holds: (one) =>
      one.resourceType === 'MedicationRequest' && ['active', 'on-hold'].includes(String(one['status'])),
    nothing: (subject) => ({
      resourceType: 'MedicationStatement',
      status: 'unknown',
      medicationCodeableConcept: absent('no-medication-info', 'No information about medications'),
      subject,
      _effectiveDateTime: {
        extension: [
          {
            url: 'http://hl7.org/fhir/StructureDefinition/data-absent-reason',
            valueCode: 'unknown',
          },
        ],
      },
    }),
  },
  {
    code: '11369-6',
    title: 'Tiêm chủng',
    display: 'History of Immunization Narrative',
    types: ['Immunization'],
    holds: (one) => one.resourceType === 'Immunization' && one['status'] === 'completed',
  },
  {
    code: '30954-2',
    title: 'Xét nghiệm gần đây',
    display: 'Relevant diagnostic tests/laboratory data Narrative',
    types: ['Observation'],
    holds: (one) => one.resourceType === 'Observation' && hasCategory(one, 'laboratory') && hasResult(one),
  },
  {
    code: '47519-4',
    title: 'Phẫu thuật, thủ thuật',
    display: 'History of Procedures Document',
    types: ['Procedure'],
    holds: (one) => one.resourceType === 'Procedure' && one['status'] === 'completed',
  },
  {
    code: '8716-3',
    title: 'Dấu hiệu sinh tồn',
    display: 'Vital signs',
    types: ['Observation'],
    holds: (one) => one.resourceType === 'Observation' && hasCategory(one, 'vital-signs') && hasResult(one),
  },
];

const hasResult = (one: Resource): boolean =>
  ['final', 'amended', 'corrected', 'preliminary'].includes(String(one['status'])) &&
  Object.keys(one).some((name) => /^(value|dataAbsentReason|hasMember|component)/.test(name));
