import type { Capability } from '@yba/http';
import type { Sql } from '@yba/postgres';
import type { Lists } from './lists/read-lists.ts';
import { conform } from './results/conform.ts';
import { conformanceResults } from './results/conformance-results.ts';

export type ConformanceOptions = {
  /** The owner's pool: results are a facility's, and answered to officers. */
  sql: Sql;
  /** Lists of codes that the operator has; codes of others are told of as not checked. */
  lists?: Lists;
  ports: {
    /** Names of facilities by their 5-character code; those not known are left out. */
    namesOf(codes: readonly string[]): Promise<ReadonlyMap<string, string>>;
  };
};

/** The kit on the server: a vendor's data is checked before it is sent, and how far each facility is stays known. */
export function createConformance(options: ConformanceOptions): Capability {
  return {
    name: 'conformance',
    operations: [
      conform(options), //            $conform: what is wrong with this; keeps figures, never the data
      conformanceResults(options), // $conformance-results: how far each facility is
    ],
  };
}
