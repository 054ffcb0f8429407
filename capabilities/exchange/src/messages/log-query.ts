import type { Issue } from '@yba/fhir';
import type { Sql } from '@yba/postgres';
import { facilityCode, facilityNumber } from '@yba/repository';
import { isFacilityCode } from '@yba/vietnam';
import { messageId } from './digests.ts';
import { codeIn, type OperatorReach } from './operators.ts';
import { EVENTS, type MessageEvent, type MessageState, numberOf, refusal, STATES } from './vocabulary.ts';
import { patientLane } from './what-it-is-about.ts';

/** What of the log is asked for. */
export type LogFilter = {
  facility?: number;
  /** Ids of Patients: the person's, over all facilities. */
  patients?: readonly string[];
  state?: MessageState;
  event?: MessageEvent;
  /** A facility's record number: its Patient, when it is known, and the digest of the number. */
  number?: { patient: string | undefined; lane: string };
  /** Keys of the messages themselves. */
  ids?: readonly string[];
  from?: string;
  to?: string;
};

/** A row of the log. */
export type LogRow = {
  id: string;
  received: string;
  settled: Date | null;
  facility: number;
  facility_name: string | null;
  sender_name: string;
  identifier: string;
  event: number;
  state: number;
  disposition: number | null;
  attempts: number;
  replays: number;
  size: number;
  patient: string | null;
  links: string[] | null;
  outcome: Issue[] | null;
};

/** The person's Patients, a key that nobody has finds none; and the Patient of a facility's record number. */
type Finders = {
  patientsOf(person: string): Promise<readonly string[]>;
  patientOfNumber(facility: string, number: string): Promise<string | undefined>;
};

/**
 * Reads a filter within what the operator sees. `person` is a person key, or `Patient/<id>` of one of their Patients;
 * `number` a record number of the facility, which also finds what was refused because nobody is known by it.
 * Throws `value` for what is none.
 */
export async function filterOf(
  reach: OperatorReach,
  said: (name: string) => string[],
  { patientsOf, patientOfNumber }: Finders,
): Promise<LogFilter> {
  const [code] = said('facility');
  if (code !== undefined && !isFacilityCode(code))
    throw refusal(
      'value',
      ['facility là mã 5 ký tự của cơ sở.', 'facility is a 5-character code.'],
      'facility',
    );
  const asked = code === undefined ? undefined : facilityNumber(code);
  const facility = reach.facility ?? asked;
  if (reach.facility !== undefined && asked !== undefined && asked !== reach.facility)
    throw refusal(
      'forbidden',
      ['Chỉ xem được thông điệp của cơ sở mình.', 'Only your own facility’s messages are shown to you.'],
      'facility',
    );
  const [person] = said('person');
  const [number] = said('number');
  const [identifier] = said('identifier');
  const state = codeIn(STATES, said('state')[0], 'state');
  const event = codeIn(EVENTS, said('event')[0], 'event');
  const from = instantOf(said('from')[0], 'from');
  const to = instantOf(said('to')[0], 'to');
  return {
    ...(facility === undefined ? {} : { facility }),
    ...(person === undefined ? {} : { patients: await patientsOf(person) }),
    ...(number === undefined ? {} : { number: await numberFilter(number, facility, patientOfNumber) }),
    ...(identifier === undefined ? {} : { ids: [idOf(identifier, facility)] }),
    ...(state ? { state } : {}),
    ...(event ? { event } : {}),
    ...(from ? { from } : {}),
    ...(to ? { to } : {}),
  };
}

async function numberFilter(
  number: string,
  facility: number | undefined,
  patientOfNumber: Finders['patientOfNumber'],
): Promise<NonNullable<LogFilter['number']>> {
  if (facility === undefined)
    throw refusal(
      'required',
      [
        'Tìm theo mã bệnh nhân của cơ sở thì cần chọn cơ sở.',
        'To find by a record number, choose the facility.',
      ],
      'facility',
    );
  const code = facilityCode(facility);
  return { patient: await patientOfNumber(code, number), lane: patientLane(code, number) };
}

/** A sender's id means something within its facility alone. */
function idOf(identifier: string, facility: number | undefined): string {
  if (facility === undefined)
    throw refusal(
      'required',
      ['Tìm theo mã thông điệp thì cần chọn cơ sở.', 'To find a message by its id, choose the facility.'],
      'facility',
    );
  return messageId(facilityCode(facility), identifier);
}

function instantOf(text: string | undefined, name: string): string | undefined {
  if (text === undefined) return undefined;
  if (/^\d{4}-\d{2}-\d{2}(T[\d:.]+(Z|[+-]\d{2}:\d{2}))?$/.test(text) && !Number.isNaN(Date.parse(text)))
    return text;
  throw refusal('value', [`${name} là ngày hoặc thời điểm ISO.`, `${name} is an ISO date or instant.`], name);
}

