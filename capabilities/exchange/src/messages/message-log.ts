import type { Issue } from '@yba/fhir';
import { operationOutcome } from '@yba/fhir';
import type { Operation } from '@yba/http';
import { facilityCode } from '@yba/repository';
import type { MessageDesk } from '../desk.ts';
import { patientOfNumber } from './patient-of-number.ts';
import { inBothLanguages } from './words.ts';
import { cursorOf, cursorText, filterOf, logPage, type LogRow } from './log-query.ts';
import { logOperator, operatorReach, parametersOf, seesQuotes } from './operators.ts';
import { codeOf, DISPOSITIONS, EVENTS, refusal, STATES } from './vocabulary.ts';

const COUNT = 50;
const COUNT_MOST = 200;

/** The Patients of a person, by the person's key or by one of them. */
function patientsOfPerson({ owner, repository }: Pick<MessageDesk, 'owner' | 'repository'>) {
  return async (said: string): Promise<string[]> => {
    const key = said.startsWith('Patient/')
      ? (await repository.patient(said.slice('Patient/'.length)))?.person
      : said;
    if (key === undefined) return [];
    if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(key))
      throw refusal(
        'value',
        ['person là khóa người bệnh hoặc Patient/<id>.', 'person is a person key or Patient/<id>.'],
        'person',
      );
    const rows = await owner<{ id: string }[]>`
      select coalesce(client_id, patient::text) as id from patient_link where person = ${key}`;
    return rows.map(({ id }) => id);
  };
}

/** How a filter finds people. */
export const findersOf = (desk: Pick<MessageDesk, 'owner' | 'repository'>) => ({
  patientsOf: patientsOfPerson(desk),
  patientOfNumber: (facility: string, number: string) => patientOfNumber(desk.owner, facility, number),
});

/**
 * `POST $message-log`: the messages an operator sees, newest first, as Parameters with a `message` each and `next` when
 * there is more. Filters: `facility`, `person`, `number`, `state`, `event`, `identifier`, `from`, `to`; `_count`, `page`. Nothing in
 * it is a patient's data: a person is a key.
 */
export function messageLog(desk: MessageDesk): Operation {
  return {
    code: 'message-log',
    on: { system: true },
    methods: ['POST'],
    async handle(request) {
      const { context } = request;
      const reach = operatorReach(context);
      const said = parametersOf(request);
      const filter = await filterOf(reach, said, findersOf(desk));
      const count = countOf(said('_count')[0]);
      const rows = await logPage(desk.owner, filter, cursorOf(said('page')[0]), count + 1);
      const page = rows.slice(0, count);
      const persons = await personsOf(desk, page);
      await logOperator(desk, context, {
        target: '$message-log',
        count: page.length,
        persons: filter.patients || filter.number ? [...persons.values()] : [],
      });
      const last = rows.length > count ? page.at(-1) : undefined;
      const parameter = [
        ...page.map((row) => ({ name: 'message', part: partsOf(row, persons) })),
        ...(last ? [{ name: 'next', valueString: cursorText(last) }] : []),
      ];
      return { resource: { resourceType: 'Parameters', ...(parameter.length > 0 ? { parameter } : {}) } };
    },
  };
}

function countOf(text: string | undefined): number {
  if (text === undefined) return COUNT;
  if (!/^\d{1,6}$/.test(text) || Number(text) < 1)
    throw refusal('value', ['_count là số nguyên từ 1.', '_count is a whole number from 1.'], '_count');
  return Math.min(Number(text), COUNT_MOST);
}

/** Patient id → person key, of those that are linked. */
async function personsOf({ repository }: MessageDesk, rows: readonly LogRow[]): Promise<Map<string, string>> {
  const patients = [...new Set(rows.flatMap(({ patient }) => patient ?? []))];
  const links = await Promise.all(patients.map((id) => repository.patient(id)));
  return new Map(patients.flatMap((id, at) => (links[at] ? [[id, links[at].person] as const] : [])));
}

