import type { FeedEntry, Resource } from '@yba/fhir';
import type { Transaction } from '@yba/postgres';
import { facilityNumber, type Subscriber } from '@yba/repository';
import { FACILITY } from '@yba/vietnam';

/** Reads what is stored now under these ids, as the platform itself; deleted and unknown ones are left out. */
export type ReadMany = (type: string, ids: readonly string[]) => Promise<Resource[]>;

type Care = {
  facility: number;
  kind: 'encounter' | 'appointment' | 'referral' | 'care-team';
  until: Date | null;
  /** `Practitioner/<id>` whose relationship it is alone; '' for the facility's. */
  member: string;
};

type Duty = { resource: string; practitioner: string; facility: number; since: Date; until: Date };

const ACTIVE: Readonly<Record<string, ReadonlySet<unknown>>> = {
  Encounter: new Set(['planned', 'arrived', 'triaged', 'in-progress', 'onleave']),
  Appointment: new Set(['pending', 'booked', 'arrived', 'checked-in']),
  ServiceRequest: new Set(['active', 'on-hold']),
  Task: new Set(['requested', 'received', 'accepted', 'ready', 'in-progress', 'on-hold']),
  CareTeam: new Set(['active']),
};

const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * Keeps `care_relationship` in step with encounters, appointments, referrals and care teams as they are written, and
 * `duty` with the Schedules that say who is on duty.
 */
export function careRelationships(readMany: ReadMany): Subscriber {
  return {
    name: 'care-relationships',
    types: [...Object.keys(ACTIVE), 'Schedule'],
    async apply(transaction, entries) {
      await keepDuties(
        transaction,
        readMany,
        entries.filter(({ type }) => type === 'Schedule'),
      );
      const concerned = entries.filter(({ type, patient }) => Object.hasOwn(ACTIVE, type) && patient);
      const latest = new Map(concerned.map((entry) => [`${entry.type}/${entry.id}`, entry]));
      if (latest.size === 0) return;
      const active = (await readAll(readMany, [...latest.values()])).filter(isActive);
      const facilities = await facilitiesNamed(readMany, active);
      const cares = active.flatMap((resource) => {
        const reference = `${resource.resourceType}/${resource.id}`;
        const { patient, facility } = latest.get(reference)!;
        return careOf(resource, facility, facilities).map((care) => ({
          ...care,
          patient,
          resource: reference,
        }));
      });
      await replace(transaction, [...latest.keys()], cares);
      await backedByReferrals(transaction, active);
    },
  };
}

async function readAll(readMany: ReadMany, entries: readonly FeedEntry[]): Promise<Resource[]> {
  const stored = entries.filter(({ action }) => action !== 'delete');
  const byType = Object.entries(Object.groupBy(stored, ({ type }) => type));
  const found = await Promise.all(
    byType.map(([type, some]) =>
      readMany(
        type,
        some!.map(({ id }) => id),
      ),
    ),
  );
  return found.flat();
}

const isActive = ({ resourceType, status }: Resource) => ACTIVE[resourceType]!.has(status);

/** Makes `cares` the only relationships in force that rest on these resources. */
async function replace(
  transaction: Transaction,
  references: readonly string[],
  cares: readonly Care[],
): Promise<void> {
  await transaction`
    with care as (
      select * from jsonb_to_recordset(${transaction.json(cares as never)}) as care(patient uuid, facility int, kind text,
        resource text, until timestamptz, member text)
    ), ended as (
      update care_relationship r set until = now()
      where r.resource = any(${references as string[]}) and (r.until is null or r.until > now())
        and not exists (select from care c where c.resource = r.resource and c.facility = r.facility and c.member = r.member)
    )
    insert into care_relationship (patient, facility, kind, resource, until, member)
    select distinct on (resource, facility, member) patient, facility, kind, resource, until, member from care
    on conflict (resource, facility, member) do update set patient = excluded.patient, kind = excluded.kind, until = excluded.until`;
}

/**
 * An appointment that rests on a referral to this facility for the same person is not of the making of whoever booked it:
 * another facility sent the patient; unless it was they who sent it from there.
 */
async function backedByReferrals(transaction: Transaction, active: readonly Resource[]): Promise<void> {
  const booked = active.flatMap(({ resourceType, id, basedOn }) =>
    resourceType === 'Appointment'
      ? ((basedOn ?? []) as Reference[]).map(({ reference }) => ({
          resource: `Appointment/${id}`,
          request: reference ?? '',
        }))
      : [],
  );
  if (booked.length === 0) return;
  await transaction`
    delete from care_author a
    using jsonb_to_recordset(${transaction.json(booked)}) as booked(resource text, request text),
      care_relationship own, care_relationship referral, patient_link here, patient_link there
    where a.resource = booked.resource and own.resource = booked.resource and referral.resource = booked.request
      and referral.kind = 'referral' and referral.facility = own.facility
      and here.patient = own.patient and there.patient = referral.patient and here.person = there.person
      and not exists (select from care_author sent where sent.resource = referral.resource and sent.subject = a.subject)`;
}

