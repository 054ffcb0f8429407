import type { Capability } from '@yba/http';
import type { Sql } from '@yba/postgres';
import type { Subscriber } from '@yba/repository';
import { coordinationStatus } from './coordination-status.ts';
import { figuresSubscriber, type ReadMany } from './figures-subscriber.ts';

export type OversightOptions = {
  /** The owner's pool: the figures belong to no facility. */
  sql: Sql;
  ports: {
    /** What is stored now behind ids of one type, read as the platform itself. */
    readMany: ReadMany;
    /** Codes of the facilities that hold credentials to send with. */
    credentialed(): Promise<readonly string[]>;
  };
  now?: () => Date;
};

/** What the ministry sees: `Organization/$coordination-status`, and the subscriber that keeps its figures. */
export function createOversight({ sql, ports, now = () => new Date() }: OversightOptions): {
  capability: Capability;
  subscriber: Subscriber;
} {
  return {
    capability: {
      name: 'oversight',
      operations: [coordinationStatus({ sql, credentialed: ports.credentialed, now })],
    },
    subscriber: figuresSubscriber(ports.readMany),
  };
}