function partsOf(row: LogRow, persons: ReadonlyMap<string, string>): object[] {
  const text = (name: string, value: string | null | undefined) =>
    value ? [{ name, valueString: value }] : [];
  return [
    { name: 'id', valueString: row.id },
    { name: 'identifier', valueString: row.identifier },
    { name: 'facility', valueString: facilityCode(row.facility) },
    ...text('facilityName', row.facility_name),
    { name: 'event', valueCode: codeOf(EVENTS, row.event) },
    { name: 'state', valueCode: codeOf(STATES, row.state) },
    ...(row.disposition ? [{ name: 'disposition', valueCode: codeOf(DISPOSITIONS, row.disposition) }] : []),
    { name: 'received', valueInstant: row.received },
    ...(row.settled ? [{ name: 'settled', valueInstant: row.settled.toISOString() }] : []),
    { name: 'size', valueInteger: row.size },
    { name: 'attempts', valueInteger: row.attempts },
    { name: 'replays', valueInteger: row.replays },
    ...text('person', row.patient === null ? undefined : persons.get(row.patient)),
  ];
}

/**
 * `GET $message-details?id=`: one message, its two steps, and what became of it. What a refusal quotes of the message, and
 * links into the record, are shown to the facility's own IT officer; the authority's operators see place and rule.
 */
export function messageDetails(desk: MessageDesk): Operation {
  return {
    code: 'message-details',
    on: { system: true },
    methods: ['GET'],
    async handle({ context, query }) {
      const { facility } = operatorReach(context);
      const id = query.get('id') ?? '';
      const ids = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id) ? [id] : [];
      const [row] = await logPage(
        desk.owner,
        { ids, ...(facility === undefined ? {} : { facility }) },
        undefined,
        1,
      );
      if (!row) throw refusal('not-found', ['Không có thông điệp này.', 'There is no such message.'], 'id');
      const [place] = await desk.owner<{ body: number | null; due: Date | null; before: number }[]>`
        select (select octet_length(body) from message_body where id = ${row.id} and received = ${row.received}::text::timestamptz) as body,
          (select due from message_queue where id = ${row.id}) as due,
          (select count(distinct earlier.seq)::int from message_queue q join message_lane own on own.seq = q.seq
            join message_lane earlier on earlier.lane = own.lane and earlier.seq < own.seq where q.id = ${row.id}) as before`;
      const own = seesQuotes(context.caller);
      const persons = await personsOf(desk, [row]);
      await logOperator(desk, context, {
        target: '$message-details',
        count: 1,
        persons: own && row.links ? [...persons.values()] : [],
      });
      const { body, due, before } = place!;
      const issues = (row.outcome ?? []).map((issue) => (own ? issue : withoutQuotes(issue)));
      const parameter = [
        ...partsOf(row, persons),
        { name: 'sender', valueString: row.sender_name },
        ...(body === null ? [] : [{ name: 'kept', valueInteger: body }]),
        ...(due ? [{ name: 'due', valueInstant: due.toISOString() }] : []),
        ...(before > 0 ? [{ name: 'before', valueInteger: before }] : []),
        ...(row.links ?? []).map((reference) =>
          own
            ? { name: 'link', valueReference: { reference } }
            : { name: 'link', valueReference: { type: reference.split('/')[0] } },
        ),
        ...(issues.length > 0 ? [{ name: 'outcome', resource: operationOutcome(issues) }] : []),
      ];
      return { resource: { resourceType: 'Parameters', parameter } };
    },
  };
}

/** What is wrong and where, without the words that may quote the message. */
export function withoutQuotes({ severity, code, details, expression }: Issue): Issue {
  return inBothLanguages({
    severity,
    code,
    ...(details?.coding ? { details: { coding: details.coding } } : {}),
    ...(expression ? { expression } : {}),
  });
}
