import { outcomeError, patientCompartment } from '@yba/fhir';
import type { Context } from '@yba/fhir';
import type { PersonLink, Ports, Reach } from '../ports.ts';
import { facilityNumber, PLATFORM } from '../rows/facility-number.ts';
import { patientLinks } from '../rows/locate.ts';
import type { PatientLink } from '../rows/locate.ts';
import { newPerson, newRowId } from '../rows/row-id.ts';
import type { Db } from '../rows/session.ts';
import type { Change } from './change.ts';

/** What placing decided besides the changes themselves: links to write, ids kept for Patients not yet stored. */
export type Placement = {
  links: (PersonLink & { placement: string; clientId?: string })[];
  reserved: PatientLink[];
};

/**
 * Decides for each change where it lies and of which Patient it speaks, and gives new rows their ids.
 * Patients come first: their person is asked for; other rows lie with the first Patient of their compartment.
 * A subject not yet stored gets its placement now, so that it may arrive later.
 */
export async function place(
  db: Db,
  ports: Ports,
  context: Context,
  reach: Reach,
  changes: Change[],
  now: number,
): Promise<Placement> {
  const facility = reach.facility ? facilityNumber(reach.facility) : PLATFORM;
  const writes = changes.filter((change) => change.action === 'create' || change.action === 'update');
  const patients = writes.filter((change) => change.type === 'Patient');
  const links = await placePatients(db, ports, patients, facility, now);
  const others = writes.filter((change) => change.type !== 'Patient');
  const reserved = await placeOthers(db, ports, context, reach, changes, others, facility, now);
  for (const change of changes) {
    if (change.action !== 'delete' || !change.previous) continue;
    change.row = change.previous.id;
    if (change.previous.person) change.person = change.previous.person;
    if (change.previous.patient) change.patient = change.previous.patient;
  }
  return { links, reserved };
}

async function placePatients(
  db: Db,
  ports: Ports,
  patients: Change[],
  facility: number,
  now: number,
): Promise<Placement['links']> {
  if (patients.length === 0) return [];
  const linked = await patientLinks(
    db,
    patients.flatMap(({ previous, clientId }) =>
      previous ? [previous.client_id ?? previous.id] : clientId ? [clientId] : [],
    ),
  );
  const linkOf = (change: Change) =>
    change.previous
      ? linked.get(change.previous.client_id ?? change.previous.id)
      : change.clientId
        ? linked.get(change.clientId)
        : undefined;
  const answers = await ports.persons.resolve(
    db,
    patients.map((change, index) => {
      const link = linkOf(change);
      return {
        key: String(index),
        resource: change.resource!,
        facility,
        ...(link ? { linked: link.person } : {}),
      };
    }),
  );
  return patients.flatMap((change, index) => {
    const answer = answers.get(String(index))!;
    const link = linkOf(change);
    change.person = link?.placement ?? answer.person;
    change.row = link?.patient ?? newRowId(change.person, now);
    change.patient = change.row;
    return [
      {
        patient: change.row,
        resource: change.resource!,
        placement: change.person,
        facility,
        answer,
        ...(link ? { was: link.person } : {}),
        ...(change.clientId ? { clientId: change.clientId } : {}),
      },
    ];
  });
}

async function placeOthers(
  db: Db,
  ports: Ports,
  context: Context,
  reach: Reach,
  all: readonly Change[],
  others: Change[],
  facility: number,
  now: number,
): Promise<PatientLink[]> {
  const inBundle = new Map<string, Change>();
  for (const change of all) {
    if (change.type !== 'Patient' || change.action === 'absent') continue;
    if (change.fullUrl) inBundle.set(change.fullUrl, change);
    inBundle.set(
      `Patient/${change.clientId ?? change.previous?.client_id ?? change.row ?? change.previous?.id}`,
      change,
    );
  }
  const subjects = others.map((change) => patientCompartment(change.resource!)[0]);
  const unknown = [
    ...new Set(
      subjects.flatMap((subject) => (subject && !inBundle.has(subject) ? [patientId(subject)] : [])),
    ),
  ];
  const known = await patientLinks(
    db,
    unknown.filter((id): id is string => id !== undefined),
  );
  const open = await openAmong(ports, context, reach, [...known.values()], facility);
  const reserved = new Map<string, PatientLink>();
  others.forEach((change, index) => {
    const subject = subjects[index];
    const id = subject && patientId(subject);
    const sibling = subject ? inBundle.get(subject) : undefined;
    if (sibling) {
      const person = sibling.person ?? sibling.previous?.person;
      const patient = sibling.patient ?? sibling.previous?.patient;
      if (person) change.person = person;
      if (patient) change.patient = patient;
    } else if (id) {
      const link = known.get(id) ?? reserved.get(id) ?? reserve(id, facility, now);
      if (!known.has(id)) reserved.set(id, link);
      if (link.facility !== facility && !open.has(link.patient)) throw closed(change);
      change.person = link.placement;
      change.patient = link.patient;
    }
    change.row = change.previous?.id ?? newRowId(change.person, now);
  });
  return [...reserved.values()];
}

/** The id in `Patient/id` (also under an absolute URL), or undefined for anything else. */
function patientId(reference: string): string | undefined {
  return /(?:^|\/)Patient\/([A-Za-z0-9\-.]{1,64})(?:\/_history\/.*)?$/.exec(reference)?.[1];
}

function reserve(id: string, facility: number, now: number): PatientLink {
  const placement = newPerson();
  return { patient: newRowId(placement, now), placement, person: placement, facility, client_id: id };
}

/** Which of these Patients of other facilities are open to the caller. */
async function openAmong(
  ports: Ports,
  context: Context,
  reach: Reach,
  links: readonly PatientLink[],
  facility: number,
): Promise<Set<string>> {
  const foreign = links.filter((link) => link.facility !== facility).map(({ patient }) => patient);
  if (foreign.length === 0 || reach.everything) return new Set(foreign);
  const { patients } = await ports.decide(context, { action: 'read', types: ['Patient'], patients: foreign });
  return new Set(patients);
}

/** Nobody writes into a chart that is not open to them: the person would see a stranger's entry. */
function closed(change: Change) {
  return outcomeError(
    'business-rule',
    'This Patient belongs to another facility and is not open to you; open it first (POST Patient/{id}/$open) or send your own Patient with the person number',
    `${change.path || change.type}.subject`,
  );
}
