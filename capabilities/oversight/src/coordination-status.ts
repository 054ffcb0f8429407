import { forbidden } from '@yba/fhir';
import type { Operation } from '@yba/http';
import type { Sql } from '@yba/postgres';
import { facilityCode, facilityNumber } from '@yba/repository';
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
  connected: boolean;
  today: number;
};

/** The sums of one province; `province` is null for facilities whose address does not tell. */
type Sums = {
  province: string | null;
  facilities: number;
  connected: number;
  sending: number;
  visits: number;
  received: number;
  contact: Date | null;
};

/** Facilities listed in one answer; the sums always cover all. */
const LISTED = 500;

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
  const senders = (await credentialed()).map(facilityNumber);
  const [sums, facilities, hours, position] = await Promise.all([
    sumsOn(sql, day, at, senders),
    facilitiesOn(sql, day, senders, province),
    hoursOf(sql, day),
    positionOf(sql),
  ]);
  const total = (what: 'facilities' | 'connected' | 'sending' | 'visits' | 'received') =>
    sums.reduce((sum, each) => sum + each[what], 0);
  const listed =
    province === null
      ? total('facilities')
      : (sums.find((each) => each.province === province)?.facilities ?? 0);
  return {
    resourceType: 'Parameters',
    parameter: [
      { name: 'asOf', valueDateTime: at.toISOString() },
      { name: 'day', valueDate: day },
      { name: 'timeZone', valueString: TIME_ZONE },
      { name: 'source', valueString: 'feed' },
      { name: 'feedPosition', valueString: position },
      { name: 'visitsToday', valueInteger: total('visits') },
      { name: 'receivedToday', valueInteger: total('received') },
      { name: 'facilities', valueInteger: total('facilities') },
      { name: 'connectedFacilities', valueInteger: total('connected') },
      { name: 'sendingFacilities', valueInteger: total('sending') },
      ...provinceParts(sums),
      ...facilities.map(facilityPart),
      ...(listed > LISTED ? [{ name: 'facilitiesOmitted', valueInteger: listed - LISTED }] : []),
      ...hourParts(hours, day, localHour(at)),
    ],
  };
}

const sumsOn = (sql: Sql, day: string, at: Date, senders: readonly number[]) => sql<Sums[]>`
  select f.province, count(*)::int as facilities,
    count(*) filter (where f.contact is not null or f.facility = any(${senders as number[]}::int[]))::int as connected,
    count(*) filter (where f.contact > ${at}::timestamptz - interval '24 hours')::int as sending,
    coalesce(sum(d.visits), 0)::int as visits, coalesce(sum(d.received), 0)::int as received, max(f.contact) as contact
  from oversight_facility f left join oversight_day d on d.day = ${day} and d.facility = f.facility
  group by f.province`;

/** Facilities of the country or of one province, those longest silent first. */
const facilitiesOn = (sql: Sql, day: string, senders: readonly number[], province: string | null) => sql<
  Facility[]
>`
  select f.facility, f.name, f.kind, f.province, f.contact, coalesce(d.visits, 0) as today,
    f.contact is not null or f.facility = any(${senders as number[]}::int[]) as connected
  from oversight_facility f left join oversight_day d on d.day = ${day} and d.facility = f.facility
  ${province === null ? sql`` : sql`where f.province = ${province}`}
  order by f.contact nulls last, f.facility limit ${LISTED}`;

type HourRow = { day: string; hour: number; visits: number };

const hoursOf = (sql: Sql, day: string) => sql<HourRow[]>`
  select to_char(day, 'YYYY-MM-DD') as day, hour, visits from oversight_hour
  where day in (${day}, ${daysBefore(day, 7)})`;

async function positionOf(sql: Sql): Promise<string> {
  const [row] = await sql<{ position: string }[]>`
    select position::text as position from feed_cursor where subscriber = 'oversight'`;
  return row?.position ?? '0';
}

function provinceParts(sums: readonly Sums[]): Parameter[] {
  return provinces().map(({ code, name }) => {
    const here = sums.find((each) => each.province === code);
    return {
      name: 'province',
      part: [
        { name: 'code', valueCode: code },
        { name: 'name', valueString: name },
        { name: 'facilities', valueInteger: here?.facilities ?? 0 },
        { name: 'connected', valueInteger: here?.connected ?? 0 },
        { name: 'visitsToday', valueInteger: here?.visits ?? 0 },
        ...(here?.contact ? [{ name: 'lastContact', valueDateTime: here.contact.toISOString() }] : []),
      ],
    };
  });
}

function facilityPart(of: Facility): Parameter {
  const code = facilityCode(of.facility);
  return {
    name: 'facility',
    part: [
      { name: 'code', valueCode: code },
      { name: 'name', valueString: of.name ?? code },
      ...(of.kind ? [{ name: 'kind', valueCode: of.kind }] : []),
      ...(of.province ? [{ name: 'province', valueCode: of.province }] : []),
      { name: 'connected', valueBoolean: of.connected },
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
