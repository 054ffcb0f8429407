import { createHash } from 'node:crypto';
import type { Caller } from '@yba/fhir';
import type { Sql } from '@yba/postgres';
import { facilityNumber } from '@yba/repository';
import { agentText } from './proof/index.ts';

const CACHE_ENTRIES = 20_000;

/**
 * Who looked, as they stand in the log: number of the row, SHA-256 (hex) over everything told of them, and the timeline of the
 * database in which they have that number.
 */
export type Agent = { id: number; digest: string; timeline: string };

/** Answers callers, as they are today, as they stand in the log. */
export type Agents = {
  of(callers: readonly Caller[]): Promise<Agent[]>;
  /** Asks for all of them anew: the database was taken over by one that may not have them. */
  forget(): void;
};

/**
 * Who looked is stored once and referred to by number: a log row stays near 130 bytes. The digest is over
 * everything told, so a changed name or role is another row and old looks keep what was true then.
 */
export function logAgents(sql: Sql): Agents {
  const known = new Map<string, Agent>();
  let seen = new WeakMap<Caller, Agent>(); // a token's caller is one object as long as the token is remembered
  return {
    async of(callers) {
      if (!callers.every((caller) => seen.has(caller))) await learn(callers);
      return callers.map((caller) => seen.get(caller) ?? known.get(digestOf(caller))!);
    },
    forget() {
      known.clear();
      seen = new WeakMap();
    },
  };

  async function learn(callers: readonly Caller[]): Promise<void> {
    const digests = callers.map(digestOf);
    if (known.size > CACHE_ENTRIES) known.clear();
    const missing = new Map<string, Caller>();
    digests.forEach((digest, n) => known.has(digest) || missing.set(digest, callers[n]!));
    if (missing.size > 0) for (const agent of await store(sql, missing)) known.set(agent.digest, agent);
    digests.forEach((digest, n) => seen.set(callers[n]!, known.get(digest)!));
  }
}

async function store(sql: Sql, agents: ReadonlyMap<string, Caller>): Promise<Agent[]> {
  const rows = [...agents].map(([digest, caller]) => ({
    digest,
    subject: caller.subject,
    client: caller.client,
    role: caller.role,
    name: caller.name,
    facility: caller.facility ? facilityNumber(caller.facility) : null,
    facility_name: caller.facilityName ?? null,
    practitioner: caller.practitioner ?? null,
    person: caller.person ?? null,
  }));
  await sql`
    insert into access_agent (digest, subject, client, role, name, facility, facility_name, practitioner, person)
    select decode(digest, 'hex'), subject, client, role, name, facility, facility_name, practitioner, person
    from jsonb_to_recordset(${sql.json(rows)}) as agent(digest text, subject text, client text, role text, name text,
      facility int, facility_name text, practitioner text, person uuid)
    on conflict (digest) do nothing`;
  return sql<Agent[]>`
    select id, encode(digest, 'hex') as digest, yba_timeline() as timeline from access_agent
    where digest in (select decode(value, 'hex') from jsonb_array_elements_text(${sql.json([...agents.keys()])}))`;
}

function digestOf(caller: Caller): string {
  const { subject, client, role, name, facility, facilityName, practitioner, person } = caller;
  const told = agentText([
    subject,
    client,
    role,
    name,
    facility ?? null,
    facilityName ?? null,
    practitioner ?? null,
    person ?? null,
  ]);
  return createHash('sha256').update(told).digest('hex');
}
