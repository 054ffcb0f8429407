import { notFound, OutcomeError, parseJson, type Context, type Resource } from '@yba/fhir';
import type { Operation, OperationRequest, OperationResponse } from '@yba/http';
import { facilityNumber } from '@yba/repository';
import { FACILITY } from '@yba/vietnam';
import { DESK_TYPES, isDeskRole } from './desk.ts';
import type { Extension, Identifier } from './elements.ts';
import { readsReferrals } from './list.ts';
import { PLATFORM_CONTEXT, type ReferralOptions } from './options.ts';
import { BED_CAPACITY } from './systems.ts';
import { toldRows } from './told.ts';

const LISTED_MOST = 200;

/**
 * `GET Organization/{id}/$capacity`: whether a facility can take a patient, as far as it says: beds declared and occupied
 * by ward with the moment they were told, services offered, and how many referrals wait there. What is not declared is
 * left out, and `declared` says so: nothing is guessed. Counts only; no person.
 */
export function capacityOperation(options: ReferralOptions): Operation {
  return {
    code: 'capacity',
    on: { type: 'Organization', instance: true },
    methods: ['GET'],
    limit: { perMinute: 240, burst: 120 },
    handle: (request) => capacity(options, request),
  };
}

async function capacity(
  options: ReferralOptions,
  { context, id }: OperationRequest,
): Promise<OperationResponse> {
  const { repository, sql } = options;
  const organization = parseJson((await repository.read(context, 'Organization', id!)).text);
  const identifiers = (organization['identifier'] ?? []) as Identifier[];
  const code = identifiers.find(({ system }) => system === FACILITY)?.value;
  if (!code) throw notFound(`A facility behind Organization/${id}`);
  const [places, services] = await Promise.all([
    found(options, 'Location', `identifier=${encodeURIComponent(`${FACILITY}|${code}`)}`),
    found(options, 'HealthcareService', `organization=Organization/${id}&active=true`),
  ]);
  const wards = places.flatMap(bedsOf);
  const reach = await listReach(options, context, code);
  const [waiting] = await sql<{ count: number }[]>`
    select count(*)::int as count from referral_party where facility = ${facilityNumber(code)} and side = 'in' and open
      ${reach ? sql`and ${toldRows(sql, reach)}` : sql``}`;
  return {
    resource: {
      resourceType: 'Parameters',
      parameter: [
        { name: 'facility', valueIdentifier: { system: FACILITY, value: code } },
        { name: 'declared', valueBoolean: wards.length > 0 },
        ...wards.map((part) => ({ name: 'beds', part })),
        ...services.flatMap(({ name }) =>
          typeof name === 'string' ? [{ name: 'service', valueString: name }] : [],
        ),
        { name: 'waiting', valueUnsignedInt: waiting?.count ?? 0 },
      ],
    },
  };
}

/** How far who sees the list of the facility sees it: told another number here, they would know that somebody refused them. */
async function listReach({ decide }: ReferralOptions, context: Context, code: string) {
  const { caller } = context;
  if (caller.facility !== code || !readsReferrals(caller)) return undefined;
  const types = isDeskRole(caller) ? DESK_TYPES : ['Task'];
  return decide(context, { action: 'read', types, probe: true }).catch((error: unknown) => {
    if (error instanceof OutcomeError) return undefined; // the list is not theirs either
    throw error;
  });
}

async function found({ repository }: ReferralOptions, type: string, criteria: string): Promise<Resource[]> {
  const params = new URLSearchParams(criteria);
  params.set('_count', String(LISTED_MOST));
  const { entries } = await repository.search(PLATFORM_CONTEXT, type, params, { handling: 'strict' });
  return entries.flatMap(({ text }) => (text ? [parseJson(text)] : []));
}

/** The beds a place declares, as parts of a parameter; one list for each extension. */
function bedsOf(place: Resource): object[][] {
  const extensions = (place['extension'] ?? []) as Extension[];
  return extensions.flatMap(({ url, extension = [] }) => {
    if (url !== BED_CAPACITY) return [];
    const part = (name: string) => extension.find((one) => one.url === name);
    const declared = part('declared')?.valueUnsignedInt;
    if (declared === undefined) return [];
    const occupied = part('occupied')?.valueUnsignedInt;
    const asOf = part('asOf')?.valueDateTime;
    const ward = part('ward')?.valueString;
    return [
      [
        ...(ward ? [{ name: 'ward', valueString: ward }] : []),
        { name: 'declared', valueUnsignedInt: declared },
        ...(occupied === undefined ? [] : [{ name: 'occupied', valueUnsignedInt: occupied }]),
        ...(asOf === undefined ? [] : [{ name: 'asOf', valueDateTime: asOf }]),
      ],
    ];
  });
}
