import {
  extension,
  FACILITY,
  INSURANCE,
  LICENCE,
  OLD_ID_CARD,
  PASSPORT,
  PERSON,
} from '../identifier-systems.ts';
import { type Definition, type Element, profile, rule, slicedBy } from './definition.ts';

/** A slice of `identifier` for one numbering system, with the form its numbers have. */
export function numbered(
  type: string,
  slice: string,
  system: string,
  form: string,
  human: string,
  occurs: { min?: number; max?: string } = {},
): Element[] {
  const id = `${type}.identifier:${slice}`;
  return [
    { id, sliceName: slice, ...occurs, constraint: [rule(`vn-${slice}`, human, `value.matches('${form}')`)] },
    { id: `${id}.system`, min: 1, fixedUri: system },
    { id: `${id}.value`, min: 1 },
  ];
}

/** An optional extension of ours on an element. */
const extended = (on: string, name: string): Element => ({
  id: `${on}.extension:${name}`,
  sliceName: name,
  min: 0,
  max: '1',
  type: [{ code: 'Extension', profile: [extension(name)] }],
});

/** A patient as a Vietnamese facility knows one: numbers that are well formed, a name, a sex. */
export const patient: Definition = profile('vn-patient', 'Patient', 'Người bệnh tại Việt Nam', [
  extended('Patient', 'ethnic-group'),
  extended('Patient', 'nationality'),
  extended('Patient', 'occupation'),
  { id: 'Patient.identifier', min: 1, slicing: slicedBy('system') },
  ...numbered('Patient', 'person', PERSON, '^[0-9]{12}$', 'A person number has 12 digits.', { max: '1' }),
  ...numbered('Patient', 'insurance', INSURANCE, '^[0-9]{10}$', 'A social-insurance number has 10 digits.'),
  ...numbered('Patient', 'old-card', OLD_ID_CARD, '^[0-9]{9}$', 'An older identity card has 9 digits.'),
  ...numbered(
    'Patient',
    'passport',
    PASSPORT,
    '^[A-Z0-9]{5,20}$',
    'A passport number has capital letters and digits.',
  ),
  { id: 'Patient.identifier.system', min: 1 },
  { id: 'Patient.identifier.value', min: 1 },
  { id: 'Patient.name', min: 1 },
  { id: 'Patient.name.text', min: 1, maxLength: 255 },
  { id: 'Patient.gender', min: 1 },
  { id: 'Patient.birthDate', mustSupport: true },
  extended('Patient.address', 'province'),
  extended('Patient.address', 'commune'),
]);

/** A person who practises under a Vietnamese licence. */
export const practitioner: Definition = profile(
  'vn-practitioner',
  'Practitioner',
  'Người hành nghề tại Việt Nam',
  [
    { id: 'Practitioner.identifier', min: 1, slicing: slicedBy('system') },
    ...numbered(
      'Practitioner',
      'licence',
      LICENCE,
      '^[^\\\\s]{3,40}$',
      'A practice licence number has no spaces.',
      { min: 1 },
    ),
    { id: 'Practitioner.name', min: 1 },
    { id: 'Practitioner.name.text', min: 1 },
  ],
);

/** A health facility by its five characters. */
export const organization: Definition = profile(
  'vn-organization',
  'Organization',
  'Cơ sở khám chữa bệnh tại Việt Nam',
  [
    { id: 'Organization.identifier', min: 1, slicing: slicedBy('system') },
    ...numbered(
      'Organization',
      'facility',
      FACILITY,
      '^[0-9A-Z]{5}$',
      'A facility code has 5 digits or capital letters.',
      { min: 1, max: '1' },
    ),
    { id: 'Organization.name', min: 1 },
    extended('Organization.address', 'province'),
    extended('Organization.address', 'commune'),
  ],
);
