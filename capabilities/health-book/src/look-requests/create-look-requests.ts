import type { Capability } from '@yba/http';
import { answerOperation } from './answer.ts';
import { askOperation } from './ask.ts';
import { listOperation } from './list.ts';
import type { LookRequestOptions } from './options.ts';
import { overdueOperation } from './overdue.ts';
import { remind } from './reminders.ts';

/** How often deadlines are looked at, in ms. */
const EACH_MS = 60_000;

/** What persons ask about looks at their record. */
export type LookRequests = {
  capability: Capability;
  /** Tells facilities of deadlines that come near or have passed; answers how many were told. */
  remind(): Promise<number>;
  /** Does so again and again. Answers how to stop. */
  run(onError: (error: unknown, doing: string) => void): () => Promise<void>;
};

/**
 * From a look at their record a person, or who answers for them, asks why, objects, or asks for a correction; the
 * facility that looked answers within a deadline, of which it is reminded. All of it are Communications in the
 * person's record.
 */
export function createLookRequests(options: LookRequestOptions): LookRequests {
  return {
    capability: {
      name: 'look-requests',
      operations: [
        askOperation(options), //     AuditEvent/{id}/$request
        listOperation(options), //    AuditEvent/$requests
        answerOperation(options), //  Communication/{id}/$answer
        overdueOperation(options), // AuditEvent/$overdue-requests
      ],
    },
    remind: () => remind(options),
    run(onError) {
      let stopped = false;
      let turn: Promise<unknown> = Promise.resolve();
      const timer = setInterval(() => {
        turn = turn
          .then(() => (stopped ? 0 : remind(options)))
          .catch((error: unknown) => (stopped ? undefined : onError(error, 'reminding of deadlines')));
      }, EACH_MS);
      timer.unref();
      return async () => {
        stopped = true;
        clearInterval(timer);
        await turn;
      };
    },
  };
}
