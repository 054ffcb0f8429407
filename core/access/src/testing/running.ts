import { connect, type SecretSeal, type Sql } from '@yba/postgres';
import { testDatabase, testSecrets } from '@yba/postgres/testing';
import type { AccessEvent, Caller, Interactions, Resource } from '@yba/fhir';
import { createHttp, freePort, type Capability } from '@yba/http';
import { facilityNumber } from '@yba/repository';
import { createAccess, type Access, type AccessOptions } from '../index.ts';
import { PASSWORD_COST } from './password-cost.ts';

/** A server with access alone in it, on a database of its own; `whoami` answers the Caller of a token. */
export type Running = {
  baseUrl: string;
  databaseUrl: string;
  sql: Sql;
  secrets: SecretSeal;
  access: Access;
  /** Everything the audit port was told. */
  logged: AccessEvent[];
  /** Stores a Patient's link: facility, person. Answers its row id, which is its public id too. */
  addPatient(facility: string, person?: string): Promise<{ id: string; person: string }>;
  stop(): Promise<void>;
};

/** Starts it; `more` may add capabilities and the national sign-in, or hash passwords as a server in use does. */
export async function running(
  more: {
    standardHashes?: boolean;
    options?: (
      baseUrl: string,
      sql: Sql,
      internalUrl: () => string,
      secrets: SecretSeal,
    ) => Promise<Partial<AccessOptions> & { capabilities?: Capability[] }>;
  } = {},
): Promise<Running> {
  const database = await testDatabase();
  const sql = connect(database.url, { max: 6 });
  const port = await freePort();
  const baseUrl = `http://localhost:${port}`;
  const secrets = testSecrets();
  const logged: AccessEvent[] = [];
  const { capabilities = [], ...options } =
    (await more.options?.(baseUrl, sql, () => `http://127.0.0.1:${port}`, secrets)) ?? {};
  const access = await createAccess({
    baseUrl,
    sql,
    secrets,
    ports: {
      async findPerson(number) {
        const [row] = await sql<
          { person: string }[]
        >`select person from person_identifier where value = ${number} and active`;
        return row?.person;
      },
      async patient(id) {
        if (!/^[0-9a-f-]{36}$/.test(id)) return undefined;
        const [row] = await sql<{ patient: string; person: string; facility: number }[]>`
          select patient, person, facility from patient_link where patient = ${id}`;
        return row;
      },
      audit: {
        read: async (event) => void logged.push(event),
        write: async (_transaction, events) => void logged.push(...events),
      },
    },
    onError: () => {},
    sessionPollMs: 300,
    ...(more.standardHashes ? {} : { passwordCost: PASSWORD_COST }),
    ...options,
  });
  const unfollow = await access.follow();
  const app = await createHttp({
    interactions: {} as Interactions,
    capabilities: [access.capability, whoami, ...capabilities],
    authenticate: access.authenticate,
    baseUrl,
    resourceTypes: new Set(['Patient']),
    about: { version: '0', date: '2026-01-01', searchParameters: () => [] },
    health: { check: async () => {}, about: {} },
    smartConfiguration: access.smartConfiguration,
    knownOrigin: access.knownOrigin,
  });
  await app.listen({ port, host: '127.0.0.1' });
  return {
    baseUrl,
    databaseUrl: database.url,
    sql,
    secrets,
    access,
    logged,
    async addPatient(facility, person) {
      const [row] = await sql<{ id: string; person: string }[]>`
        insert into patient_link (patient, placement, person, facility)
        select gen_random_uuid(), person, person, ${facilityNumber(facility)} from coalesce(${person ?? null}::uuid, gen_random_uuid()) as person
        returning patient as id, person`;
      return row!;
    },
    async stop() {
      await app.close();
      await unfollow();
      await sql.end();
      await database.drop();
    },
  };
}

const whoami: Capability = {
  name: 'whoami',
  operations: [
    {
      code: 'whoami',
      on: { system: true },
      methods: ['GET'],
      handle: async ({ context }) => ({ resource: context.caller as unknown as Resource }),
    },
  ],
};

/** Who a token speaks for, as the FHIR base sees it; the status when it does not. */
export async function callerOf(baseUrl: string, token: string): Promise<Caller | number> {
  const response = await fetch(`${baseUrl}/fhir/$whoami`, { headers: { authorization: `Bearer ${token}` } });
  return response.ok ? ((await response.json()) as Caller) : response.status;
}
