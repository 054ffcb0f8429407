import { forbidden, invalid, type Caller } from '@yba/fhir';
import type { Operation, OperationRequest, OperationResponse } from '@yba/http';
import type { Sql } from '@yba/postgres';
import { facilityNumber, showsElsewhere, type Reach } from '@yba/repository';
import { isKeptBackFrom, refuseNarrowed } from './advance.ts';
import { DESK_TYPES, isDeskRole } from './desk.ts';
import type { ReferralOptions } from './options.ts';
import { facilityIn, withoutIllness, type ReferralTask } from './task.ts';

const SIDES = ['in', 'out', 'family'] as const;
type Side = (typeof SIDES)[number];

type Row = { task: string; side: string; patient: string | null; person: string | null; open: boolean };

const COUNT = 100;
const COUNT_MOST = 500;

/**
 * `GET Task/$referrals?side=in|out|family&open=true|false&_count=`: the referrals a facility has a part in: those it is
 * asked, those it sent, those of persons it is the family doctor of; newest first. A searchset of Tasks; with those that
 * are under way, and those the facility sent, their ServiceRequests. A referral that is over tells where it ended, no
 * more: the right to read went with it. Reception is told who comes and until when, nothing of the illness.
 */
export function listOperation(options: ReferralOptions): Operation {
  return {
    code: 'referrals',
    on: { type: 'Task' },
    methods: ['GET'],
    limit: { perMinute: 240, burst: 120 },
    handle: (request) => list(options, request),
  };
}

/** Roles that read the referrals of their facility. */
export const readsReferrals = (caller: Caller): boolean =>
  isDeskRole(caller) || ['doctor', 'nurse', 'system'].includes(caller.role);

async function list(
  options: ReferralOptions,
  { context, query }: OperationRequest,
): Promise<OperationResponse> {
  const { sql, repository, decide, audit } = options;
  const { caller, requestId } = context;
  const isDesk = isDeskRole(caller);
  if (!readsReferrals(caller) || !caller.facility)
    throw forbidden('The referrals of a facility are read by its doctors, nurses, reception and own systems');
  const side = (query.get('side') ?? 'in') as Side;
  if (!SIDES.includes(side)) throw invalid('side', `side is one of ${SIDES.join(', ')}`);
  if (isDesk && side !== 'in')
    throw forbidden(
      'Reception sees who is referred to the facility: side=in. The others are for doctors and nurses',
    );
  const isOpen = (query.get('open') ?? 'true') === 'true';
  const count = Math.min(Number(query.get('_count') ?? COUNT), COUNT_MOST);
  if (!Number.isSafeInteger(count) || count < 1) throw invalid('_count', '_count is a whole number from 1');
  const reach = await decide(context, {
    action: 'read',
    types: isDesk ? DESK_TYPES : ['Task', 'ServiceRequest'],
  });
  refuseNarrowed(reach);
  const sides = side === 'in' ? ['in', 'passed'] : [side];
  const shown = await sql<Row[]>`
    select task, side, patient, person, open from referral_party
    where facility = ${facilityNumber(caller.facility)} and side = any(${sides}) and open = ${isOpen} and ${toldRows(sql, reach)}
    order by changed desc, task limit ${count}`;
  const tasks = await repository.current(shown.map(({ task }) => task));
  const asked = shown.flatMap(({ task, side: where, open, patient }) => {
    const { focus, requester } = (tasks.get(task) as ReferralTask | undefined) ?? {};
    if (!focus?.reference || isDesk || !(where === 'out' || (where === 'in' && open))) return [];
    return [{ reference: focus.reference, patient, facility: facilityIn(requester) ?? '' }];
  });
  const carried = await repository.current(asked.map(({ reference }) => reference));
  // what the request holds may be kept from whoever may know that there is one: a sensitive label, a kind of data
  const requests = asked.flatMap(({ reference, patient, facility }) => {
    const resource = carried.get(reference);
    return resource && (patient === null || showsElsewhere(reach, { resource, patient, facility }))
      ? [resource]
      : [];
  });
  const persons = [...new Set(shown.flatMap(({ person }) => person ?? []))];
  await audit.read({
    at: new Date(),
    requestId,
    caller,
    action: 'search',
    target: 'Task/$referrals',
    persons,
    count: shown.length,
    outcome: 'success',
  });
  const entry = [
    ...shown.flatMap(({ task, side: where }) => {
      const resource = tasks.get(task);
      if (!resource) return [];
      const isParty = !isDesk && (where === 'in' || where === 'out');
      return [{ resource: isParty ? resource : withoutIllness(resource), search: { mode: 'match' } }];
    }),
    ...requests.map((resource) => ({ resource, search: { mode: 'include' } })),
  ];
  return {
    resource: {
      resourceType: 'Bundle',
      type: 'searchset',
      ...(shown.length < count ? { total: shown.length } : {}),
      ...(entry.length > 0 ? { entry } : {}),
    },
  };
}

/** What of `referral_party` a caller is told, as `isTold` says of one row: neither a page nor a count may tell that there is more. */
export function toldRows(sql: Sql, { patients, limits }: Reach) {
  const kept = Object.entries(limits?.patients ?? {}).filter(([, limit]) => isKeptBackFrom(limit, 'Task'));
  return sql`(patient is null or patient <> all(${kept.map(([patient]) => patient)}::uuid[])
    and (side <> 'in' or not open or patient = any(${patients as string[]}::uuid[])))`;
}

/**
 * Whether a facility's staff are told of a referral at all: not where the person refused them by name, or their department; and a
 * referral to a facility that the person refused opens nothing there.
 */
export function isTold(
  { patients, limits }: Reach,
  { side, patient, open }: Pick<Row, 'side' | 'patient' | 'open'>,
): boolean {
  if (patient === null) return true;
  if (isKeptBackFrom(limits?.patients?.[patient], 'Task')) return false;
  return side !== 'in' || !open || patients.includes(patient);
}
