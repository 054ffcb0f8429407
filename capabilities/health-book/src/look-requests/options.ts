import { outcomeError, type AccessEvent, type Caller, type Context, type Resource } from '@yba/fhir';
import type { Sql } from '@yba/postgres';
import type { Repository } from '@yba/repository';

/** The look a person asks about, as the log tells it. `person`: whose record it was. */
export type AskedLook = {
  person: string;
  facility: string | undefined;
  facilityName: string | undefined;
  isOwn: boolean;
};

export type LookRequestOptions = {
  sql: Sql;
  repository: Pick<Repository, 'transaction' | 'current'>;
  /** A look at somebody's record, by its AuditEvent id. */
  look(event: string): Promise<AskedLook | undefined>;
  /** The person a Patient (its public id) is linked to. */
  personOf(patient: string): Promise<string | undefined>;
  /** Whether a citizen asks in the stead of this other person. */
  readsLogOf(caller: Caller, person: string): Promise<boolean>;
  /** AuditEvents by their ids, for whoever was asked about them. */
  events(ids: readonly string[]): Promise<object[]>;
  audit: { read(event: AccessEvent): Promise<void> };
  now?: () => Date;
};

/** How a citizen speaks for a person: as themselves, or in the stead of one they answer for; undefined when they do not. */
export async function speaksFor(
  { sql, readsLogOf }: Pick<LookRequestOptions, 'sql' | 'readsLogOf'>,
  caller: Caller,
  person: string,
): Promise<'self' | 'stead' | undefined> {
  if (caller.role !== 'citizen' || !caller.person) return undefined;
  const [row] = await sql<{ own: boolean }[]>`
    select ${person}::uuid = any(yba_person_keys(${caller.person})) as own`;
  if (row!.own) return 'self';
  return (await readsLogOf(caller, person)) ? 'stead' : undefined;
}

const WORDS_MOST = 2_000;

/** The words sent along. Throws what is missing. */
export function textOf(body: Resource | undefined): string {
  const parameters = (body?.['parameter'] ?? []) as { name: string; valueString?: string }[];
  const text = parameters.find(({ name }) => name === 'text')?.valueString?.trim() ?? '';
  if (text.length < 2 || text.length > WORDS_MOST)
    throw outcomeError(
      text === '' ? 'required' : 'value',
      {
        en: `Write what you want to say: Parameters “text”, 2 to ${WORDS_MOST} characters`,
        vi: `Hãy viết điều muốn nói, từ 2 đến ${WORDS_MOST} ký tự.`,
      },
      "Parameters.parameter.where(name='text')",
    );
  return text;
}

/** The platform keeps what two parties write to each other; the log names who wrote. */
export function keeperFor(context: Context): Context {
  return { ...context, caller: { ...context.caller, role: 'platform' } satisfies Caller };
}

/** One access to requests, for the log. */
export function accessTo(
  context: Context,
  target: string,
  persons: readonly string[],
  count: number,
): AccessEvent {
  const { caller, requestId } = context;
  const told = { at: new Date(), requestId, caller, target, persons, count };
  return {
    ...told,
    action: 'search',
    outcome: 'success',
    // the person reads in their log why an officer came by
    ...(caller.role === 'privacy-officer'
      ? { purpose: 'HCOMPL', reason: 'Trả lời yêu cầu của người bệnh' }
      : {}),
  };
}
