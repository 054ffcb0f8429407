import { forbidden, invalid, notFound, outcomeError, type Caller, type Resource } from '@yba/fhir';
import type { Operation, OperationRequest, OperationResponse } from '@yba/http';
import type { Sql, Transaction } from '@yba/postgres';
import { facilityNumber } from '@yba/repository';
import type { AccessOptions } from '../options.ts';
import type { PurposeRule } from './rules.ts';

/** Database notification that a facility's list of emergency openings moved; its payload is the facility's number. */
export const REVIEWS_CHANNEL = 'emergency_review';

/** An opening in an emergency, as it is put before the privacy officer. */
export type EmergencyOpening = {
  opening: string;
  caller: Caller;
  facility: number;
  person: string;
  /** Public id. */
  patient: string;
  reason: string;
  onDuty: boolean;
  overrode: boolean;
};

/** Puts an opening on its facility's work list, in the transaction that opens. */
export async function keepForReview(
  transaction: Transaction,
  { reviewHours = 72 }: PurposeRule,
  { opening, caller, facility, person, patient, reason, onDuty, overrode }: EmergencyOpening,
): Promise<void> {
  await transaction`
    insert into emergency_review (opening, facility, person, patient, subject, name, role, department, on_duty, overrode, reason, at, due)
    values (${opening}, ${facility}, ${person}, ${patient}, ${caller.subject}, ${caller.name}, ${caller.role}, ${caller.department ?? null},
      ${onDuty}, ${overrode}, ${reason}, now(), now() + make_interval(hours => ${reviewHours}))`;
  await transaction`select pg_notify(${REVIEWS_CHANNEL}, ${String(facility)})`;
}

type ReviewRow = {
  opening: string;
  patient: string;
  person: string;
  name: string;
  role: string;
  department: string | null;
  on_duty: boolean;
  overrode: boolean;
  reason: string;
  at: Date;
  due: Date;
  overdue: boolean;
  verdict: string | null;
  words: string | null;
  reviewed: Date | null;
  reviewer_name: string | null;
};

type Options = { sql: Sql } & Pick<AccessOptions, 'ports'>;

/**
 * The privacy officer's work list of emergency openings of the own facility: `GET $emergency-openings` (state=open,
 * reviewed or all) and `POST $review-emergency` (opening, verdict justified or not-justified, words). A verdict is
 * given once, told to the person concerned, and one that is not justified closes the opening.
 */
export function reviewOperations(options: Options): Operation[] {
  const { sql, ports } = options;
  return [
    {
      code: 'emergency-openings',
      on: { system: true },
      methods: ['GET'],
      async handle({ context, query }) {
        const facility = officersFacility(context.caller);
        const rows = await list(sql, facility, stateOf(query));
        await ports.audit.read({
          at: new Date(),
          requestId: context.requestId,
          caller: context.caller,
          action: 'search',
          target: 'Patient/$emergency-openings',
          persons: [...new Set(rows.map(({ person }) => person))],
          count: rows.length,
          outcome: 'success',
          // the person reads in their log why an officer came by
          purpose: 'HCOMPL',
          reason: 'Xem xét lần mở khẩn cấp',
        });
        const parameter = rows.map(told);
        return { resource: { resourceType: 'Parameters', ...(parameter.length > 0 ? { parameter } : {}) } };
      },
    },
    {
      code: 'review-emergency',
      on: { system: true },
      methods: ['POST'],
      handle: (request) => review(options, request),
    },
  ];
}

function officersFacility({ role, facility }: Caller): number {
  if (role === 'privacy-officer' && facility) return facilityNumber(facility);
  throw forbidden({
    en: 'Emergency openings are reviewed by the privacy officer of the facility that opened.',
    vi: 'Lần mở khẩn cấp do cán bộ bảo vệ dữ liệu của cơ sở đã mở xem xét.',
  });
}

const STATES = ['open', 'reviewed', 'all'] as const;
type State = (typeof STATES)[number];

function stateOf(query: URLSearchParams): State {
  const unknown = [...query.keys()].find((name) => name !== 'state');
  if (unknown !== undefined)
    throw outcomeError(
      'invalid',
      `$emergency-openings has no parameter “${unknown}”; it takes state`,
      unknown,
    );
  const text = query.get('state') ?? 'open';
  const state = STATES.find((one) => one === text);
  if (state) return state;
  throw outcomeError('invalid', `state is one of ${STATES.join(', ')}, not “${text}”`, 'state');
}

function list(sql: Sql, facility: number, state: State): Promise<ReviewRow[]> {
  const which =
    state === 'all' ? sql`` : state === 'open' ? sql`and verdict is null` : sql`and verdict is not null`;
  return sql<ReviewRow[]>`
    select opening, patient, person, name, role, department, on_duty, overrode, reason, at, due,
      verdict is null and due < now() as overdue, verdict, words, reviewed, reviewer_name
    from emergency_review where facility = ${facility} ${which}
    order by verdict is not null, case when verdict is null then due end, at desc limit 500`;
}

