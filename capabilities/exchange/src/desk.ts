import type { Sql } from '@yba/postgres';
import type { Repository } from '@yba/repository';

/** Where dossiers are filed: the record, and the database that holds the books about them. */
export type Desk = { repository: Repository; owner: Sql };
