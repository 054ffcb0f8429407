import { markLogged, type Context, type OutcomeError } from '@yba/fhir';
import type { ClientRegistryOptions } from '../create-client-registry.ts';

/**
 * The Patients, by row id, of whom an officer does not learn, own ones too: the person refused them by name, or their department.
 * They are in no list and no count of theirs, and are absent where they are named.
 */
export async function keptFrom(
  { decide }: Pick<ClientRegistryOptions, 'decide'>,
  context: Context,
): Promise<string[]> {
  const { limits } = await decide(context, {
    action: 'read',
    types: ['Patient'],
    patients: [],
    probe: true,
  });
  return Object.entries(limits?.patients ?? {}).flatMap(([patient, limit]) =>
    limit.none || limit.unfindable || limit.ownTypes?.includes('Patient') ? [patient] : [],
  );
}

/** Logs, for the persons concerned, that an officer named Patients (by row id) that are absent to them; gives the error back. */
export async function logAbsent(
  { sql, audit }: Pick<ClientRegistryOptions, 'sql' | 'audit'>,
  { caller, requestId }: Context,
  patients: readonly string[],
  error: OutcomeError,
): Promise<OutcomeError> {
  const links = await sql<{ person: string }[]>`
    select distinct person from patient_link where patient = any(${patients as string[]}::uuid[])`;
  await audit.read({
    at: new Date(),
    requestId,
    caller,
    action: 'update',
    target: 'Patient/$identity-decisions',
    persons: links.map(({ person }) => person),
    count: 0,
    outcome: 'denied',
  });
  return markLogged(error);
}
