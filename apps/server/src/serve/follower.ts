import type { FeedPage, Repository, Subscriber } from '@yba/repository';

/** Pause after the first failure, doubled with each further one, in ms. */
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 30_000;

/** One subscriber on its way along the feed. */
export type Follower = {
  /** Applies all there is, or up to the end of a page, unless it is pausing after a failure. */
  advance(isStopped: () => boolean, page?: FeedPage): Promise<void>;
  /** True when it failed the last time and its pause is over. */
  isDue(): boolean;
};

/** Moves a subscriber from its durable cursor; one that fails stays where it is and pauses longer each time, by a clock that nobody sets. */
export function followerOf(
  repository: Pick<Repository, 'advance'>,
  subscriber: Subscriber,
  onError: (error: unknown, doing: string) => void,
): Follower {
  let failures = 0;
  let pausedUntil = 0;
  return {
    isDue: () => failures > 0 && performance.now() >= pausedUntil,
    async advance(isStopped, page) {
      if (performance.now() < pausedUntil) return;
      try {
        while ((await repository.advance(subscriber, page)) && !isStopped());
        failures = 0;
      } catch (error) {
        pausedUntil = performance.now() + Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** failures++);
        if (!isStopped()) onError(error, `feed subscriber ${subscriber.name}`);
      }
    },
  };
}