/** Where a page goes on: behind this row. */
export type LogCursor = { received: string; id: string };

/** Reads a cursor as `cursorText` writes it. Throws `value` for another text. */
export function cursorOf(text: string | undefined): LogCursor | undefined {
  if (text === undefined) return undefined;
  const match = /^([\dT:.+Z-]{10,40})~([0-9a-f-]{36})$/.exec(text);
  if (!match || Number.isNaN(Date.parse(match[1]!)))
    throw refusal('value', ['page không phải trang của nhật ký này.', 'page is none of this log.'], 'page');
  return { received: match[1]!, id: match[2]! };
}

export const cursorText = ({ received, id }: LogCursor): string => `${received}~${id}`;

/**
 * A page of the log, newest first. Each combination of state and event that the filter leaves open is a range of an
 * index that begins with them, read in its order: what is found is joined, so that no filter reads more than a page of
 * each. Decision: docs/decisions/0074-message-log.md
 */
export async function logPage(
  owner: Sql,
  filter: LogFilter,
  cursor: LogCursor | undefined,
  count: number,
): Promise<LogRow[]> {
  const found = foundBy(owner, filter, cursor, owner`order by m.received desc, m.id desc limit ${count}`);
  return owner<LogRow[]>`
    with page as (select id, received from (${found}) found order by received desc, id desc limit ${count})
    select m.id, to_char(m.received at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as received, m.settled, m.facility,
      s.facility_name, s.name as sender_name, m.identifier, m.event, m.state, m.disposition, m.attempts, m.replays, m.size, m.patient,
      m.links, m.outcome
    from page join message m on m.id = page.id and m.received = page.received
    join message_sender s on s.id = m.sender
    order by m.received desc, m.id desc`;
}

/** Most messages that are counted; beyond there are "more than". */
export const COUNTED_MOST = 100_000;

/** How many messages a filter finds, counted up to COUNTED_MOST. */
export async function logCount(owner: Sql, filter: LogFilter): Promise<number> {
  const [row] = await owner<{ n: number }[]>`
    select count(*)::int as n from (
      select 1 from (${foundBy(owner, filter, undefined, owner`limit ${COUNTED_MOST}`)}) found limit ${COUNTED_MOST}) counted`;
  return row!.n;
}

/** Ids and times of what a filter finds; `newest` orders and limits each range. */
function foundBy(
  owner: Sql,
  { facility, patients, number, state, event, ids, from, to }: LogFilter,
  cursor: LogCursor | undefined,
  newest: ReturnType<Sql>,
) {
  const states = state ? [numberOf(STATES, state)] : STATES.map((each) => numberOf(STATES, each));
  const events = event ? [numberOf(EVENTS, event)] : EVENTS.map((each) => numberOf(EVENTS, each));
  const within = owner`
    ${from ? owner`and m.received >= ${from}::text::timestamptz` : owner``}
    ${to ? owner`and m.received < ${to}::text::timestamptz` : owner``}
    ${cursor ? owner`and m.received <= ${cursor.received}::text::timestamptz and (m.received, m.id) < (${cursor.received}::text::timestamptz, ${cursor.id}::uuid)` : owner``}`;
  const ofFacility = facility === undefined ? owner`` : owner`and m.facility = ${facility}`;
  const coded = owner`and m.state = any(${states}::smallint[]) and m.event = any(${events}::smallint[])`;
  const rest = owner`${ofFacility} ${coded} ${within} ${newest}`;
  if (ids) return owner`select m.id, m.received from message m where m.id = any(${[...ids]}::uuid[]) ${rest}`;
  if (number)
    return owner`
      (select m.id, m.received from message m where m.patient = ${number.patient ?? null} ${rest})
      union (select m.id, m.received from message m where m.subjects @> array[${number.lane}::bigint] ${rest})
      union (select m.id, m.received from message_lane l join message_queue q on q.seq = l.seq
        join message m on m.id = q.id and m.received = q.received where l.lane = ${number.lane} ${rest})`;
  if (patients)
    return owner`
      select found.id, found.received from unnest(${[...patients]}::text[]) as p (patient) cross join lateral (
        select m.id, m.received from message m where m.patient = p.patient ${rest}) found`;
  return owner`
    select found.id, found.received from unnest(${states}::smallint[]) as s (state) cross join unnest(${events}::smallint[]) as e (event)
    cross join lateral (
      select m.id, m.received from message m where m.state = s.state and m.event = e.event ${ofFacility} ${within} ${newest}) found`;
}
