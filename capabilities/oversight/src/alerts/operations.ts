import {
  forbidden,
  invalid,
  notFound,
  outcomeError,
  type AccessEvent,
  type Caller,
  type Context,
  type Resource,
} from '@yba/fhir';
import type { Operation } from '@yba/http';
import type { Sql } from '@yba/postgres';
import { facilityCode, facilityNumber } from '@yba/repository';
import { thresholdOperations } from './thresholds.ts';
import { alertCounts, alertOf, alertsOf, decide, looksOf, type AlertRow, type LookRow } from './stored.ts';

export type AlertOptions = {
  /** The owner's pool: alerts are granted to no other role. */
  sql: Sql;
  /** Looking at alerts is a look at the log. */
  log(event: AccessEvent): Promise<void>;
};

const STATES = ['open', 'handled', 'all'] as const;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * Alerts on unusual looks, for the privacy officer of the facility that looked: `GET $privacy-alerts` (state=open,
 * handled or all), `GET $privacy-alert?id=` with the looks behind it, `POST $decide-alert` (alert, decision handled or
 * reopened, words). `GET $privacy-alert-counts` tells the ministry how many there are, and of nobody. All throw
 * `forbidden` for other roles.
 */
export function alertOperations({ sql, log }: AlertOptions): Operation[] {
  const logged = (context: Context, rows: readonly { person: string | null }[], target: string) =>
    log({
      at: new Date(),
      requestId: context.requestId,
      caller: context.caller,
      action: 'search',
      persons: [...new Set(rows.flatMap(({ person }) => person ?? []))],
      target,
      count: rows.length,
      outcome: 'success',
      // the person reads in their log why an officer came by
      purpose: 'HCOMPL',
      reason: 'Xem xét cảnh báo truy cập',
    });
  return [
    ...thresholdOperations(sql, officersFacility),
    {
      code: 'privacy-alerts',
      on: { system: true },
      methods: ['GET'],
      async handle({ context, query }) {
        const facility = officersFacility(context.caller);
        const state = query.get('state') ?? 'open';
        if (!STATES.some((one) => one === state))
          throw outcomeError('invalid', `state is one of ${STATES.join(', ')}, not “${state}”`, 'state');
        const rows = await alertsOf(sql, facility, state as (typeof STATES)[number]);
        await logged(context, rows, 'AuditEvent');
        return answer(rows.map((row) => ({ name: 'alert', part: alertParts(row) })));
      },
    },
    {
      code: 'privacy-alert',
      on: { system: true },
      methods: ['GET'],
      async handle({ context, query }) {
        const facility = officersFacility(context.caller);
        const row = await found(sql, facility, query.get('id') ?? '');
        const looks = await looksOf(sql, row.id);
        await logged(context, looks, 'AuditEvent');
        return answer([
          { name: 'alert', part: alertParts(row) },
          ...looks.map((look) => ({ name: 'look', part: lookParts(look) })),
        ]);
      },
    },
    {
      code: 'decide-alert',
      on: { system: true },
      methods: ['POST'],
      idempotencyKey: { instead: 'look with $privacy-alerts whether the decision stands' },
      async handle({ context, body }) {
        const { caller } = context;
        const facility = officersFacility(caller);
        const { alert, decision, words } = decisionIn(body);
        const row = await found(sql, facility, alert);
        if (row.subject === caller.subject)
          throw forbidden({
            en: 'Nobody judges an alert about themselves.',
            vi: 'Không ai tự xử lý cảnh báo về chính mình. Hãy nhờ người khác của cơ sở.',
          });
        await decide(sql, { alert: row.id, decision, words, by: caller.subject, byName: caller.name });
        await logged(context, [row], 'AuditEvent');
        return answer([{ name: 'alert', part: alertParts(await found(sql, facility, alert)) }]);
      },
    },
    {
      code: 'privacy-alert-counts',
      on: { system: true },
      methods: ['GET'],
      async handle({ context }) {
        if (context.caller.role !== 'ministry')
          throw forbidden('How many alerts there are in the country is told to the ministry’s officers');
        return answer(
          (await alertCounts(sql)).map(({ rule, facility, open, handled }) => ({
            name: 'count',
            part: [
              { name: 'rule', valueCode: rule },
              { name: 'facility', valueCode: facilityCode(facility) },
              { name: 'open', valueInteger: open },
              { name: 'handled', valueInteger: handled },
            ],
          })),
        );
      },
    },
  ];
}

