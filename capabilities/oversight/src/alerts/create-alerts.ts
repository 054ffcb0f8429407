import type { AccessEvent } from '@yba/fhir';
import type { Operation } from '@yba/http';
import type { Sql } from '@yba/postgres';
import type { ReadMany } from '../figures-subscriber.ts';
import { alertOperations } from './operations.ts';
import { ALERTS_CHANNEL } from './rules.ts';
import { watchLooks } from './watch.ts';
import { staffReader } from './whose.ts';

/** How long the watch rests when it has seen all there is, in ms. */
const REST_MS = 3_000;

export type AlertsOptions = {
  /** The owner's pool. */
  sql: Sql;
  ports: { readMany: ReadMany; log(event: AccessEvent): Promise<void> };
};

/** Alerts on unusual looks. */
export type Alerts = {
  operations: readonly Operation[];
  /** Judges what has come into the log since; answers when it has seen all there is. */
  catchUp(): Promise<void>;
  /** Calls with the number of a facility whose alerts moved, in any process. Answers how to stop. */
  listen(moved: (facility: number) => void): Promise<() => Promise<void>>;
  /** Does so again and again. Answers how to stop. */
  run(onError: (error: unknown, doing: string) => void): () => Promise<void>;
};

/** The watch over the access log and what the privacy officer does with its alerts. */
export function createAlerts({ sql, ports }: AlertsOptions): Alerts {
  const staff = staffReader(ports.readMany);
  const catchUp = async () => {
    while (await watchLooks(sql, ports.readMany, staff));
  };
  return {
    operations: alertOperations({ sql, log: ports.log }),
    catchUp,
    async listen(moved) {
      const { unlisten } = await sql.listen(ALERTS_CHANNEL, (note) => moved(Number(note)));
      return unlisten;
    },
    run(onError) {
      let stopped = false;
      let turn: Promise<void> = Promise.resolve();
      const timer = setInterval(() => {
        turn = turn
          .then(() => (stopped ? undefined : catchUp()))
          .catch((error: unknown) => (stopped ? undefined : onError(error, 'watching the access log')));
      }, REST_MS);
      timer.unref();
      return async () => {
        stopped = true;
        clearInterval(timer);
        await turn;
      };
    },
  };
}
