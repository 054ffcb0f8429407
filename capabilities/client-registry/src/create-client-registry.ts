import type { AccessEvent } from '@yba/fhir';
import type { Capability } from '@yba/http';
import type { Sql } from '@yba/postgres';
import type { Ports, Repository } from '@yba/repository';
import { PERSON } from '@yba/vietnam';
import { identifyOperation, unidentifiedOperation } from './identity-officer.ts';
import { matchOperation } from './match.ts';

export type ClientRegistryOptions = {
  /** Base of fullUrls: `http://localhost:8080/fhir`. */
  fhirBase: string;
  /** The owner's pool: identity is looked up across facilities, and only identity is answered. */
  sql: Sql;
  repository: Repository;
  decide: Ports['decide'];
  audit: { read(event: AccessEvent): Promise<void> };
};

/** The client registry: who is who, by number first, never by a guess. IHE PDQm; `$match`, `$unidentified`, `$identify`. */
export function createClientRegistry(options: ClientRegistryOptions): Capability {
  return {
    name: 'client-registry',
    operations: [matchOperation(options), unidentifiedOperation(options), identifyOperation(options)],
  };
}

/** The person who holds a person number now; undefined when nobody known does. */
export async function findPerson(sql: Sql, number: string): Promise<string | undefined> {
  const [row] = await sql<{ person: string }[]>`
    select coalesce(r.root, i.person) as person
    from person_identifier i left join person_root r on r.person = i.person
    where i.active and i.system = ${PERSON} and i.value = ${number}`;
  return row?.person;
}
