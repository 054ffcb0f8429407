import type { Sql, Transaction } from '@yba/postgres';

/** Name of the database notification that tells whose log grew. */
const CHANNEL = 'access_log';

/** NOTIFY takes at most 8,000 bytes: this many person keys fit. */
const PERSONS_PER_NOTE = 200;

/** News are gathered this long, in ms. */
const GATHER_MS = 50;

/** Tells every server process whose log grew. */
export type News = {
  /** To be called once the rows are committed. */
  tell(persons: readonly string[]): void;
  /** As `tell`, for rows of a transaction that is not yet committed: told when it is, never before. */
  tellWithin(transaction: Transaction, persons: readonly string[]): Promise<void>;
  /** Calls with the person keys. Answers how to stop. */
  listen(grew: (persons: string[]) => void): Promise<() => Promise<void>>;
};

/**
 * News of the log by NOTIFY, gathered for a moment and sent in a transaction of their own: inside the log's own commit
 * they would hold a lock on the whole database until that is on disk, and commits could no longer share one write.
 * What is lost when a process is killed in that moment is a hint to an open page, never a row of the log.
 * Source: https://www.postgresql.org/docs/18/sql-notify.html
 */
export function logNews(owner: Sql, writer: Sql): News {
  const gathered = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  const send = () => {
    timer = undefined;
    const persons = [...gathered];
    gathered.clear();
    notify(writer, persons).catch(() => {}); // a hint, no more
  };
  return {
    tell(persons) {
      for (const person of persons) gathered.add(person);
      if (gathered.size > 0) timer ??= setTimeout(send, GATHER_MS).unref();
    },
    async tellWithin(transaction, persons) {
      if (persons.length > 0) await notify(transaction as unknown as Sql, persons);
    },
    async listen(grew) {
      const { unlisten } = await owner.listen(CHANNEL, (note) => grew(note.split(',')));
      return unlisten;
    },
  };
}

async function notify(sql: Sql, persons: readonly string[]): Promise<void> {
  const notes: string[] = [];
  for (let n = 0; n < persons.length; n += PERSONS_PER_NOTE)
    notes.push(persons.slice(n, n + PERSONS_PER_NOTE).join(','));
  await sql`select pg_notify(${CHANNEL}, note) from unnest(${notes}::text[]) as note`;
}
