import { words, type Appointment } from './fhir.ts';
import type { Places } from './places.ts';
import type { HealthRecord } from './record.ts';

export type NextAppointment = {
  id: string;
  start: string;
  what: string | undefined;
  place: string | undefined;
  room: string | undefined;
  doctor: string | undefined;
  /** What to do before coming, in the hospital's words. */
  prepare: string | undefined;
  /** Number of the appointment paper (XML14). */
  number: string | undefined;
};

const standing = new Set(['proposed', 'pending', 'booked', 'arrived', 'checked-in']);

/** Appointments from now on that still stand, soonest first. */
export const appointmentsOf = (record: HealthRecord, places: Places, now: Date): NextAppointment[] =>
  record.Appointment.filter(
    ({ start, status }) => start && standing.has(status ?? '') && new Date(start) >= now,
  )
    .map((appointment) => appointmentOf(appointment, places))
    .sort((one, other) => (one.start < other.start ? -1 : 1));

const appointmentOf = (appointment: Appointment, places: Places): NextAppointment => {
  const who = (type: string) =>
    appointment.participant
      ?.map((participant) => participant.actor)
      .find((actor) => actor?.reference?.includes(type));
  return {
    id: appointment.id ?? '',
    start: appointment.start!,
    what:
      words(appointment.serviceType?.[0]) ??
      words(appointment.specialty?.[0]) ??
      appointment.description ??
      undefined,
    place: places.of(appointment) ?? places.referred(who('Organization/')),
    room: who('Location/')?.display,
    doctor: who('Practitioner')?.display,
    prepare: appointment.patientInstruction ?? appointment.comment,
    number: appointment.identifier?.find(({ system }) => system?.includes('/appointment-paper/'))?.value,
  };
};
