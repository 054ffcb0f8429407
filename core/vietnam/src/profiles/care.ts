import { DRUG, ICD10_VN, INSURANCE_CARD, TRADITIONAL_DISEASE, VISIT_TYPE } from '../identifier-systems.ts';
import { type Definition, profile, rule, slicedBy, valueSetUrl } from './definition.ts';
import { numbered } from './people.ts';

/** One visit: whose, when, of which kind by the national list. */
export const encounter: Definition = profile('vn-encounter', 'Encounter', 'Lượt khám chữa bệnh', [
  { id: 'Encounter.identifier', min: 1 },
  { id: 'Encounter.type', min: 1, slicing: slicedBy('coding.system') },
  { id: 'Encounter.type:visit', sliceName: 'visit', min: 1, max: '1' },
  { id: 'Encounter.type:visit.coding', min: 1 },
  { id: 'Encounter.type:visit.coding.system', min: 1, fixedUri: VISIT_TYPE },
  {
    id: 'Encounter.type:visit.coding.code',
    min: 1,
    binding: { strength: 'extensible', valueSet: valueSetUrl('visit-type') },
  },
  { id: 'Encounter.subject', min: 1 },
  { id: 'Encounter.period', min: 1 },
  { id: 'Encounter.period.start', min: 1 },
]);

/** A diagnosis by ICD-10 as published in Viet Nam, or by the list of traditional medicine. */
export const condition: Definition = profile('vn-condition', 'Condition', 'Chẩn đoán theo ICD-10 Việt Nam', [
  {
    id: 'Condition.code',
    min: 1,
    constraint: [
      rule(
        'vn-con-1',
        'A diagnosis has a code of ICD-10 or of traditional medicine.',
        `coding.where(system = '${ICD10_VN}' or system = '${TRADITIONAL_DISEASE}').exists()`,
      ),
    ],
  },
  { id: 'Condition.code.coding', slicing: slicedBy('system') },
  { id: 'Condition.code.coding:icd10', sliceName: 'icd10', max: '1' },
  { id: 'Condition.code.coding:icd10.system', min: 1, fixedUri: ICD10_VN },
  {
    id: 'Condition.code.coding:icd10.code',
    min: 1,
    constraint: [
      rule(
        'vn-icd',
        'An ICD-10 code reads E11, E11.9 or E119.',
        "matches('^[A-Z][0-9]{2}([.]?[0-9A-Z]{1,4})?$')",
      ),
    ],
  },
  { id: 'Condition.subject', mustSupport: true },
]);

/** A laboratory result: category, code, and a unit of UCUM where there is a unit's code. */
export const laboratory: Definition = profile('vn-laboratory-result', 'Observation', 'Kết quả xét nghiệm', [
  {
    id: 'Observation',
    constraint: [
      rule(
        'vn-lab-1',
        'The code of a unit is one of UCUM.',
        "value.ofType(Quantity).code.empty() or value.ofType(Quantity).system = 'http://unitsofmeasure.org'",
      ),
      rule(
        'vn-lab-2',
        'A finished result has a value, components, a note or a reason why not.',
        "status != 'final' or value.exists() or component.exists() or hasMember.exists() or note.exists() or dataAbsentReason.exists()",
      ),
    ],
  },
  { id: 'Observation.category', min: 1, slicing: slicedBy('coding.code', 'coding.system') },
  { id: 'Observation.category:laboratory', sliceName: 'laboratory', min: 1, max: '1' },
  { id: 'Observation.category:laboratory.coding', min: 1 },
  {
    id: 'Observation.category:laboratory.coding.system',
    min: 1,
    fixedUri: 'http://terminology.hl7.org/CodeSystem/observation-category',
  },
  { id: 'Observation.category:laboratory.coding.code', min: 1, fixedCode: 'laboratory' },
  { id: 'Observation.subject', min: 1 },
  {
    id: 'Observation.value[x]',
    type: [
      { code: 'Quantity' },
      { code: 'CodeableConcept' },
      { code: 'string' },
      { code: 'integer' },
      { code: 'Range' },
      { code: 'Ratio' },
      { code: 'time' },
      { code: 'dateTime' },
    ],
  },
]);

/** A prescription with the national code of the active ingredient. */
export const medicationRequest: Definition = profile(
  'vn-medication-request',
  'MedicationRequest',
  'Đơn thuốc',
  [
    { id: 'MedicationRequest.medication[x]', type: [{ code: 'CodeableConcept' }] },
    { id: 'MedicationRequest.medication[x].coding', min: 1, slicing: slicedBy('system') },
    { id: 'MedicationRequest.medication[x].coding:drug', sliceName: 'drug', min: 1 },
    { id: 'MedicationRequest.medication[x].coding:drug.system', min: 1, fixedUri: DRUG },
    { id: 'MedicationRequest.medication[x].coding:drug.code', min: 1 },
    { id: 'MedicationRequest.authoredOn', min: 1 },
    { id: 'MedicationRequest.dosageInstruction', min: 1 },
  ],
);

/** A card of the public health insurance. */
export const coverage: Definition = profile('vn-coverage', 'Coverage', 'Thẻ bảo hiểm y tế', [
  { id: 'Coverage.identifier', min: 1, slicing: slicedBy('system') },
  ...numbered(
    'Coverage',
    'card',
    INSURANCE_CARD,
    '^([A-Z]{2}[0-9]{13}|[0-9]{10})$',
    'An insurance card has two letters and 13 digits, or the 10 digits of the number.',
    { min: 1, max: '1' },
  ),
  {
    id: 'Coverage.type',
    min: 1,
    patternCodeableConcept: {
      coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'PUBLICPOL' }],
    },
  },
  {
    id: 'Coverage.subscriberId',
    min: 1,
    constraint: [rule('vn-cov-1', 'A social-insurance number has 10 digits.', "matches('^[0-9]{10}$')")],
  },
]);
