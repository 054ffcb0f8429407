import type { FeedEntry, Resource } from '@yba/fhir';
import type { Transaction } from '@yba/postgres';
import { facilityNumber } from '@yba/repository';
import { localDay, localHour } from './local-time.ts';
import { registeredFacility } from './registered-facility.ts';

/** Reads what is stored now behind these ids, as the platform itself; deleted and unknown ones are left out. */
export type ReadMany = (type: string, ids: readonly string[]) => Promise<readonly Resource[]>;

type Visit = { encounter: string; facility: number; started: Date; received: Date };

/** Encounters that are no visits: never begun, or entered by mistake. */
const NOT_VISITS: ReadonlySet<unknown> = new Set(['planned', 'cancelled', 'entered-in-error']);

/**
 * Keeps the coordination's figures in step with the store: who sent when, and how many visits began in which hour.
 * It looks at what is stored now, so entries may come in any order and be seen again: the sums stay true.
 */
export function figuresSubscriber(read: ReadMany) {
  return {
    name: 'oversight',
    types: ['Encounter', 'Organization'],
    async apply(transaction: Transaction, entries: readonly FeedEntry[]): Promise<void> {
      await noteContacts(transaction, entries);
      await noteFacilities(transaction, entries, read);
      await noteVisits(transaction, entries, read);
    },
  };
}

/** One entry for each resource of the type: the first, which tells when it was received. */
function changedOf(entries: readonly FeedEntry[], type: string): Map<string, FeedEntry> {
  const changed = new Map<string, FeedEntry>();
  for (const entry of entries)
    if (entry.type === type && !changed.has(entry.id)) changed.set(entry.id, entry);
  return changed;
}

/** Any committed change of a facility is a sign of life. */
async function noteContacts(transaction: Transaction, entries: readonly FeedEntry[]): Promise<void> {
  const contacts = new Map<string, Date>();
  for (const { facility, at } of entries) {
    if (!facility) continue;
    const known = contacts.get(facility);
    if (!known || known < at) contacts.set(facility, at);
  }
  if (contacts.size === 0) return;
  const rows = [...contacts].map(([facility, contact]) => ({ facility: facilityNumber(facility), contact }));
  await transaction`
    insert into oversight_facility ${transaction(rows)}
    on conflict (facility) do update set contact = greatest(oversight_facility.contact, excluded.contact)`;
}

/** Facilities register themselves through the platform; what one facility writes of another does not count. */
async function noteFacilities(
  transaction: Transaction,
  entries: readonly FeedEntry[],
  read: ReadMany,
): Promise<void> {
  const changed = changedOf(entries, 'Organization');
  if (changed.size === 0) return;
  const found = new Map((await read('Organization', [...changed.keys()])).map((each) => [each.id!, each]));
  for (const [id, { facility: sender }] of changed) {
    const resource = found.get(id);
    const told = resource && registeredFacility(resource);
    await transaction`
      update oversight_facility set organization = null, name = null, kind = null, province = null where organization = ${id}`;
    if (!told || (sender !== '' && sender !== told.code)) continue;
    await transaction`
      insert into oversight_facility (facility, organization, name, kind, province)
      values (${facilityNumber(told.code)}, ${id}, ${told.name}, ${told.kind}, ${told.province})
      on conflict (facility) do update set
        organization = excluded.organization, name = excluded.name, kind = excluded.kind, province = excluded.province`;
  }
}

async function noteVisits(
  transaction: Transaction,
  entries: readonly FeedEntry[],
  read: ReadMany,
): Promise<void> {
  const changed = changedOf(entries, 'Encounter');
  if (changed.size === 0) return;
  const ids = [...changed.keys()];
  const before = new Map(
    (
      await transaction<
        Visit[]
      >`select encounter, facility, started, received from oversight_visit where encounter = any(${ids}) for update`
    ).map((visit) => [visit.encounter, visit]),
  );
  const after = new Map<string, Visit>();
  for (const resource of await read('Encounter', ids)) {
    const entry = changed.get(resource.id!)!;
    const visit = visitOf(resource, entry, before.get(entry.id));
    if (visit) after.set(visit.encounter, visit);
  }
  await keep(transaction, ids, after);
  await count(transaction, [...before.values()], [...after.values()]);
}

function visitOf(resource: Resource, entry: FeedEntry, known: Visit | undefined): Visit | undefined {
  if (NOT_VISITS.has(resource['status'])) return undefined;
  const start = Date.parse((resource['period'] as { start?: string } | undefined)?.start ?? '');
  const received = known?.received ?? entry.at;
  return {
    encounter: entry.id,
    facility: facilityNumber(entry.facility),
    started: Number.isNaN(start) ? received : new Date(start),
    received,
  };
}

async function keep(
  transaction: Transaction,
  ids: readonly string[],
  after: ReadonlyMap<string, Visit>,
): Promise<void> {
  const gone = ids.filter((id) => !after.has(id));
  if (gone.length > 0) await transaction`delete from oversight_visit where encounter = any(${gone})`;
  if (after.size === 0) return;
  await transaction`
    insert into oversight_visit ${transaction([...after.values()], 'encounter', 'facility', 'started', 'received')}
    on conflict (encounter) do update set started = excluded.started`;
}

/** Adds the differences to the sums by facility and day, and by hour for the country. */
async function count(
  transaction: Transaction,
  before: readonly Visit[],
  after: readonly Visit[],
): Promise<void> {
  const days = new Map<string, { day: string; facility: number; visits: number; received: number }>();
  const hours = new Map<string, { day: string; hour: number; visits: number }>();
  const add = ({ facility, started, received }: Visit, by: 1 | -1) => {
    sumOf(days, { day: localDay(started), facility }, { visits: 0, received: 0 }).visits += by;
    sumOf(days, { day: localDay(received), facility }, { visits: 0, received: 0 }).received += by;
    sumOf(hours, { day: localDay(started), hour: localHour(started) }, { visits: 0 }).visits += by;
  };
  for (const visit of before) add(visit, -1);
  for (const visit of after) add(visit, 1);
  const byDay = [...days.values()].filter(({ visits, received }) => visits !== 0 || received !== 0);
  const byHour = [...hours.values()].filter(({ visits }) => visits !== 0);
  if (byDay.length > 0) {
    await transaction`
      insert into oversight_day ${transaction(byDay)}
      on conflict (day, facility) do update set
        visits = oversight_day.visits + excluded.visits, received = oversight_day.received + excluded.received`;
  }
  if (byHour.length > 0) {
    await transaction`
      insert into oversight_hour ${transaction(byHour)}
      on conflict (day, hour) do update set visits = oversight_hour.visits + excluded.visits`;
  }
}

/** The sum kept under this key, begun with `zero`. */
function sumOf<K extends object, V extends object>(sums: Map<string, K & V>, key: K, zero: V): K & V {
  const name = Object.values(key).join(' ');
  const known = sums.get(name);
  if (known) return known;
  const sum = { ...key, ...zero };
  sums.set(name, sum);
  return sum;
}
