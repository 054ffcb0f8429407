import type { Capability } from '@yba/http';
import type { MessageDesk } from './desk.ts';
import { listQuarantine } from './list-quarantine.ts';
import { type Backlog, createBacklog } from './messages/backlog.ts';
import { messageStatus } from './messages/message-status.ts';
import { messageFigures } from './messages/figures.ts';
import { messageDetails, messageLog } from './messages/message-log.ts';
import { processMessage } from './messages/process-message.ts';
import { replayMessages } from './messages/replay.ts';
import { type Dropped, keepWithin, type Retention } from './messages/retention.ts';
import { type MessageRunner, runMessages } from './messages/runner.ts';
import { submitXml } from './submit-xml.ts';

export type Exchange = {
  capability: Capability;
  /** What waits to be filed, for gauges. */
  backlog(): Promise<Backlog>;
  /** Makes partitions to come and lets go of what is kept no longer; to be called now and then. */
  sweep(): Promise<Dropped>;
  /** Begins to file what is received; any number of processes may. */
  run(onError: (error: unknown, doing: string) => void): MessageRunner;
};

/** What is kept unless the operator says otherwise. */
const STANDARD: Retention = { bodyDays: 90, bodyBytes: 200 * 1024 ** 3, messageDays: 730 };

/** How records come in from systems: dossiers as the insurance wants them, and messages that are filed in their turn. */
export function createExchange(desk: MessageDesk, retention: Retention = STANDARD): Exchange {
  const backlog = createBacklog(desk.owner);
  const runners = new Set<MessageRunner>();
  const nudge = () => {
    for (const runner of runners) runner.nudge();
  };
  return {
    capability: {
      name: 'exchange',
      operations: [
        {
          code: 'submit-xml',
          on: { system: true },
          methods: ['POST'],
          consumes: 'xml-stream',
          handle: (request) => submitXml(desk, request),
        },
        {
          code: 'quarantine',
          on: { system: true },
          methods: ['GET'],
          handle: (request) => listQuarantine(desk, request),
        },
        processMessage(desk, backlog, nudge), // $process-message: received; PMIR's identity feed
        messageStatus(desk), // $message-status: filed or refused
        messageLog(desk), // $message-log, $message-details, $message-figures: the operators' view
        messageDetails(desk),
        messageFigures(desk, retention),
        replayMessages(desk, nudge), // $replay-messages: what that would do, and doing it
      ],
    },
    backlog: () => backlog.now(),
    sweep: () => keepWithin(desk.owner, retention),
    run(onError) {
      const runner = runMessages(desk, onError);
      runners.add(runner);
      const { stop } = runner;
      runner.stop = async () => {
        runners.delete(runner);
        await stop();
      };
      return runner;
    },
  };
}
