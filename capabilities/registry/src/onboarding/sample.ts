import { createHash } from 'node:crypto';
import { parseJson, type Resource } from '@yba/fhir';
import { extension, FACILITY, PERSON } from '@yba/vietnam';

/** What a facility’s software says it read in a sample, by name; all as texts. */
export type ReadBack = Readonly<Record<string, string>>;

/** A visit of another facility about a person who does not exist, and what software that read it rightly would say. */
export type Sample = { id: string; bundle: Resource; expected: ReadBack };

const NAMES = [
  'Nguyễn Thị Ánh Tuyết',
  'Đặng Hữu Phước',
  'Trương Mỹ Duyên',
  'Võ Quốc Khánh',
  'Lò Thị Ịnh',
  'Bế Văn Đàn',
];
/** Stands where the digits of the value go, which a JavaScript number would not keep. */
const DIGITS = 'digits';
const SENDERS = ['01901', '01929', '04001', '08001'];

/**
 * The sample of an application, the same whenever it is asked for. What it holds is what software reads wrongly: letters with two
 * marks, a code with a leading zero, a value whose last digit is 0, an instant of UTC that lies on the next day in Viet Nam.
 */
export function sampleFor(onboarding: string): Sample {
  const dice = createHash('sha256').update(`onboarding sample ${onboarding}`).digest();
  const pick = <T>(from: readonly T[], at: number) => from[dice[at]! % from.length]!;
  const [name, sender] = [pick(NAMES, 0), pick(SENDERS, 1)];
  const birthDate = `19${50 + (dice[2]! % 50)}-0${1 + (dice[3]! % 9)}-1${dice[4]! % 10}`;
  const number = `00${dice[5]! % 2}0${birthDate.slice(2, 4)}${String(dice.readUInt32BE(6)).padStart(6, '0').slice(-6)}`;
  const value = `${5 + (dice[10]! % 5)}.${1 + (dice[11]! % 9)}0`;
  const effective = `2026-11-${10 + (dice[12]! % 10)}T18:${10 + (dice[13]! % 50)}:00Z`;
  const id = dice.toString('hex').slice(0, 12);
  const uuid = (at: number) => `urn:uuid:${id.slice(0, 8)}-0000-4000-8000-00000000000${at}`;
  const resources: object[] = [
    {
      resourceType: 'Patient',
      identifier: [{ system: PERSON, value: number }],
      name: [{ use: 'official', text: name }],
      gender: 'female',
      birthDate,
    },
    {
      resourceType: 'Encounter',
      status: 'finished',
      class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'AMB' },
      subject: { reference: uuid(1) },
      serviceProvider: { identifier: { system: FACILITY, value: sender } },
      period: { start: effective, end: effective },
    },
    {
      resourceType: 'Observation',
      status: 'final',
      code: { coding: [{ system: 'http://loinc.org', code: '4548-4', display: 'HbA1c' }], text: 'HbA1c' },
      subject: { reference: uuid(1) },
      encounter: { reference: uuid(2) },
      effectiveDateTime: effective,
      valueQuantity: { value: DIGITS, unit: '%', system: 'http://unitsofmeasure.org', code: '%' },
    },
  ];
  return {
    id,
    bundle: parseJson(
      JSON.stringify({
        resourceType: 'Bundle',
        type: 'collection',
        identifier: { system: extension('onboarding-sample'), value: id },
        timestamp: '2026-11-20T09:00:00+07:00',
        entry: resources.map((resource, at) => ({ fullUrl: uuid(at + 1), resource })),
      }).replace(`"${DIGITS}"`, value),
    ),
    expected: { sample: id, name, personNumber: number, birthDate, sender, value, unit: '%', effective },
  };
}
