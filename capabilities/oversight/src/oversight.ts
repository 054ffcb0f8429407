import type { Capability } from '@yba/http';
import type { Sql } from '@yba/postgres';
import type { Subscriber } from '@yba/repository';
import type { AccessEvent } from '@yba/fhir';
import { createAlerts, type Alerts } from './alerts/create-alerts.ts';
import { coordinationStatus } from './coordination-status.ts';
import { securityFile, type SecurityFileOptions } from './security/security-file.ts';
import { figuresSubscriber, type ReadMany } from './figures-subscriber.ts';

export type OversightOptions = {
  /** The owner's pool: the figures belong to no facility. */
  sql: Sql;
  ports: {
    /** What is stored now behind ids of one type, read as the platform itself. */
    readMany: ReadMany;
    /** Codes of the facilities that hold credentials to send with. */
    credentialed(): Promise<readonly string[]>;
    /** Measures what the security-level file speaks of, of one facility (5-character code) or of all. */
    measure: SecurityFileOptions['measure'];
    /** Puts a look into the access log. */
    log(event: AccessEvent): Promise<void>;
  };
  now?: () => Date;
};

/**
 * What the ministry sees (`Organization/$coordination-status`, and the subscriber that keeps its figures), and what a
 * facility's privacy officer watches: unusual looks.
 */
export function createOversight({ sql, ports, now = () => new Date() }: OversightOptions): {
  capability: Capability;
  subscriber: Subscriber;
  alerts: Alerts;
} {
  const alerts = createAlerts({ sql, ports });
  return {
    alerts,
    capability: {
      name: 'oversight',
      operations: [
        coordinationStatus({ sql, credentialed: ports.credentialed, now }),
        securityFile(ports),
        ...alerts.operations, // $privacy-alerts · $privacy-alert · $decide-alert · $privacy-alert-counts
      ],
    },
    subscriber: figuresSubscriber(ports.readMany),
  };
}