/** Which facilities care for the patient because of this active resource of facility `own`. */
function careOf(resource: Resource, own: string, facilities: ReadonlyMap<string, string>): Care[] {
  if (resource.resourceType === 'Encounter') return careAt(own, 'encounter', null);
  if (resource.resourceType === 'CareTeam') {
    const end = instantOf((resource.period as { end?: string } | undefined)?.end);
    return practitionersOf(resource.participant).flatMap((member) => careAt(own, 'care-team', end, member));
  }
  if (resource.resourceType === 'Appointment') {
    const end = Date.parse(String(resource.end ?? resource.start ?? ''));
    return careAt(own, 'appointment', Number.isNaN(end) ? null : new Date(end + DAY_MS));
  }
  return referredTo(resource).flatMap(({ reference, identifier }) => {
    const facility = identifier?.system === FACILITY ? identifier.value : facilities.get(reference ?? '');
    return facility && facility !== own ? careAt(facility, 'referral', validUntil(resource)) : [];
  });
}

function careAt(facility: string, kind: Care['kind'], until: Date | null, member = ''): Care[] {
  return /^[0-9A-Z]{5}$/.test(facility) ? [{ facility: facilityNumber(facility), kind, until, member }] : [];
}

/** The members of a team who are practitioners, by `Practitioner/<id>`. */
function practitionersOf(participants: unknown): string[] {
  const members = (participants ?? []) as { member?: Reference }[];
  return members.flatMap(({ member }) => practitionerIn(member) ?? []);
}

const practitionerIn = (reference: Reference | undefined) =>
  /^Practitioner\/[A-Za-z0-9\-.]{1,64}$/.exec(reference?.reference ?? '')?.[0];

function instantOf(text: string | undefined): Date | null {
  const time = Date.parse(text ?? '');
  return Number.isNaN(time) ? null : new Date(time);
}

/**
 * Makes the duties that Schedules tell of (actor a Practitioner, a planning horizon) the only ones that rest on them. Nobody
 * puts themselves on duty.
 */
async function keepDuties(
  transaction: Transaction,
  readMany: ReadMany,
  entries: readonly FeedEntry[],
): Promise<void> {
  if (entries.length === 0) return;
  const latest = new Map(entries.map((entry) => [`Schedule/${entry.id}`, entry]));
  const schedules = await readAll(readMany, [...latest.values()]);
  const duties = schedules.flatMap((schedule): Duty[] => {
    const { start, end } = (schedule.planningHorizon ?? {}) as { start?: string; end?: string };
    const [since, until] = [instantOf(start), instantOf(end)];
    const resource = `Schedule/${schedule.id}`;
    const { facility } = latest.get(resource)!;
    if (schedule.active === false || !since || !until || !/^[0-9A-Z]{5}$/.test(facility)) return [];
    return [
      ...new Set(((schedule.actor ?? []) as Reference[]).flatMap((actor) => practitionerIn(actor) ?? [])),
    ].map((practitioner) => ({ resource, practitioner, facility: facilityNumber(facility), since, until }));
  });
  await transaction`delete from duty where resource = any(${[...latest.keys()]})`;
  await transaction`
    insert into duty (resource, practitioner, facility, since, until)
    select resource, practitioner, facility, since, until
    from jsonb_to_recordset(${transaction.json(duties as never)}) as duty(resource text, practitioner text, facility int, since timestamptz, until timestamptz)
    where not exists (select from care_author a where a.resource = duty.resource and a.practitioner = duty.practitioner)`;
}

/** A referral opens a record no longer than it holds, unless the patient has arrived. */
function validUntil({ status, restriction, occurrencePeriod }: Resource): Date | null {
  if (status === 'in-progress') return null;
  const { period } = (restriction ?? {}) as { period?: { end?: string } };
  return instantOf((period ?? (occurrencePeriod as { end?: string } | undefined))?.end);
}

type Identifier = { system?: string; value?: string };
type Reference = { reference?: string; identifier?: Identifier };

function referredTo({ resourceType, performer, owner }: Resource): Reference[] {
  if (resourceType === 'ServiceRequest') return (performer as Reference[] | undefined) ?? [];
  return resourceType === 'Task' && owner ? [owner as Reference] : [];
}

/** `Organization/<id>` → facility code, of the Organizations that these referrals point to. */
async function facilitiesNamed(
  readMany: ReadMany,
  resources: readonly Resource[],
): Promise<Map<string, string>> {
  const named = resources
    .flatMap(referredTo)
    .flatMap(({ reference }) => /^Organization\/([^/]+)$/.exec(reference ?? '')?.[1] ?? []);
  if (named.length === 0) return new Map();
  const organizations = await readMany('Organization', [...new Set(named)]);
  return new Map(
    organizations.flatMap(({ id, identifier }) => {
      const code = (identifier as Identifier[] | undefined)?.find(({ system }) => system === FACILITY)?.value;
      return code ? [[`Organization/${id}`, code] as const] : [];
    }),
  );
}
