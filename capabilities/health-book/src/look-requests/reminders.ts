import { conflict, OutcomeError, type Context, type Resource } from '@yba/fhir';
import { reminderOf, type Reminder } from './communications.ts';
import { remindFrom } from './deadlines.ts';
import type { LookRequestOptions } from './options.ts';

type Row = { communication: string; due: Date; reminded: Date | null };

/** Requests looked at in one turn; what is beyond waits for the next. */
const AT_ONCE = 200;

/** Nobody asks for a reminder: the platform writes it as its own. */
const PLATFORM: Context = {
  requestId: 'reminder',
  caller: { role: 'platform', client: 'yba', subject: 'client/yba', name: 'Y Bạ', scopes: [] },
};

/**
 * Tells facilities that the deadline of a request comes near, and that it has passed: once each, as a Communication in
 * the person's record, so that the person reads it too. What was missed while the server was off is told when it is up
 * again. Answers how many were told.
 */
export async function remind({
  sql,
  repository,
  now = () => new Date(),
}: Pick<LookRequestOptions, 'sql' | 'repository' | 'now'>): Promise<number> {
  const at = now();
  const rows = await sql<Row[]>`
    select communication, due, reminded from look_request
    where answered is null and (overdue is null and due < ${at} or reminded is null and due < ${new Date(at.getTime() + LONGEST_MS)})
    order by due limit ${AT_ONCE}`;
  let told = 0;
  for (const row of rows) {
    const reminder = due(row, at);
    if (reminder && (await tell({ sql, repository }, row.communication, reminder, at))) told++;
  }
  return told;
}

/** Longer than any wait between a first reminder and its deadline: weekends and Tết lie between them. */
const LONGEST_MS = 20 * 24 * 3_600_000;

function due({ due: until, reminded }: Row, at: Date): Reminder | undefined {
  if (until < at) return 'overdue';
  return reminded === null && remindFrom(until) <= at ? 'reminder' : undefined;
}

async function tell(
  { repository }: Pick<LookRequestOptions, 'sql' | 'repository'>,
  communication: string,
  kind: Reminder,
  at: Date,
): Promise<boolean> {
  const reference = `Communication/${communication}`;
  const question = (await repository.current([reference])).get(reference);
  if (!question) return false;
  const bundle: Resource = {
    resourceType: 'Bundle',
    type: 'transaction',
    entry: [{ resource: reminderOf(question, kind, at), request: { method: 'POST', url: 'Communication' } }],
  };
  try {
    await repository.transaction(
      PLATFORM,
      bundle,
      { handling: 'strict' },
      {
        async after(db, [written]) {
          const [done] = await db`
            update look_request
            set reminded = coalesce(reminded, ${at}), ${kind === 'overdue' ? db`overdue = ${at},` : db``}
              told = told || ${written!.id}::text
            where communication = ${communication} and answered is null
              and ${kind === 'overdue' ? db`overdue is null` : db`reminded is null`}
            returning 1`;
          if (!done) throw conflict('Told already, or answered meanwhile');
        },
      },
    );
    return true;
  } catch (error) {
    if (error instanceof OutcomeError && error.issues[0]?.code === 'conflict') return false;
    throw error;
  }
}
