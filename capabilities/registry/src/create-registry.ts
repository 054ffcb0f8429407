import type { AccessEvent, Context } from '@yba/fhir';
import type { Capability } from '@yba/http';
import type { Sql } from '@yba/postgres';
import type { Ports, Repository, Subscriber } from '@yba/repository';
import { changeOperation, undoChangeOperation } from './facilities/change-operations.ts';
import { facilityOperation } from './facilities/facility-operation.ts';
import { findOperation } from './find/find-operation.ts';
import { indexSubscriber, type ReadMany } from './find/index-subscriber.ts';
import { reportOperation } from './places/report-operation.ts';
import type { Fact } from './places/report.ts';
import { resolveFacilityOperation, resolvePlaceOperation } from './places/resolve-operations.ts';

export type RegistryOptions = {
  /** The owner's pool: the directory's index and books are of the platform. */
  sql: Sql;
  repository: Pick<Repository, 'read' | 'update' | 'history' | 'search' | 'transaction'>;
  decide: Ports['decide'];
  /** What is stored now behind ids of one type, read as the platform itself. */
  readMany: ReadMany;
  /** The platform as whoever writes the registries. */
  asPlatform(job: string): Context;
  /** Puts an operation into the access log. */
  log(event: AccessEvent): Promise<void>;
  /** Which of these Practitioners (`Practitioner/<id>`) an account is linked to. */
  accountsOf(practitioners: readonly string[]): Promise<readonly string[]>;
  /** Visits by facility and day, from the first day to the last. */
  visitsOf(from: string, to: string): Promise<readonly Fact[]>;
  now?: () => Date;
};

/**
 * The directory (IHE mCSD: the registries are in the store, this finds, dates and changes them), facilities joining and
 * leaving, and who is connected with whom.
 */
export function createRegistry(options: RegistryOptions): { capability: Capability; subscriber: Subscriber } {
  return {
    capability: {
      name: 'registry',
      operations: [
        findOperation(options), // $find-in-directory: type-ahead
        facilityOperation(options), // Organization/$directory-facility: as then, as now
        changeOperation(options), // merged, renamed, moved, closed, split …
        undoChangeOperation(options), // … and back
        resolveFacilityOperation(options), // a facility's code of any day on another
        resolvePlaceOperation(options), // a place's code of any day on another
        reportOperation(options), // sums as then, as now
      ],
    },
    subscriber: indexSubscriber(options.readMany),
  };
}
