import type { Caller } from '@yba/fhir';
import type { Sql } from '@yba/postgres';
import { facilityCode, facilityNumber } from '@yba/repository';

/** A client as it was when it handed a message over. */
export type Sender = {
  facility: number;
  client: string;
  name: string;
  facility_name: string | null;
  scopes: string;
};

/** Senders remembered by this process. */
const KNOWN_MOST = 10_000;

/** Answers the number a caller is kept under in message_sender, made when it is new. */
export function createSenders(owner: Sql): (caller: Caller) => Promise<number> {
  const known = new Map<string, Promise<number>>();
  return (caller) => {
    const { client, name, facility, facilityName = null, scopes } = caller;
    const key = JSON.stringify([client, name, facility, facilityName, scopes]);
    let id = known.get(key);
    if (!id) {
      if (known.size >= KNOWN_MOST) known.clear();
      id = numberOfSender(owner, {
        facility: facilityNumber(facility!),
        client,
        name,
        facility_name: facilityName,
        scopes: scopes.join(' '),
      });
      known.set(key, id);
      id.catch(() => known.delete(key));
    }
    return id;
  };
}

async function numberOfSender(owner: Sql, sender: Sender): Promise<number> {
  const { facility, client, name, facility_name, scopes } = sender;
  await owner`
    insert into message_sender (facility, client, name, facility_name, scopes)
    values (${facility}, ${client}, ${name}, ${facility_name}, ${scopes}) on conflict do nothing`;
  const [row] = await owner<{ id: number }[]>`
    select id from message_sender where client = ${client} and facility = ${facility} and name = ${name}
      and facility_name is not distinct from ${facility_name} and scopes = ${scopes}`;
  return row!.id;
}

/** The sender as the caller it was: filing asks the policy what that token allowed. */
export function callerOf({ facility, client, name, facility_name, scopes }: Sender): Caller {
  return {
    role: 'system',
    client,
    subject: `client/${client}`,
    name,
    facility: facilityCode(facility),
    ...(facility_name === null ? {} : { facilityName: facility_name }),
    scopes: scopes.split(' ').filter((scope) => scope !== ''),
  };
}
