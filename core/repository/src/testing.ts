import type { AccessEvent, Caller, Context, Resource } from '@yba/fhir';
import { outcomeError } from '@yba/fhir';
import { connect } from '@yba/postgres';
import { testDatabase } from '@yba/postgres/testing';
import { PERSON } from '@yba/vietnam';
import type { Ports } from './ports.ts';
import { createRepository } from './repository.ts';
import type { Repository } from './repository.ts';
import { newPerson } from './rows/row-id.ts';
import type { Pools } from './rows/session.ts';

/** A repository on a database of its own, with the simplest true policy: own rows, and what was opened by hand. */
export type TestRepository = {
  repository: Repository;
  ports: Ports;
  pools: Pools;
  url: string;
  /** The accesses logged so far. */
  events: AccessEvent[];
  /** Opens the person of a Patient to a facility. */
  open(facility: string, patientId: string): Promise<void>;
  close(): Promise<void>;
};

/** A system client of the facility, as a request's context. */
export function contextOf(facility: string, over: Partial<Caller> = {}): Context {
  const caller: Caller = {
    role: 'system',
    client: `client-${facility}`,
    subject: `client/${facility}`,
    name: `Hospital ${facility}`,
    facility,
    scopes: ['system/*.cruds'],
    ...over,
  };
  return { caller, requestId: 'test' };
}

export async function testRepository(over: Partial<Ports> = {}): Promise<TestRepository> {
  const { url, drop } = await testDatabase();
  const pools: Pools = {
    owner: connect(url, { max: 4 }),
    lookup: connect(url, { lookups: true, max: 2 }),
    reader: connect(url, { role: 'yba_reader', max: 4 }),
    writer: connect(url, { role: 'yba_writer', max: 8 }),
  };
  const opened = new Map<string, Set<string>>();
  const events: AccessEvent[] = [];
  const ports: Ports = {
    async decide({ caller }) {
      if (caller.role === 'platform') return { patients: [], self: false, everything: true };
      const persons = [
        ...(opened.get(caller.facility ?? '') ?? []),
        ...(caller.person ? [caller.person] : []),
      ];
      const rows = await pools.owner<{ patient: string }[]>`
        select patient from patient_link where person = any(${persons}::uuid[])`;
      const patients = rows.map(({ patient }) => patient);
      return {
        patients,
        self: caller.role === 'citizen',
        ...(caller.facility ? { facility: caller.facility } : {}),
      };
    },
    persons: {
      async resolve(tx, questions) {
        const answers = new Map();
        for (const { key, resource, linked } of questions) {
          const number = numberOf(resource);
          const [known] = number
            ? await tx<{ person: string }[]>`
                select person from person_identifier where system = ${PERSON} and value = ${number} and active`
            : [];
          const person = known?.person ?? linked ?? newPerson();
          answers.set(key, number ? { person } : { person, unknown: 'no-number' });
        }
        return answers;
      },
      async linked(tx, links) {
        for (const { resource, answer } of links) {
          const number = numberOf(resource);
          if (!number) continue;
          const [held] = await tx<{ person: string }[]>`
            insert into person_identifier (system, value, person, facility) values (${PERSON}, ${number}, ${answer.person}, 0)
            on conflict (value, system) where active do update set active = true returning person`;
          if (held!.person !== answer.person) throw outcomeError('transient', 'another was first');
        }
      },
    },
    audit: {
      read: (event) => Promise.resolve(void events.push(event)),
      write: (_tx, written) => Promise.resolve(void events.push(...written)),
    },
    ...over,
  };
  const repository = createRepository({ pools, ports, baseUrl: 'http://localhost/fhir' });
  return {
    repository,
    ports,
    pools,
    url,
    events,
    async open(facility, patientId) {
      const link = await repository.patient(patientId);
      const persons = opened.get(facility) ?? new Set();
      opened.set(facility, persons.add(link!.person));
    },
    async close() {
      await Promise.all(Object.values(pools).map((pool) => pool.end()));
      await drop();
    },
  };
}

function numberOf(patient: Resource): string | undefined {
  const identifiers = (patient['identifier'] ?? []) as { system?: string; value?: string }[];
  return identifiers.find(({ system }) => system === PERSON)?.value;
}

/** Waits until the feed shows all that is committed: nothing younger than what other databases of the cluster write. */
export async function feedShowsAll({ owner }: Pick<Pools, 'owner'>): Promise<void> {
  for (;;) {
    const [row] = await owner<{ hidden: number }[]>`
      select count(*) as hidden from feed where xid >= pg_snapshot_xmin(pg_current_snapshot())`;
    if (row!.hidden === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

export { inProcess } from './testing/in-process.ts';

/** What a program needs that fills a test database faster than the API allows: rows as the store itself makes them. */
export { facilityNumber } from './rows/facility-number.ts';
export { typeNumber } from './rows/resource-type.ts';
export { newRowId } from './rows/row-id.ts';
export { termHash } from './rows/term-hash.ts';
export { compress } from './rows/zstd.ts';
export { splitTerms } from './search/indexed-terms.ts';
