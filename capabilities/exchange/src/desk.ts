import type { AccessEvent } from '@yba/fhir';
import type { Sql } from '@yba/postgres';
import type { Repository } from '@yba/repository';

/** Where dossiers are filed: the record, and the database that holds the books about them. */
export type Desk = {
  repository: Repository;
  owner: Sql;
  /** `read` resolves once the access is in the log. */
  audit: { read(event: AccessEvent): Promise<void> };
};
