import type { FeedEntry, Resource } from '@yba/fhir';
import type { Transaction } from '@yba/postgres';
import { facilityNumber } from '@yba/repository';
import { FACILITY } from '@yba/vietnam';

/** Reads what is stored now behind `Type/id`, as the platform itself; undefined when it is deleted or unknown. */
export type ReadCurrent = (type: string, id: string) => Promise<Resource | undefined>;

/** Something that follows the feed; `apply` runs in the transaction that moves its cursor. */
export type Subscriber = {
  name: string;
  apply(transaction: Transaction, entries: readonly FeedEntry[]): Promise<void>;
};

type Care = { facility: number; kind: 'encounter' | 'appointment' | 'referral'; until: Date | null };

const ACTIVE: Readonly<Record<string, ReadonlySet<unknown>>> = {
  Encounter: new Set(['planned', 'arrived', 'triaged', 'in-progress', 'onleave']),
  Appointment: new Set(['pending', 'booked', 'arrived', 'checked-in']),
  ServiceRequest: new Set(['active', 'on-hold']),
  Task: new Set(['requested', 'received', 'accepted', 'ready', 'in-progress', 'on-hold']),
};

const DAY_MS = 24 * 60 * 60 * 1000;

/** Keeps `care_relationship` in step with encounters, appointments and referrals as they are written. */
export function careRelationships(read: ReadCurrent): Subscriber {
  return {
    name: 'care-relationships',
    async apply(transaction, entries) {
      const latest = new Map(
        entries
          .filter(({ type, patient }) => Object.hasOwn(ACTIVE, type) && patient)
          .map((entry) => [`${entry.type}/${entry.id}`, entry]),
      );
      for (const [reference, entry] of latest) {
        const resource = entry.action === 'delete' ? undefined : await read(entry.type, entry.id);
        await replace(transaction, reference, entry, resource ? await careOf(resource, entry, read) : []);
      }
    },
  };
}

async function replace(
  transaction: Transaction,
  reference: string,
  entry: FeedEntry,
  cares: readonly Care[],
): Promise<void> {
  const facilities = cares.map(({ facility }) => facility);
  await transaction`
    update care_relationship set until = now()
    where resource = ${reference} and (until is null or until > now()) and facility <> all(${facilities}::int[])`;
  for (const { facility, kind, until } of cares) {
    await transaction`
      insert into care_relationship (patient, facility, kind, resource, until)
      values (${entry.patient!}, ${facility}, ${kind}, ${reference}, ${until})
      on conflict (resource, facility) do update set patient = excluded.patient, kind = excluded.kind, until = excluded.until`;
  }
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
