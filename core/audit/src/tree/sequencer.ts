import { ROWS_MOST, sequence, sequenceAll } from './sequence.ts';
import { signNow, type Head, type HeadOptions } from './heads.ts';

/** How often the log is asked for news, in ms. */
const POLL_MS = 1_000;

export type SequencerOptions = HeadOptions & { onError(error: unknown, doing: string): void };

/** Brings the log into the tree, and signs its head every minute. */
export type Sequencer = {
  /** All that is committed now is in the tree, and the head of it is signed, once it resolves. */
  seal(): Promise<Head>;
  stop(): Promise<void>;
};

/** Starts it. A turn that fails is told once and tried again. */
export function runSequencer(options: SequencerOptions): Sequencer {
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let told = '';
  let turn: Promise<unknown> = Promise.resolve();
  const takeTurn = async () => {
    try {
      while (!stopped && (await sequence(options.sql)) === ROWS_MOST);
      if (!stopped) await signNow(options);
      told = '';
    } catch (error) {
      const { message } = error as Error;
      if (!stopped && message !== told) options.onError(error, 'signing the access log');
      told = message;
    }
  };
  const schedule = () => {
    clearTimeout(timer);
    if (stopped) return;
    timer = setTimeout(() => {
      turn = turn.then(takeTurn).then(schedule);
    }, POLL_MS);
  };
  turn = takeTurn().then(schedule);
  return {
    async seal() {
      const sealed = turn.then(async () => {
        await sequenceAll(options.sql);
        return (await signNow(options, true))!;
      });
      turn = sealed.catch(() => {}).then(schedule);
      clearTimeout(timer);
      return sealed;
    },
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await turn;
    },
  };
}
