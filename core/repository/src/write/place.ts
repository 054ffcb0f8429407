import { firstPatient, outcomeError } from '@yba/fhir';
import type { Context } from '@yba/fhir';
import { closedChart } from '../audit-read.ts';
import type { PersonLink, Ports, Reach } from '../ports.ts';
import type { PatientLink } from '../rows/locate.ts';
import { publicId } from '../rows/row.ts';
import { newPerson, newRowId } from '../rows/row-id.ts';
import { facilityOf } from '../rows/session.ts';
import { changeId, isWritten } from './change.ts';
import type { Change } from './change.ts';
import type { Lookups } from './lookups.ts';

/** Links to write for Patients, and the ids and placements kept for Patients not yet stored. */
export type Placement = {
  links: (PersonLink & { placement: string; clientId?: string })[];
  reserved: PatientLink[];
};

/** Gives each Patient that is written its row id and placement; whose it is, the client registry answers. */
export async function placePatients(
  lookups: Lookups,
  context: Context,
  reach: Reach,
  changes: readonly Change[],
  now: number,
): Promise<Placement['links']> {
  const facility = facilityOf(reach);
  const patients = changes.filter((change) => change.type === 'Patient' && isWritten(change));
  if (patients.length === 0) return [];
  const links = await Promise.all(patients.map((change) => linkOf(lookups, change)));
  const answers = await Promise.all(
    patients.map(({ resource }, index) => {
      const link = links[index];
      return lookups.person({
        resource: resource!,
        facility,
        ...(link ? { patient: link.patient, linked: link.person } : {}),
      });
    }),
  );
  return patients.map((change, index) => {
    const answer = answers[index]!;
    const link = links[index];
    change.person = link?.placement ?? answer.person;
    change.row = link?.patient ?? newRowId(change.person, now);
    change.patient = change.row;
    change.about = answer.person;
    return {
      patient: change.row,
      resource: change.resource!,
      placement: change.person,
      facility,
      answer,
      by: context.caller.subject,
      ...(link ? { was: link.person } : {}),
      ...(change.clientId ? { clientId: change.clientId } : {}),
    };
  });
}

/** The link of a Patient that is stored, or whose id was reserved by what speaks of it. */
async function linkOf(lookups: Lookups, { previous, clientId }: Change): Promise<PatientLink | undefined> {
  const id = previous ? publicId(previous) : clientId;
  return id === undefined ? undefined : lookups.link(id);
}

/**
 * Decides where every other row lies and of which Patient it speaks, and gives new rows their ids: with the first
 * Patient of its compartment, else among the shared rows. A subject not yet stored gets its placement now, so that
 * it may arrive later. Answers those reserved links.
 */
export async function placeOthers(
  lookups: Lookups,
  ports: Ports,
  context: Context,
  reach: Reach,
  changes: readonly Change[],
  now: number,
): Promise<PatientLink[]> {
  const facility = facilityOf(reach);
  const others = changes.filter((change) => change.type !== 'Patient' && isWritten(change));
  const siblings = new Map<string, Change>();
  for (const change of changes)
    if (change.type === 'Patient' && change.action !== 'absent') siblings.set(changeId(change), change);
  const subjects = others.map((change) => firstPatient(change.resource!));
  const known = await linksOf(lookups, subjects, siblings);
  const open = await openAmong(ports, context, reach, known, facility);
  const reserved = new Map<string, PatientLink>();
  for (const [index, change] of others.entries()) {
    const id = subjects[index];
    const sibling = id === undefined ? undefined : siblings.get(id);
    if (sibling?.about !== undefined) {
      change.person = sibling.person!;
      change.patient = sibling.patient!;
      change.about = sibling.about;
    } else if (id !== undefined) {
      const link = known.get(id) ?? reserved.get(id) ?? reserve(id, facility, now);
      if (!known.has(id)) reserved.set(id, link);
      if (link.facility !== facility && !open.has(link.patient))
        throw closedChart(closed(change), link.person);
      change.person = link.placement;
      change.patient = link.patient;
      change.about = link.person;
    }
    change.row = change.previous?.id ?? newRowId(change.person, now);
  }
  for (const change of changes) keepPlace(change);
  return [...reserved.values()];
}

/** The links of the subjects that are stored already, by their ids. */
async function linksOf(
  lookups: Lookups,
  subjects: readonly (string | undefined)[],
  siblings: ReadonlyMap<string, Change>,
): Promise<Map<string, PatientLink>> {
  const asked = new Map<string, Promise<PatientLink | undefined>>();
  for (const id of subjects)
    if (id !== undefined && !asked.has(id) && siblings.get(id)?.about === undefined)
      asked.set(id, lookups.link(id));
  const known = new Map<string, PatientLink>();
  if (asked.size === 0) return known;
  await Promise.all(asked.values());
  for (const [id, asking] of asked) {
    const link = await asking;
    if (link) known.set(id, link);
  }
  return known;
}

/** A deletion stays where the row lay. */
function keepPlace(change: Change): void {
  if (change.action !== 'delete' || !change.previous) return;
  change.row = change.previous.id;
  if (change.previous.person) change.person = change.previous.person;
  if (change.previous.patient) change.patient = change.previous.patient;
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
  links: ReadonlyMap<string, PatientLink>,
  facility: number,
): Promise<Set<string>> {
  const foreign: string[] = [];
  for (const link of links.values()) if (link.facility !== facility) foreign.push(link.patient);
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
