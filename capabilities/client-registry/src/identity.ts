import { outcomeError, parseJson } from '@yba/fhir';
import type { Context, Resource } from '@yba/fhir';
import type { Sql } from '@yba/postgres';
import { facilityNumber } from '@yba/repository';
import type { Repository } from '@yba/repository';
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
  const chosen = await choose(
    sql,
    context,
    found.flatMap(({ patients }) => patients),
  );
  const answers = await Promise.all(
    found.map(async (each) => {
      const own = chosen.filter(({ patient }) => each.patients.includes(patient));
      const best = own[0];
      const identity = best && (await identityOf(repository, context, best.id));
      if (!identity) return [];
      const reach = await decide(context, { action: 'read', types: ['Patient'], patients: [best.patient] });
      const open = reach.facility !== undefined && (best.own || reach.patients.includes(best.patient));
      const state = { url: extension('open-state'), valueCode: open ? 'open' : 'closed' };
      return [{ found: each, resource: { ...identity, extension: [state] } }];
    }),
  );
  return answers.flat();
}

type Chosen = { patient: string; id: string; own: boolean };

async function choose(sql: Sql, { caller }: Context, patients: readonly string[]): Promise<Chosen[]> {
  return sql<Chosen[]>`
    select l.patient, coalesce(l.client_id, l.patient::text) as id, l.facility = ${caller.facility ? facilityNumber(caller.facility) : -1} as own
    from patient_link l where l.patient = any(${patients as string[]}::uuid[])
    order by own desc, l.since, l.patient`;
}

/** The server itself, who reads across facilities and answers identity alone. */
export const asPlatform = (context: Context): Context => ({
  ...context,
  caller: { role: 'platform', client: 'platform', subject: 'platform', name: 'Y Bạ', scopes: [] },
});

/** Only what the card shows: numbers, name, birth date, sex, address. Undefined for one that is deleted. */
export async function identityOf(
  repository: Repository,
  context: Context,
  id: string,
): Promise<Resource | undefined> {
  const stored = await repository.read(asPlatform(context), 'Patient', id).catch(() => undefined);
  if (!stored) return undefined;
  const patient = parseJson(stored.text);
  const shown: Resource = { resourceType: 'Patient', id };
  const identifiers = ((patient['identifier'] ?? []) as { system?: string }[]).filter(
    ({ system }) => system === PERSON || system === INSURANCE,
  );
  if (identifiers.length > 0) shown['identifier'] = identifiers;
  for (const element of ['name', 'birthDate', 'gender', 'address', 'deceasedBoolean', 'deceasedDateTime']) {
    if (patient[element] !== undefined) shown[element] = patient[element];
  }
  return shown;
}
