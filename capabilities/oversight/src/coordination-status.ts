import { forbidden } from '@yba/fhir';
import type { Operation } from '@yba/http';
import type { Sql } from '@yba/postgres';
import { facilityCode } from '@yba/repository';
import { provinces } from '@yba/vietnam/data';
import { daysBefore, localDay, localHour, TIME_ZONE } from './local-time.ts';

export type StatusOptions = {
  /** The owner's pool. */
  sql: Sql;
  /** Codes of the facilities that hold credentials to send with. */
  credentialed(): Promise<readonly string[]>;
  now: () => Date;
};

type Facility = {
  facility: number;
  name: string | null;
  kind: string | null;
  province: string | null;
  contact: Date | null;
  today: number;
  received: number;
};

/** Facilities listed in one answer; the sums always cover all. */
const LISTED = 500;

const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * `GET Organization/$coordination-status`: the coordination's figures for the ministry, as Parameters. A facility is
 * connected when it holds credentials of its own to send with, or data of it is here. `?province=` lists the
 * facilities of one province; sums stay national. Throws `forbidden` for any other role.
 */
export function coordinationStatus(options: StatusOptions): Operation {
  return {
    code: 'coordination-status',
    on: { type: 'Organization' },
    methods: ['GET'],
    handle: async ({ context, query }) => {
      if (context.caller.role !== 'ministry')
        throw forbidden('The figures of the coordination are for the ministry’s officers');
      return {
        resource: await status(options, query.get('province')),
        headers: { 'cache-control': 'no-store' },
      };
    },
  };
}

type Parameter = { name: string; [value: string]: unknown };

async function status({ sql, credentialed, now }: StatusOptions, province: string | null): Promise<object> {
  const at = now();
  const day = localDay(at);
  const [facilities, hours, position, codes] = await Promise.all([
    facilitiesOn(sql, day),
    hoursOf(sql, day),
    positionOf(sql),
    credentialed(),
  ]);
  const senders = new Set(codes);
  const isConnected = (each: Facility) => each.contact !== null || senders.has(facilityCode(each.facility));
  const connected = facilities.filter(isConnected);
  const sending = connected.filter(
    ({ contact }) => contact !== null && at.getTime() - contact.getTime() < DAY_MS,
  );
  const listed = province === null ? facilities : facilities.filter((each) => each.province === province);
  return {
    resourceType: 'Parameters',
    parameter: [
      { name: 'asOf', valueDateTime: at.toISOString() },
      { name: 'day', valueDate: day },
      { name: 'timeZone', valueString: TIME_ZONE },
      { name: 'source', valueString: 'feed' },
      { name: 'feedPosition', valueString: position },
      { name: 'visitsToday', valueInteger: sum(facilities, 'today') },
      { name: 'receivedToday', valueInteger: sum(facilities, 'received') },
      { name: 'facilities', valueInteger: facilities.length },
      { name: 'connectedFacilities', valueInteger: connected.length },
      { name: 'sendingFacilities', valueInteger: sending.length },
      ...provinceParts(facilities, isConnected),
      ...listed.slice(0, LISTED).map((each) => facilityPart(each, isConnected(each))),
      ...(listed.length > LISTED
        ? [{ name: 'facilitiesOmitted', valueInteger: listed.length - LISTED }]
        : []),
      ...hourParts(hours, day, localHour(at)),
    ],
  };
}

/** All facilities known, those longest silent first. */
const facilitiesOn = (sql: Sql, day: string) => sql<Facility[]>`
  select f.facility, f.name, f.kind, f.province, f.contact,
    coalesce(h.visits, 0)::int as today, coalesce(r.visits, 0)::int as received
  from oversight_facility f
  left join (select facility, sum(visits) as visits from oversight_hour where day = ${day} group by facility) h using (facility)
  left join oversight_received r on r.day = ${day} and r.facility = f.facility
  order by f.contact nulls last, f.facility`;

type HourRow = { day: string; hour: number; visits: number };

const hoursOf = (sql: Sql, day: string) => sql<HourRow[]>`
  select to_char(day, 'YYYY-MM-DD') as day, hour, sum(visits)::int as visits from oversight_hour
  where day in (${day}, ${daysBefore(day, 7)}) group by 1, 2`;

async function positionOf(sql: Sql): Promise<string> {
  const [row] = await sql<{ position: string }[]>`
    select position::text as position from feed_cursor where subscriber = 'oversight'`;
  return row?.position ?? '0';
}

const sum = (facilities: readonly Facility[], what: 'today' | 'received'): number =>
  facilities.reduce((total, each) => total + each[what], 0);

function provinceParts(
  facilities: readonly Facility[],
  isConnected: (each: Facility) => boolean,
): Parameter[] {
  return provinces().map(({ code, name }) => {
    const here = facilities.filter((each) => each.province === code);
    const contact = newest(here);
    return {
      name: 'province',
      part: [
        { name: 'code', valueCode: code },
        { name: 'name', valueString: name },
        { name: 'facilities', valueInteger: here.length },
        { name: 'connected', valueInteger: here.filter(isConnected).length },
        { name: 'visitsToday', valueInteger: sum(here, 'today') },
        ...(contact ? [{ name: 'lastContact', valueDateTime: contact.toISOString() }] : []),
      ],
    };
  });
}

function newest(facilities: readonly Facility[]): Date | undefined {
  const times = facilities.flatMap(({ contact }) => (contact ? [contact.getTime()] : []));
  return times.length > 0 ? new Date(Math.max(...times)) : undefined;
}

function facilityPart(of: Facility, connected: boolean): Parameter {
  const code = facilityCode(of.facility);
  return {
    name: 'facility',
    part: [
      { name: 'code', valueCode: code },
      { name: 'name', valueString: of.name ?? code },
      ...(of.kind ? [{ name: 'kind', valueCode: of.kind }] : []),
      ...(of.province ? [{ name: 'province', valueCode: of.province }] : []),
      { name: 'connected', valueBoolean: connected },
      { name: 'visitsToday', valueInteger: of.today },
      ...(of.contact ? [{ name: 'lastContact', valueDateTime: of.contact.toISOString() }] : []),
    ],
  };
}

/** Every hour of today so far, with the same hour a week before; the hours to come with last week's alone. */
function hourParts(rows: readonly HourRow[], day: string, current: number): Parameter[] {
  const visits = (of: string, hour: number) =>
    rows.find((row) => row.day === of && row.hour === hour)?.visits ?? 0;
  const lastWeek = daysBefore(day, 7);
  return Array.from({ length: 24 }, (_, hour) => ({
    name: 'hour',
    part: [
      { name: 'hour', valueInteger: hour },
      ...(hour <= current ? [{ name: 'visits', valueInteger: visits(day, hour) }] : []),
      { name: 'visitsWeekBefore', valueInteger: visits(lastWeek, hour) },
    ],
  }));
}
