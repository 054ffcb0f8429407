import { Hl7v2Error } from '../hl7v2-error.ts';
import type { Message } from '../message.ts';
import { compact, concept, dateTime, practitioner, present } from './data-types.ts';
import { type Context, type Record, urn } from './orders.ts';
import type { Built, MapOptions } from './systems.ts';

const STATUS: Readonly<{ [trigger: string]: string }> = {
  S12: 'booked',
  S13: 'booked',
  S14: 'booked',
  S15: 'cancelled',
  S26: 'noshow',
};

/** SIU as Appointment. Source: v2-to-FHIR SIU_S12, SCH[Appointment] */
export function appointmentOf(message: Message, { subject }: Context, { systems, uuid }: MapOptions): Record {
  const sch = message.first('SCH');
  const filler = sch?.text(2) ?? '';
  const placer = sch?.text(1) ?? '';
  if (!sch || (!filler && !placer))
    throw new Hl7v2Error(
      '101',
      { segment: 'SCH', sequence: 1, ...(sch ? { field: 2 } : {}) },
      {
        vi: 'Thiếu số lịch hẹn (SCH-1 hoặc SCH-2): không có số thì không đổi hay hủy được.',
        en: 'The appointment number (SCH-1 or SCH-2) is missing; without it nothing can be moved or cancelled.',
      },
    );
  const ais = message.first('AIS');
  const start =
    instantText(dateTime(sch, 11)) ?? instantText(fromTiming(sch.text(11, 4))) ?? (ais && dateTime(ais, 4));
  if (!start?.includes('T'))
    throw new Hl7v2Error(
      '101',
      { segment: 'SCH', sequence: 1, field: 11 },
      {
        vi: 'Thiếu giờ hẹn (SCH-11.4 hoặc AIS-4).',
        en: 'The time of the appointment is missing (SCH-11.4 or AIS-4).',
      },
    );
  const minutes = minutesOf(
    sch.text(9) || sch.text(11, 3) || ais?.text(7) || '',
    sch.text(10) || ais?.text(8) || '',
  );
  const end =
    instantText(fromTiming(sch.text(11, 5))) ?? new Date(Date.parse(start) + minutes * 60_000).toISOString();
  const resource: Built = compact({
    resourceType: 'Appointment',
    identifier: present([
      filler ? { system: `${systems.local}/appointment`, value: filler } : undefined,
      placer ? { system: `${systems.local}/appointment-placer`, value: placer } : undefined,
    ]),
    status: STATUS[message.header.trigger] ?? 'booked',
    serviceType: present([ais && concept(ais, 3, systems)]),
    appointmentType: concept(sch, 8, systems),
    reasonCode: present([concept(sch, 7, systems), concept(sch, 6, systems)]),
    start,
    end,
    minutesDuration: minutes,
    comment: message
      .all('NTE')
      .map((nte) => nte.text(3))
      .filter(Boolean)
      .join('\n'),
    participant: [
      { actor: subject, status: 'accepted' },
      ...message.all('AIP').flatMap((aip) => {
        const actor = practitioner(aip, 3, systems);
        return actor ? [{ actor, status: 'accepted' }] : [];
      }),
      ...message.all('AIL').flatMap((ail) => {
        const display = [1, 2, 3]
          .map((component) => ail.text(3, component))
          .filter(Boolean)
          .join(' / ');
        return display ? [{ actor: { display }, status: 'accepted' }] : [];
      }),
      ...message.all('AIG').flatMap((aig) => {
        const display = aig.text(3, 2) || aig.text(3);
        return display ? [{ actor: { display }, status: 'accepted' }] : [];
      }),
    ],
  });
  const head = { fullUrl: urn(uuid('appointment', filler || placer)), resource };
  return { entries: [head], head, withdrawn: message.header.trigger === 'S17' };
}

const fromTiming = (text: string) => text && (text.includes('T') ? text : fhirOf(text));
const instantText = (text: string | undefined) => (text?.includes('T') ? text : undefined);

function fhirOf(text: string): string | undefined {
  const [, year, month, day, hour, minute] = /^(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})/.exec(text) ?? [];
  return year && `${year}-${month}-${day}T${hour}:${minute}:00+07:00`;
}

/** A duration in minutes; half an hour when none is told. */
function minutesOf(text: string, unit: string): number {
  const number = Number(text);
  if (!(number > 0)) return 30;
  if (/^s/i.test(unit)) return Math.max(1, Math.round(number / 60));
  return /^h/i.test(unit) ? number * 60 : number;
}
