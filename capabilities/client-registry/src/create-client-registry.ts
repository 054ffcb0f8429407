import type { AccessEvent, Context, Resource } from '@yba/fhir';
import type { Capability, OperationRequest } from '@yba/http';
import { arrayText, type Sql } from '@yba/postgres';
import type { NamedChart, NumberAsked, Ports, Repository } from '@yba/repository';
import { INSURANCE, PERSON } from '@yba/vietnam';
import { identifyOperation, unidentifiedOperation } from './identity-officer.ts';
import { matchOperation } from './match.ts';
import { personNumbers } from './person-numbers.ts';
import { pdqmOperation } from './ihe/pdqm.ts';
import { pixmOperation } from './ihe/pixm.ts';
import { applyIdentities, identityFeed } from './ihe/pmir.ts';
import {
  confirmOperation,
  decideOperation,
  decisionsOperation,
  undoOperation,
} from './work-list/decisions.ts';
import { linkedOperation } from './work-list/linked.ts';
import { pairsOperation } from './work-list/pairs.ts';

export type ClientRegistryOptions = {
  /** Base of fullUrls: `http://localhost:8080/fhir`. */
  fhirBase: string;
  /** The owner's pool: identity is looked up across facilities, and only identity is answered. */
  sql: Sql;
  repository: Repository;
  decide: Ports['decide'];
  audit: { read(event: AccessEvent): Promise<void> };
};

/** The client registry: who is who, by number first, never by a guess. IHE PDQm and PIXm, and the identity officers' work. */
export function createClientRegistry(options: ClientRegistryOptions): Capability {
  return {
    name: 'client-registry',
    operations: [
      matchOperation(options), //        $match: who is this? (PDQm ITI-119)
      pdqmOperation(options), //         $pdqm: the same by search parameters (ITI-78)
      pixmOperation(options), //         $ihe-pix: the other identifiers of a person (PIXm ITI-83)
      unidentifiedOperation(options), // $unidentified, $identify: Patients without a number
      identifyOperation(options),
      pairsOperation(options), //        $identity-pairs: who may be one person
      decideOperation(options), //       $decide-identity, $confirm-identity, $undo-identity: two officers decide
      confirmOperation(options),
      undoOperation(options),
      decisionsOperation(options), //    $identity-decisions: what waits, and what was decided
      linkedOperation(options), //       $linked: all registrations of one person
    ],
  };
}

/** What the exchange of messages hands on: PMIR's feed of identities ($process-message, ITI-93), and Patients of its own events. */
export function createIdentityFeed(options: ClientRegistryOptions) {
  return {
    feed: (request: OperationRequest) => identityFeed(options, request),
    apply: (context: Context, patients: readonly Resource[], once: Parameters<typeof applyIdentities>[3]) =>
      applyIdentities(options, context, patients, once),
  };
}

/** Every chart of the persons who hold these numbers now; nobody is asked about what is no number of a person. */
export async function chartsNumbered(sql: Sql, identifiers: readonly NumberAsked[]): Promise<NamedChart[]> {
  const numbers = personNumbers({
    resourceType: 'Patient',
    identifier: identifiers.flatMap(({ system, value }) =>
      (system === undefined ? [PERSON, INSURANCE] : [system]).map((one) => ({ system: one, value })),
    ),
  });
  if (numbers.length === 0) return [];
  return sql<NamedChart[]>`
    select l.patient, l.facility, l.person
    from unnest(${arrayText(numbers, ({ system }) => system)}::text[], ${arrayText(numbers, ({ value }) => value)}::text[]) as asked (system, value)
    join person_identifier i on i.active and i.value = asked.value and i.system = asked.system
    join patient_link l on l.person = any(yba_person_keys(i.person))`;
}

/** The person who holds a person number now; undefined when nobody known does. */
export async function findPerson(sql: Sql, number: string): Promise<string | undefined> {
  const [row] = await sql<{ person: string }[]>`
    select coalesce(r.root, i.person) as person
    from person_identifier i left join person_root r on r.person = i.person
    where i.active and i.system = ${PERSON} and i.value = ${number}`;
  return row?.person;
}
