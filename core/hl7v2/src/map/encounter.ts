import { Hl7v2Error } from '../hl7v2-error.ts';
import type { Message, Segment } from '../message.ts';
import {
  compact,
  concept,
  dateTime,
  practitioner,
  present,
  repetitions,
  tableConcept,
} from './data-types.ts';
import type { Built, MapOptions, Systems } from './systems.ts';

const ACT = 'http://terminology.hl7.org/CodeSystem/v3-ActCode';
/** PV1-2 as Encounter.class. Source: v2-to-FHIR table 0004 */
const CLASSES: Readonly<Record<string, { code: string; display: string }>> = {
  E: { code: 'EMER', display: 'emergency' },
  I: { code: 'IMP', display: 'inpatient encounter' },
  O: { code: 'AMB', display: 'ambulatory' },
  P: { code: 'PRENC', display: 'pre-admission' },
  R: { code: 'AMB', display: 'ambulatory' },
  B: { code: 'IMP', display: 'inpatient encounter' },
};

const PARTICIPATION = 'http://terminology.hl7.org/CodeSystem/v3-ParticipationType';
/** The fields of PV1 that name people, and as what. */
const PARTICIPANTS: readonly [field: number, code: string][] = [
  [7, 'ATND'],
  [8, 'REF'],
  [9, 'CON'],
  [17, 'ADM'],
];

/** The visit number: PV1-19. Empty when there is none. */
export const visitNumber = (message: Message): string => message.first('PV1')?.text(19) ?? '';

/** A logical reference to the visit, for results and orders. */
export function visitReference(message: Message, { visit }: Systems): object | undefined {
  const value = visitNumber(message);
  return value ? { identifier: { system: visit, value } } : undefined;
}

/** PV1 and PV2 as Encounter. Throws Hl7v2Error at PV1-19 without a visit number. Source: v2-to-FHIR PV1[Encounter] */
export function encounterOf(message: Message, subject: object, { systems }: MapOptions): Built {
  const pv1 = message.first('PV1');
  const number = visitNumber(message);
  if (!pv1 || !number)
    throw new Hl7v2Error(
      '101',
      { segment: 'PV1', sequence: 1, ...(pv1 ? { field: 19 } : {}) },
      {
        vi: 'Thiếu số lượt khám (MA_LK). Không có số này thì không sửa hay bổ sung lượt khám về sau được.',
        en: 'The visit number (MA_LK) is missing; without it the visit could not be corrected later.',
      },
    );
  const pv2 = message.first('PV2');
  const { trigger } = message.header;
  const period = compact({ start: dateTime(pv1, 44), end: dateTime(pv1, 45) });
  const kind = CLASSES[pv1.text(2).toUpperCase()] ?? CLASSES['O']!;
  const reason = pv2 && concept(pv2, 3, systems);
  return compact({
    resourceType: 'Encounter',
    identifier: present([
      { system: systems.visit, value: number },
      pv1.text(50) ? { system: `${systems.local}/visit-alternate`, value: pv1.text(50) } : undefined,
    ]),
    status: statusOf(trigger, 'end' in period),
    class: { system: ACT, ...kind },
    priority: tableConcept(pv1, 4, '0007'),
    serviceType: concept(pv1, 10, systems),
    subject,
    participant: PARTICIPANTS.flatMap(([field, code]) =>
      repetitions(pv1, field).flatMap((at) => {
        const individual = practitioner(pv1, field, systems, at);
        return individual ? [{ type: [{ coding: [{ system: PARTICIPATION, code }] }], individual }] : [];
      }),
    ),
    ...(Object.keys(period).length > 0 ? { period } : {}),
    reasonCode: present([reason]),
    hospitalization: hospitalization(pv1),
    location: locations(pv1, systems),
  });
}

function statusOf(trigger: string, ended: boolean): string {
  if (trigger === 'A05') return 'planned';
  if (trigger === 'A03' || ended) return 'finished';
  return 'in-progress';
}

function hospitalization(pv1: Segment): object | undefined {
  const found = compact({
    preAdmissionIdentifier: pv1.text(5) ? { value: pv1.text(5) } : undefined,
    admitSource: tableConcept(pv1, 14, '0023'),
    reAdmission: tableConcept(pv1, 13, '0092'),
    dischargeDisposition: tableConcept(pv1, 36, '0112'),
    destination: pv1.text(37) ? { display: pv1.text(37) } : undefined,
  });
  return Object.keys(found).length > 0 ? found : undefined;
}

/** Where the patient lies now, and lay before. PL: ward, room, bed, hospital, …, description. */
function locations(pv1: Segment, { local }: Systems): object[] {
  return present(
    (
      [
        [3, 'active'],
        [6, 'completed'],
      ] as const
    ).map(([field, status]) => {
      const parts = [1, 2, 3].map((component) => pv1.text(field, component)).filter(Boolean);
      const display = pv1.text(field, 9) || parts.join(' / ');
      if (display === '') return undefined;
      return {
        location: {
          ...(parts.length > 0
            ? { identifier: { system: `${local}/location`, value: parts.join('/') } }
            : {}),
          display,
        },
        status,
      };
    }),
  );
}
