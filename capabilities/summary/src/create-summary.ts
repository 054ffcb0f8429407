import type { AccessEvent } from '@yba/fhir';
import type { Capability, RateLimits } from '@yba/http';
import { linkOperations, type LinkPorts } from './health-links.ts';
import { addLinkRoute } from './link-route.ts';
import { summaryOperation } from './summary.ts';

export type SummaryOptions = LinkPorts & {
  audit: { read(event: AccessEvent): Promise<void> };
  /** Limits over all server processes; of this process alone when absent. */
  rateLimits?: RateLimits;
};

export type Summary = {
  capability: Capability;
  /** Removes the files of links that are over; answers how many. */
  sweep(): Promise<number>;
};

/** A record in short for others: the International Patient Summary, and links by which its owner hands it out. */
export function createSummary(options: SummaryOptions): Summary {
  return {
    capability: {
      name: 'summary',
      operations: [
        summaryOperation(options), // Patient/{id}/$summary
        ...linkOperations(options), // Patient/{id}/$health-link · $health-links · $revoke-health-link
      ],
      routes: (app) => addLinkRoute(app, options), // POST /shl/{token}
    },
    async sweep() {
      const rows = await options.sql`
        update health_link set file = '' where file <> '' and (until < now() or revoked is not null) returning 1`;
      return rows.length;
    },
  };
}