function officersFacility({ role, facility }: Caller): number {
  if (role === 'privacy-officer' && facility) return facilityNumber(facility);
  throw forbidden({
    en: 'Alerts are for the privacy officer of the facility that looked.',
    vi: 'Cảnh báo dành cho cán bộ bảo vệ dữ liệu của cơ sở đã xem.',
  });
}

async function found(sql: Sql, facility: number, id: string): Promise<AlertRow> {
  const row = UUID.test(id) ? await alertOf(sql, facility, id) : undefined;
  if (!row) throw notFound(`Alert ${id.slice(0, 40)}`);
  return row;
}

type Parameter = { name?: string; valueString?: string; valueCode?: string; valueId?: string };

function decisionIn(body: Resource | undefined): {
  alert: string;
  decision: 'handled' | 'reopened';
  words: string;
} {
  const all = (body?.['parameter'] ?? []) as Parameter[];
  const value = (name: string) => {
    const one = all.find((parameter) => parameter.name === name);
    return one?.valueString ?? one?.valueCode ?? one?.valueId ?? '';
  };
  const where = (name: string) => `Parameters.parameter.where(name='${name}').value`;
  const decision = value('decision');
  if (decision !== 'handled' && decision !== 'reopened')
    throw invalid(where('decision'), 'decision is handled or reopened');
  const words = value('words').trim();
  if (words.split(/\s+/).length < 2 || words.length > 2000)
    throw invalid(where('words'), {
      en: 'Say in two words or more what was found, or why it is opened again',
      vi: 'Hãy ghi từ hai từ trở lên: đã thấy gì, hoặc vì sao mở lại.',
    });
  return { alert: value('alert'), decision, words };
}

const answer = (parameter: object[]) => ({
  resource: { resourceType: 'Parameters', ...(parameter.length > 0 ? { parameter } : {}) },
  headers: { 'cache-control': 'no-store' },
});

const text = (name: string, value: string | null) => (value === null ? [] : [{ name, valueString: value }]);
const instant = (name: string, value: Date | null) =>
  value === null ? [] : [{ name, valueInstant: value.toISOString() }];
const patientPart = (patient: string | null) =>
  patient === null ? [] : [{ name: 'patient', valueReference: { reference: `Patient/${patient}` } }];

function alertParts(row: AlertRow): object[] {
  return [
    { name: 'id', valueId: row.id },
    { name: 'rule', valueCode: row.rule },
    ...text('name', row.name),
    { name: 'role', valueCode: row.role },
    ...patientPart(row.patient),
    ...instant('first', row.first),
    ...instant('last', row.last),
    { name: 'looks', valueInteger: row.looks },
    { name: 'persons', valueInteger: row.persons },
    ...Object.entries(row.facts).map(([name, value]) =>
      typeof value === 'number' ? { name, valueInteger: value } : { name, valueString: String(value) },
    ),
    { name: 'open', valueBoolean: row.open },
    ...text('words', row.words),
    ...text('by', row.by_name),
    ...instant('decided', row.decided),
  ];
}

function lookParts(look: LookRow): object[] {
  return [
    { name: 'id', valueId: `${look.at.getTime().toString(36)}-${Number(look.id).toString(36)}` },
    ...instant('at', look.at),
    { name: 'action', valueCode: look.action },
    { name: 'outcome', valueCode: look.outcome },
    ...text('target', look.target),
    ...text('purpose', look.purpose),
    ...text('reason', look.reason),
    ...text('basis', look.basis),
    ...patientPart(look.patient),
  ];
}
