import { forbidden, invalid, type Context } from '@yba/fhir';
import type { Operation, OperationRequest, OperationResponse } from '@yba/http';
import { facilityNumber, type Reach } from '@yba/repository';
import { NOTICE_DAYS } from '../expire.ts';
import { parametersOf, type ReferralOptions } from '../options.ts';
import { facilityIn, type ReferralTask } from '../task.ts';
import { isTold } from '../told.ts';

const SHOWN = 50;

type Row = {
  id: string;
  task: string;
  code: string;
  at: Date;
  unread: boolean;
  /** The facility's part in the referral; of the person's own news none. */
  side: string | null;
  patient: string | null;
  open: boolean | null;
};

/**
 * `GET Task/$notices`: what happened to the referrals of the caller, newest first: of a citizen the own ones, of a doctor or
 * nurse those of the facility. Each names Task, step, moment, from where, whereto, whether this reader has read it; to staff
 * also whom. `unread` counts the new ones.
 */
export function noticesOperation(options: ReferralOptions): Operation {
  return {
    code: 'notices',
    on: { type: 'Task' },
    methods: ['GET'],
    limit: { perMinute: 240, burst: 120 },
    handle: (request) => list(options, request),
  };
}

/** `POST Task/$read-notices` (Parameters `upto`, the id of a notice): this reader has read up to there. */
export function readNoticesOperation(options: ReferralOptions): Operation {
  return {
    code: 'read-notices',
    on: { type: 'Task' },
    methods: ['POST'],
    limit: { perMinute: 120, burst: 60 },
    handle: (request) => markRead(options, request),
  };
}

/** How far whoever reads notices sees. Throws `forbidden` for whoever has none. */
async function readerReach({ decide }: ReferralOptions, context: Context): Promise<Reach> {
  const { role, facility, person } = context.caller;
  const isStaff = (role === 'doctor' || role === 'nurse') && facility !== undefined;
  if (!isStaff && !(role === 'citizen' && person))
    throw forbidden(
      'News of referrals are for the person concerned, and for doctors and nurses of a facility',
    );
  return decide(context, { action: 'read', types: ['Task'] });
}

/** What marks the reader: an account or a citizen, not the device. */
const readerOf = ({ caller }: Context): string => `${caller.subject} ${caller.facility ?? ''}`.trim();

async function list(options: ReferralOptions, { context }: OperationRequest): Promise<OperationResponse> {
  const reach = await readerReach(options, context);
  const { sql, repository, audit } = options;
  const { caller, requestId } = context;
  const whose =
    caller.role === 'citizen'
      ? sql`n.patient = any(select l.patient from patient_link l where l.person = any(yba_person_keys(${caller.person!})))`
      : sql`n.facility = ${facilityNumber(caller.facility!)}`;
  const noted = await sql<Row[]>`
    select n.id::text, n.task, n.code, n.at, p.side, p.patient, p.open,
      n.id > coalesce((select upto from notice_read where reader = ${readerOf(context)}), 0) as unread
    from notice n left join referral_party p on p.task = n.task and p.facility = n.facility
    where ${whose} and n.noted > now() - make_interval(days => ${NOTICE_DAYS}) order by n.id desc limit ${SHOWN}`;
  const rows = noted.filter(
    ({ side, patient, open }) => side === null || isTold(reach, { side, patient, open: open === true }),
  );
  const tasks = await repository.current([...new Set(rows.map(({ task }) => task))], parties);
  if (caller.role !== 'citizen' && rows.length > 0) {
    const persons = await sql<{ person: string }[]>`
      select distinct person from referral_party where task = any(${[...tasks.keys()]}) and person is not null`;
    await audit.read({
      at: new Date(),
      requestId,
      caller,
      action: 'search',
      target: 'Task/$notices',
      persons: persons.map(({ person }) => person),
      count: tasks.size,
      outcome: 'success',
    });
  }
  return {
    resource: {
      resourceType: 'Parameters',
      parameter: [
        { name: 'unread', valueUnsignedInt: rows.filter(({ unread }) => unread).length },
        ...rows.flatMap(({ id, task, code, at, unread }) => {
          const resource = tasks.get(task);
          if (!resource) return [];
          const place = (name: string, reference: ReferralTask['owner']) => ({
            name,
            valueReference: {
              identifier: { value: facilityIn(reference) ?? '' },
              display: reference?.display ?? '',
            },
          });
          const part = [
            { name: 'id', valueString: id },
            { name: 'task', valueReference: { reference: task } },
            { name: 'code', valueCode: code },
            { name: 'at', valueInstant: at.toISOString() },
            { name: 'unread', valueBoolean: unread },
            place('from', resource.requester),
            place('to', resource.owner),
            ...(caller.role !== 'citizen' && resource.for?.display
              ? [{ name: 'person', valueString: resource.for.display }]
              : []),
          ];
          return [{ name: 'notice', part }];
        }),
      ],
    },
  };
}

/** What a notice tells of its Task, which may be large. */
const parties = ({ requester, owner, for: whose }: ReferralTask) => ({ requester, owner, for: whose });

async function markRead(
  options: ReferralOptions,
  { context, body }: OperationRequest,
): Promise<OperationResponse> {
  await readerReach(options, context);
  const upto = parametersOf(body).text('upto') ?? '';
  if (!/^\d{1,18}$/.test(upto))
    throw invalid(
      "Parameters.parameter.where(name='upto')",
      'upto is the id of a notice, as $notices tells it',
    );
  await options.sql`
    insert into notice_read (reader, upto)
    values (${readerOf(context)}, least(${upto}::bigint, (select coalesce(max(id), 0) from notice)))
    on conflict (reader) do update set upto = greatest(notice_read.upto, excluded.upto)`;
  return list(options, { context, query: new URLSearchParams(), headers: {} });
}
