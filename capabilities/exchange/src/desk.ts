import type { AccessEvent, Context, Resource } from '@yba/fhir';
import type { OperationRequest, OperationResponse, Turns } from '@yba/http';
import type { Sql, Transaction } from '@yba/postgres';
import type { Ports, Repository, Within } from '@yba/repository';

/** Where dossiers are filed: the record, and the database that holds the books about them. */
export type Desk = {
  repository: Repository;
  owner: Sql;
  /** Turns of what is filed, by its bytes, together with the bodies of requests. */
  room: Turns;
  /** `read` resolves once the access is in the log. */
  audit: { read(event: AccessEvent): Promise<void> };
};

/** Where messages are received and filed. */
export type MessageDesk = Desk & {
  /** Base of absolute addresses: `http://localhost:8080/fhir`. */
  fhirBase: string;
  /** Pools of roles yba_writer and yba_reader. */
  writer: Sql;
  reader: Sql;
  decide: Ports['decide'];
  audit: Desk['audit'] & { write(transaction: Transaction, events: readonly AccessEvent[]): Promise<void> };
  identities: IdentityPort;
};

/** What the client registry does with identities that a facility feeds. */
export type IdentityPort = {
  /** Answers PMIR's identity feed. */
  feed(request: OperationRequest): Promise<OperationResponse>;
  /**
   * Writes Patients as the caller's own, once under the key; one that was replaced becomes a proposal to merge. Answers
   * them as `Patient/id`.
   */
  apply(
    context: Context,
    patients: readonly Resource[],
    once: { key: string } | { within: Within },
  ): Promise<string[]>;
};
