import type { AccessAction, AccessEvent, Caller } from '@yba/fhir';
import type { Sql, Transaction } from '@yba/postgres';
import { facilityCode, facilityNumber } from '@yba/repository';
import { findAccount, subjectOf, type Account } from '../accounts/accounts.ts';
import { memberships } from '../accounts/memberships.ts';
import type { AccessOptions } from '../options.ts';

/** What is told of one security event. `target` is the account it is about, when that is another than who acts. */
export type SecurityEvent = {
  requestId: string;
  caller: Caller;
  action: Extract<AccessAction, 'sign-in' | 'sign-out' | 'lock' | 'unlock' | 'revoke' | 'switch' | 'account'>;
  outcome: AccessEvent['outcome'];
  target?: string;
  /** In words, shown to the privacy officer; never what was typed. */
  reason?: string;
};

/** Writes it to the access log; resolves once it is durable. */
export function logSecurity(
  { audit }: Pick<AccessOptions['ports'], 'audit'>,
  event: SecurityEvent,
): Promise<void> {
  return audit.read(inLog(event));
}

/** Writes them to the access log with the commit they tell of. */
export function logSecurityWith(
  transaction: Transaction,
  { audit }: Pick<AccessOptions['ports'], 'audit'>,
  events: readonly SecurityEvent[],
): Promise<void> {
  return audit.write(transaction, events.map(inLog));
}

function inLog({ requestId, caller, action, outcome, target, reason }: SecurityEvent): AccessEvent {
  return {
    at: new Date(),
    requestId,
    caller,
    action,
    persons: caller.person ? [caller.person] : [],
    outcome,
    ...(target ? { target } : {}),
    ...(reason ? { reason } : {}),
  };
}

/** An account as the access log knows it. */
export function callerOf(account: Account, client: string): Caller {
  return {
    role: account.role,
    client,
    subject: subjectOf(account.id),
    name: account.name,
    ...(account.facility === null
      ? {}
      : { facility: facilityCode(account.facility), facilityName: account.facility_name ?? '' }),
    ...(account.practitioner ? { practitioner: account.practitioner } : {}),
    ...(account.person ? { person: account.person } : {}),
    scopes: [],
  };
}

/**
 * An account as it stands at each of its facilities, so that each one's privacy officer reads of what concerns the
 * account itself; once for an account that belongs to none, and as it last was for one that works nowhere any more.
 */
export async function callersOf(sql: Sql, account: string, client: string): Promise<Caller[]> {
  const places = await memberships(sql, account);
  const facilities = places.length > 0 ? places.map(({ facility }) => facilityNumber(facility)) : [undefined];
  const found = await Promise.all(
    facilities.map((facility) => findAccount(sql, subjectOf(account), facility)),
  );
  const callers = found.flatMap((one) => (one ? [callerOf(one, client)] : []));
  return callers.length > 0 ? callers : formerly(sql, account, client);
}

/** Who works nowhere any more, as they were where they worked last: that place is told of what they try. */
async function formerly(sql: Sql, account: string, client: string): Promise<Caller[]> {
  const rows = await sql<
    Pick<Account, 'id' | 'role' | 'name' | 'facility' | 'facility_name' | 'practitioner' | 'person'>[]
  >`
    select a.id, m.role, a.name, m.facility, m.facility_name, m.practitioner, a.person
    from account a join membership m on m.account = a.id
    where a.id = ${account} and m.ended is not null order by m.ended desc limit 1`;
  return rows.map((row) => callerOf(row as Account, client));
}

/** Who tried a name that nobody has: it is logged that somebody did, never the name, which may be a mistyped password. */
export function nobody(client: string): Caller {
  return { role: 'platform', client, subject: 'account/unknown', name: 'Không rõ là ai', scopes: [] };
}
