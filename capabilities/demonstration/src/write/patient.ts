import type { Resource } from '@yba/fhir';
import {
  ETHNIC_GROUP,
  extension,
  FACILITY,
  INSURANCE,
  INSURANCE_CARD,
  mrn,
  PASSPORT,
  PERSON,
} from '@yba/vietnam';
import { ethnicGroups } from '@yba/vietnam/data';
import { facilities } from '../facilities.ts';
import { nameText, type Person } from '../people/person.ts';
import { placeCodes } from './places.ts';
import { concept, hl7 } from './terms.ts';

/** A prime below a million: multiplying by a unit modulo it spreads patient numbers without ever repeating one. */
const PRIME = 999_983;
const offsets = new Map(facilities.map((each, n) => [each.code, 31_337 * (n + 1)]));

/** A facility's own number of a person: two digits that tell facilities apart, six of the person. */
export function patientNumber(person: Person, facility: string): string {
  const spread = ((person.index + 1) * 48_271 + (offsets.get(facility) ?? 0)) % PRIME;
  return `${facility.slice(0, 2)}${String(Math.floor((person.index + 1) / PRIME) * PRIME + spread).padStart(6, '0')}`;
}

const ethnicNames = new Map(ethnicGroups().map((each) => [each.code, each.name]));

/** The Patient as this facility keeps it. */
export function patient(person: Person, facility: string): Resource {
  const { home } = person;
  const text = nameText(person);
  return {
    resourceType: 'Patient',
    ...extensions(person),
    identifier: [
      {
        use: 'usual',
        type: concept(hl7('v2-0203'), 'MR'),
        system: mrn(facility),
        value: patientNumber(person, facility),
      },
      ...(person.personNumber ? [{ use: 'official', system: PERSON, value: person.personNumber }] : []),
      ...(person.insurance ? [{ system: INSURANCE, value: person.insurance.number }] : []),
      ...(person.passport ? [{ system: PASSPORT, value: person.passport }] : []),
    ],
    active: true,
    name: [
      {
        use: 'official',
        text,
        family: person.name.family,
        given: [...person.name.middle, person.name.given],
      },
    ],
    ...(person.phone ? { telecom: [{ system: 'phone', value: person.phone, use: 'mobile' }] } : {}),
    gender: person.sex,
    ...(person.unnumbered === 'unknown' ? {} : { birthDate: person.birthDate }),
    address: [
      {
        extension: placeCodes(home.commune.code, home.province.code),
        use: 'home',
        text: `${home.line}, ${home.commune.name}, ${home.province.name}`,
        line: [home.line],
        city: home.commune.name,
        state: home.province.name,
        country: 'VN',
      },
    ],
    ...(person.contact
      ? {
          contact: [
            {
              relationship: [concept(hl7('v3-RoleCode'), person.contact.relation)],
              name: { text: person.contact.name },
              telecom: [{ system: 'phone', value: person.contact.phone }],
            },
          ],
        }
      : {}),
  };
}

function extensions(person: Person): { extension?: unknown[] } {
  const list = [
    ...(person.ethnic && person.unnumbered !== 'unknown'
      ? [
          {
            url: extension('ethnic-group'),
            valueCoding: {
              system: ETHNIC_GROUP,
              code: person.ethnic,
              display: ethnicNames.get(person.ethnic),
            },
          },
        ]
      : []),
    ...(person.nationality
      ? [{ url: extension('nationality'), valueCoding: { display: person.nationality } }]
      : []),
    ...(person.unnumbered === 'unknown'
      ? []
      : [{ url: extension('occupation'), valueCoding: { display: person.occupation } }]),
  ];
  return list.length > 0 ? { extension: list } : {};
}

/** The insurance of a person as this facility checked it. */
export function coverage(person: Person, subject: { reference: string }): Resource | undefined {
  const held = person.insurance;
  if (!held) return undefined;
  const paid = { '1': 100, '2': 100, '3': 95, '4': 80, '5': 100 }[held.level] ?? 80;
  return {
    resourceType: 'Coverage',
    identifier: [{ system: INSURANCE_CARD, value: held.card }],
    status: 'active',
    type: { coding: [{ system: hl7('v3-ActCode'), code: 'PUBLICPOL' }], text: 'Bảo hiểm y tế' },
    subscriberId: held.number,
    beneficiary: subject,
    period: { start: held.from, end: held.to },
    payor: [{ display: 'Bảo hiểm xã hội Việt Nam' }],
    class: [
      { type: concept(hl7('coverage-class'), 'group'), value: held.group },
      { type: concept(hl7('coverage-class'), 'plan'), value: held.level, name: `Quỹ trả ${paid} %` },
    ],
    extension: [
      {
        url: extension('registered-facility'),
        valueIdentifier: { system: FACILITY, value: held.registeredAt },
      },
    ],
  };
}