function told(row: ReviewRow): object {
  const part = (name: string, value: object) => ({ name, ...value });
  const text = (name: string, value: string | null) =>
    value === null ? [] : [part(name, { valueString: value })];
  return {
    name: 'opening',
    part: [
      part('id', { valueId: row.opening }),
      part('patient', { valueReference: { reference: `Patient/${row.patient}` } }),
      ...text('name', row.name),
      part('role', { valueCode: row.role }),
      ...text('department', row.department),
      part('onDuty', { valueBoolean: row.on_duty }),
      part('overrode', { valueBoolean: row.overrode }),
      ...text('reason', row.reason),
      part('at', { valueInstant: row.at.toISOString() }),
      part('due', { valueInstant: row.due.toISOString() }),
      part('overdue', { valueBoolean: row.overdue }),
      ...(row.verdict === null ? [] : [part('verdict', { valueCode: row.verdict })]),
      ...text('words', row.words),
      ...(row.reviewed === null ? [] : [part('reviewed', { valueInstant: row.reviewed.toISOString() })]),
      ...text('reviewer', row.reviewer_name),
    ],
  };
}

const VERDICTS: Readonly<Record<string, string>> = {
  justified: 'Việc mở khẩn cấp đã được xem xét: có lý do chính đáng',
  'not-justified': 'Việc mở khẩn cấp đã được xem xét: không chính đáng, đã đóng lại',
};

async function review(
  { sql, ports }: Options,
  { context, body }: OperationRequest,
): Promise<OperationResponse> {
  const { caller, requestId } = context;
  const facility = officersFacility(caller);
  const { opening, verdict, words } = given(body);
  return sql.begin(async (transaction) => {
    const [row] = await transaction<ReviewRow[]>`
      update emergency_review set verdict = ${verdict}, words = ${words}, reviewed = now(), reviewer = ${caller.subject},
        reviewer_name = ${caller.name}
      where opening = ${opening} and facility = ${facility} and verdict is null and subject <> ${caller.subject}
      returning *, false as overdue`;
    if (!row) throw await whyNot(transaction, opening, facility, caller);
    if (verdict === 'not-justified')
      await transaction`update opening set until = least(until, now()) where id = ${opening}`;
    await ports.audit.write(transaction, [
      {
        at: new Date(),
        requestId,
        caller,
        action: 'operation',
        target: 'Patient/$review-emergency',
        persons: [row.person],
        reason: `${VERDICTS[verdict]!}. ${words}`,
        outcome: 'success',
        detail: { verdict },
      },
    ]);
    await transaction`select pg_notify(${REVIEWS_CHANNEL}, ${String(facility)})`;
    return { resource: { resourceType: 'Parameters', parameter: [told(row)] } };
  });
}

async function whyNot(
  transaction: Transaction,
  opening: string,
  facility: number,
  { subject }: Caller,
): Promise<Error> {
  const [row] = await transaction<{ verdict: string | null; subject: string }[]>`
    select verdict, subject from emergency_review where opening = ${opening} and facility = ${facility}`;
  if (!row) return notFound(`The emergency opening ${opening}`);
  if (row.subject === subject)
    return forbidden({
      en: 'Nobody reviews an opening of their own.',
      vi: 'Không ai xem xét lần mở của chính mình. Hãy nhờ người khác của cơ sở.',
    });
  return outcomeError('conflict', {
    en: `This opening was reviewed already: ${row.verdict}. A verdict is given once.`,
    vi: 'Lần mở này đã có kết luận; mỗi lần chỉ kết luận một lần. Hãy tải lại danh sách.',
  });
}

type Parameter = { name?: string; valueString?: string; valueCode?: string; valueId?: string };

function given(body: Resource | undefined): { opening: string; verdict: string; words: string } {
  const all = (body?.parameter ?? []) as Parameter[];
  const text = (name: string) => {
    const found = all.find((parameter) => parameter.name === name);
    return (found?.valueString ?? found?.valueCode ?? found?.valueId)?.normalize('NFC').trim();
  };
  const where = (name: string) => `Parameters.parameter.where(name='${name}').value`;
  const opening = text('opening') ?? '';
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(opening))
    throw invalid(
      where('opening'),
      'opening is the id of an emergency opening, as $emergency-openings lists it',
    );
  const verdict = text('verdict') ?? '';
  if (!Object.hasOwn(VERDICTS, verdict))
    throw invalid(where('verdict'), `verdict is one of ${Object.keys(VERDICTS).join(', ')}`);
  const words = text('words') ?? '';
  if (words.length < 3)
    throw outcomeError(
      'required',
      {
        en: 'Say in words why; the person concerned reads it.',
        vi: 'Hãy viết vì sao; người bệnh sẽ đọc được.',
      },
      where('words'),
    );
  return { opening, verdict, words: words.slice(0, 500) };
}
