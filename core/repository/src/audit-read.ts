import type { AccessEvent, Context } from '@yba/fhir';
import type { Row } from './rows/row.ts';
import type { Db } from './rows/session.ts';
import type { Env } from './write/transact.ts';

/** Puts a read into the access log, and is done when that is durable: no byte is shown before. */
export async function auditRead(
  env: Env,
  context: Context,
  event: Pick<AccessEvent, 'action' | 'target' | 'persons' | 'count'> & { outcome?: AccessEvent['outcome'] },
): Promise<void> {
  if (context.caller.role === 'platform') return;
  await env.ports.audit.read({
    at: env.now(),
    requestId: context.requestId,
    caller: context.caller,
    outcome: 'success',
    ...(context.purpose ? { purpose: context.purpose } : {}),
    ...event,
  });
}

/** The persons these rows are about. */
export async function personsOf(db: Db, rows: readonly Pick<Row, 'patient'>[]): Promise<string[]> {
  const patients = [...new Set(rows.flatMap(({ patient }) => (patient ? [patient] : [])))];
  if (patients.length === 0) return [];
  const found = await db<
    { person: string }[]
  >`select distinct person from patient_link where patient = any(${patients}::uuid[])`;
  return found.map(({ person }) => person);
}
