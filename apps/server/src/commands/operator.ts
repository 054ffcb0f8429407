import { userInfo } from 'node:os';
import { createAudit } from '@yba/audit';
import type { AccessAction, AccessEvent } from '@yba/fhir';
import type { Sql, Transaction } from '@yba/postgres';

/** What an operator did at the machine itself: who is named on the line, else the user of the system. */
export type OperatorAct = {
  by?: string | undefined;
  command: string;
  action: AccessAction;
  persons?: readonly string[];
  target?: string;
  count?: number;
  reason?: string;
  detail?: Readonly<Record<string, string>>;
};

/** Persons of one insert. */
const PERSONS_AT_ONCE = 1_000;

/**
 * The access log for commands, which show, copy or erase data without the server: `write` goes with a transaction, `log`
 * is durable when it resolves.
 */
export async function operatorLog(owner: Sql): Promise<{
  write(db: Transaction, act: OperatorAct): Promise<void>;
  log(act: OperatorAct): Promise<void>;
}> {
  const audit = await createAudit({
    baseUrl: 'http://localhost',
    owner,
    writer: owner,
    ports: {
      patient: () => Promise.resolve(undefined),
      explain: (looks) => Promise.resolve(looks.map(() => undefined)),
    },
  });
  const write = async (db: Transaction, act: OperatorAct) => {
    for (const event of eventsOf(act)) await audit.ports.write(db, [event]);
  };
  return {
    write,
    async log(act) {
      await owner.begin((db) => write(db, act));
    },
  };
}

function eventsOf({ by, command, persons = [], ...told }: OperatorAct): AccessEvent[] {
  const user = userInfo().username;
  const event = {
    ...told,
    at: new Date(),
    requestId: `yba ${command}`,
    caller: {
      role: 'platform' as const,
      client: 'yba',
      subject: `operator/${user}`,
      name: by ?? `${user} (yba ${command})`,
      scopes: [],
    },
    outcome: 'success' as const,
  };
  if (persons.length === 0) return [{ ...event, persons }];
  return Array.from({ length: Math.ceil(persons.length / PERSONS_AT_ONCE) }, (_, n) => ({
    ...event,
    persons: persons.slice(n * PERSONS_AT_ONCE, (n + 1) * PERSONS_AT_ONCE),
  }));
}
