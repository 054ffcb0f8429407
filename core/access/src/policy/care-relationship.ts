import type { FeedEntry, Resource } from '@yba/fhir';
import type { Transaction } from '@yba/postgres';
import { facilityNumber, type Subscriber } from '@yba/repository';
import { FACILITY } from '@yba/vietnam';

/** Reads what is stored now behind `Type/id`, as the platform itself; undefined when it is deleted or unknown. */
export type ReadCurrent = (type: string, id: string) => Promise<Resource | undefined>;

type Care = { facility: number; kind: 'encounter' | 'appointment' | 'referral'; until: Date | null };

const ACTIVE: Readonly<Record<string, ReadonlySet<unknown>>> = {
  Encounter: new Set(['planned', 'arrived', 'triaged', 'in-progress', 'onleave']),
  Appointment: new Set(['pending', 'booked', 'arrived', 'checked-in']),
  ServiceRequest: new Set(['active', 'on-hold']),
  Task: new Set(['requested', 'received', 'accepted', 'ready', 'in-progress', 'on-hold']),
};

const DAY_MS = 24 * 60 * 60 * 1000;

/** Resources read at once: beside the transaction of the cursor, these hold connections of their own. */
const READ_AT_ONCE = 4;

/** Keeps `care_relationship` in step with encounters, appointments and referrals as they are written. */
export function careRelationships(read: ReadCurrent): Subscriber {
  return {
    name: 'care-relationships',
    async apply(transaction, entries) {
      const concerned = entries.filter(({ type, patient }) => Object.hasOwn(ACTIVE, type) && patient);
      const latest = [...new Map(concerned.map((entry) => [referenceTo(entry), entry])).values()];
      const cares: (Care & { patient: string; resource: string })[] = [];
      for (let n = 0; n < latest.length; n += READ_AT_ONCE) {
        const found = await Promise.all(
          latest.slice(n, n + READ_AT_ONCE).map((entry) => caresOf(entry, read)),
        );
        cares.push(...found.flat());
      }
      if (latest.length > 0) await replace(transaction, latest.map(referenceTo), cares);
    },
  };
}

const referenceTo = ({ type, id }: FeedEntry) => `${type}/${id}`;

async function caresOf(entry: FeedEntry, read: ReadCurrent) {
  const resource = entry.action === 'delete' ? undefined : await read(entry.type, entry.id);
  const cares = resource ? await careOf(resource, entry, read) : [];
  return cares.map((care) => ({ ...care, patient: entry.patient!, resource: referenceTo(entry) }));
}

/** Makes `cares` the only relationships in force that rest on these resources. */
async function replace(
  transaction: Transaction,
  references: readonly string[],
  cares: readonly Care[],
): Promise<void> {
  await transaction`
    with care as (
      select * from jsonb_to_recordset(${transaction.json(cares as never)}) as care(patient uuid, facility int, kind text,
        resource text, until timestamptz)
    ), ended as (
      update care_relationship r set until = now()
      where r.resource = any(${references as string[]}) and (r.until is null or r.until > now())
        and not exists (select from care c where c.resource = r.resource and c.facility = r.facility)
    )
    insert into care_relationship (patient, facility, kind, resource, until)
    select distinct on (resource, facility) patient, facility, kind, resource, until from care
    on conflict (resource, facility) do update set patient = excluded.patient, kind = excluded.kind, until = excluded.until`;
}

/** Which facilities care for the patient because of this resource. */
async function careOf(resource: Resource, entry: FeedEntry, read: ReadCurrent): Promise<Care[]> {
  if (!ACTIVE[resource.resourceType]!.has(resource.status)) return [];
  switch (resource.resourceType) {
    case 'Encounter':
      return careAt(entry.facility, 'encounter', null);
    case 'Appointment': {
      const end = Date.parse(String(resource.end ?? resource.start ?? ''));
      return careAt(entry.facility, 'appointment', Number.isNaN(end) ? null : new Date(end + DAY_MS));
    }
    default: {
      const named =
        resource.resourceType === 'Task'
          ? [resource.owner]
          : ((resource.performer as unknown[] | undefined) ?? []);
      const facilities = await Promise.all(
        named.map((reference) => facilityOf(reference as Reference | undefined, read)),
      );
      return facilities.flatMap((facility) =>
        facility && facility !== entry.facility ? careAt(facility, 'referral', null) : [],
      );
    }
  }
}

function careAt(facility: string, kind: Care['kind'], until: Date | null): Care[] {
  return /^[0-9A-Z]{5}$/.test(facility) ? [{ facility: facilityNumber(facility), kind, until }] : [];
}

type Identifier = { system?: string; value?: string };
type Reference = { reference?: string; identifier?: Identifier };

/** The facility code behind a reference to an Organization, by its identifier or by what is stored. */
async function facilityOf(reference: Reference | undefined, read: ReadCurrent): Promise<string | undefined> {
  if (reference?.identifier?.system === FACILITY) return reference.identifier.value;
  const id = /^Organization\/([^/]+)$/.exec(reference?.reference ?? '')?.[1];
  const organization = id === undefined ? undefined : await read('Organization', id);
  return (organization?.identifier as Identifier[] | undefined)?.find(({ system }) => system === FACILITY)
    ?.value;
}
