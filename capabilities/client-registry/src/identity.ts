import { outcomeError } from '@yba/fhir';
import type { Context, Resource } from '@yba/fhir';
import type { Sql } from '@yba/postgres';
import { facilityNumber } from '@yba/repository';
import { extension, INSURANCE, PERSON } from '@yba/vietnam';
import type { ClientRegistryOptions } from './create-client-registry.ts';

/** Only staff and systems of a facility look persons up. Throws `forbidden`. */
export function refuseStrangers({ caller }: Context): void {
  if (caller.facility || caller.role === 'platform') return;
  throw outcomeError('forbidden', 'Only staff and systems of a facility look persons up');
}

/**
 * The identity of each person found: of the caller's own Patient when there is one, else of the oldest. `open-state`
 * tells whether the caller may read more than this.
 */
export async function identitiesOf<T extends { patients: readonly string[] }>(
  { sql, repository, decide }: Pick<ClientRegistryOptions, 'sql' | 'repository' | 'decide'>,
  context: Context,
  found: readonly T[],
): Promise<{ found: T; resource: Resource }[]> {
  if (found.length === 0) return [];
  const all = await choose(
    sql,
    context,
    found.flatMap(({ patients }) => patients),
  );
  const chosen = found.map(({ patients }) => all.find(({ patient }) => patients.includes(patient)));
  const foreign = chosen.flatMap((each) => (each && !each.own ? [each.patient] : []));
  const [stored, reach] = await Promise.all([
    repository.current(
      chosen.flatMap((each) => (each ? [`Patient/${each.id}`] : [])),
      identityOf,
    ),
    decide(context, { action: 'read', types: ['Patient'], patients: foreign }),
  ]);
  return found.flatMap((each, at) => {
    const best = chosen[at];
    const identity = best && stored.get(`Patient/${best.id}`);
    // whom the person refuses by name does not find them either
    if (!identity || each.patients.some((one) => reach.limits?.patients?.[one]?.unfindable)) return [];
    const open = reach.facility !== undefined && (best.own || reach.patients.includes(best.patient));
    const state = { url: extension('open-state'), valueCode: open ? 'open' : 'closed' };
    return [{ found: each, resource: { ...identity, extension: [state] } }];
  });
}

type Chosen = { patient: string; id: string; own: boolean };

async function choose(sql: Sql, { caller }: Context, patients: readonly string[]): Promise<Chosen[]> {
  return sql<Chosen[]>`
    select l.patient, coalesce(l.client_id, l.patient::text) as id, l.facility = ${caller.facility ? facilityNumber(caller.facility) : -1} as own
    from patient_link l where l.patient = any(${patients as string[]}::uuid[])
    order by own desc, l.since, l.patient`;
}

/** Only what the card shows: numbers, name, birth date, sex, address. */
function identityOf(patient: Resource): Resource {
  const shown: Resource = { resourceType: 'Patient', id: patient.id! };
  const identifiers = ((patient['identifier'] ?? []) as { system?: string }[]).filter(
    ({ system }) => system === PERSON || system === INSURANCE,
  );
  if (identifiers.length > 0) shown['identifier'] = identifiers;
  for (const element of ['name', 'birthDate', 'gender', 'address', 'deceasedBoolean', 'deceasedDateTime']) {
    if (patient[element] !== undefined) shown[element] = patient[element];
  }
  return shown;
}
