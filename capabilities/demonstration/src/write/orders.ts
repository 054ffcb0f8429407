import type { Resource } from '@yba/fhir';
import { type Drug, dosageText, drug, type Moment } from '../catalogue/drugs.ts';
import type { PlannedVisit, Prescription } from '../journey/planned-visit.ts';
import { date, dateTime, DAY, MINUTE } from '../time.ts';
import type { Frame } from './observations.ts';
import { departmentConcept, departmentName, drugConcept } from './terms.ts';

/** A prescription. `until`: the day the demonstration ends; what lasts beyond it is still being taken. */
export function medicationRequest(
  frame: Frame,
  line: Prescription,
  visit: PlannedVisit,
  requester: unknown,
  until: number,
): Resource {
  const of = drug(line.drug);
  const written = visit.start + 35 * MINUTE;
  const ends = written + line.days * DAY;
  return {
    resourceType: 'MedicationRequest',
    status: ends >= until - DAY ? 'active' : 'completed',
    intent: 'order',
    ...(line.reported ? { reportedBoolean: true } : {}),
    medicationCodeableConcept: drugConcept(of.code),
    ...frame,
    authoredOn: dateTime(written),
    ...(line.reported ? {} : { requester }),
    dosageInstruction: [dosage(of, line.dose ?? of.dose, line.when ?? of.when)],
    dispenseRequest: {
      validityPeriod: { start: date(written), end: date(ends) },
      expectedSupplyDuration: {
        value: line.days,
        unit: 'ngày',
        system: 'http://unitsofmeasure.org',
        code: 'd',
      },
    },
  };
}

function dosage(of: Drug, dose: number, when: readonly Moment[]) {
  const text = dosageText({ ...of, when }, dose);
  return {
    text: text.charAt(0).toUpperCase() + text.slice(1),
    ...(when.length === 0
      ? { asNeededBoolean: true }
      : { timing: { repeat: { frequency: when.length, period: 1, periodUnit: 'd', when } } }),
    doseAndRate: [{ doseQuantity: { value: dose, unit: of.unit } }],
  };
}

/** "Tầng 2, phòng 208": where a department sees its patients. */
const room = (department: string): string => {
  const number = Number(department.slice(1, 3));
  return `Tầng ${1 + (number % 4)}, phòng ${1 + (number % 4)}0${1 + (number % 8)}`;
};

/** The next visit as it is booked, or as it was kept. */
export function appointment(
  subject: { reference: string },
  visit: PlannedVisit,
  practitioner: unknown,
  until: number,
): Resource[] {
  const { revisit } = visit;
  if (!revisit) return [];
  const name = departmentName(visit.department);
  return [
    {
      resourceType: 'Appointment',
      status: revisit.fulfilled ? 'fulfilled' : revisit.at > until ? 'booked' : 'noshow',
      serviceType: [{ ...departmentConcept(visit.department), text: `Khám ${name}` }],
      reasonCode: [{ text: 'Khám lại theo hẹn' }],
      start: dateTime(revisit.at),
      end: dateTime(revisit.at + 15 * MINUTE),
      created: dateTime(visit.end ?? visit.start),
      ...(revisit.note ? { patientInstruction: revisit.note } : {}),
      participant: [
        { actor: subject, status: 'accepted' },
        { actor: practitioner, status: 'accepted' },
        { actor: { type: 'Location', display: room(visit.department) }, status: 'accepted' },
      ],
    },
  ];
}
