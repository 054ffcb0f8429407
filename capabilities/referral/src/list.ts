import { forbidden, invalid, type Caller } from '@yba/fhir';
import type { Operation, OperationRequest, OperationResponse } from '@yba/http';
import { facilityNumber } from '@yba/repository';
import { DESK_TYPES, isDeskRole } from './desk.ts';
import { ListInParts } from './list-in-parts.ts';
import type { ReferralOptions } from './options.ts';
import { refuseNarrowed } from './rights.ts';
import { toldRows, type PartyRow } from './told.ts';

const SIDES = ['in', 'out', 'family'] as const;
type Side = (typeof SIDES)[number];

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
  const { sql, decide, audit } = options;
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
  const decided = async () => {
    const types = isDesk ? DESK_TYPES : ['Task', 'ServiceRequest'];
    const reach = await decide(context, { action: 'read', types });
    refuseNarrowed(reach);
    return reach;
  };
  const reach = await decided();
  const sides = side === 'in' ? ['in', 'passed'] : [side];
  const shown = await sql<PartyRow[]>`
    select task, side, patient, person, open from referral_party
    where facility = ${facilityNumber(caller.facility)} and side = any(${sides}) and open = ${isOpen} and ${toldRows(sql, reach)}
    order by changed desc, task limit ${count}`;
  const parts = new ListInParts(options, { shown, isDesk, decided });
  const { entries, more } = await parts.begin(reach);
  await audit.read({
    at: new Date(),
    requestId,
    caller,
    action: 'search',
    target: 'Task/$referrals',
    persons: [...new Set(shown.flatMap(({ person }) => person ?? []))],
    count: shown.length,
    outcome: 'success',
  });
  return {
    page: {
      kind: 'searchset',
      self: `Task/$referrals${query.size > 0 ? `?${query}` : ''}`,
      entries,
      ...(more ? { more } : shown.length < count ? { total: shown.length } : {}),
    },
  };
}
