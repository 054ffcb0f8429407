import type { FeedEntry } from '@yba/fhir';
import { ofTypes, type FeedPage, type Repository, type Subscriber } from '@yba/repository';
import { followerOf } from './follower.ts';

/** How often the feed is asked for news, in ms. */
const POLL_MS = 200;

/** Subscribers are asked anyway after this long, in ms: another process may have left them behind. */
const SWEEP_MS = 5_000;

const PAGE = 1_000;

/** Whom a change is about is all that is told, one entry for a transaction; of these types each, for they name a topic of their own. */
const NEWS_TYPES = ['Task', 'Communication'];

export type FeedRunnerOptions = {
  repository: Pick<Repository, 'feed' | 'feedHead' | 'advance'>;
  subscribers: readonly Subscriber[];
  /** Told of changes committed since the last time, after the subscribers have applied them. Not durable. */
  onNews(entries: readonly FeedEntry[]): Promise<void>;
  onError(error: unknown, doing: string): void;
};

export type FeedRunner = {
  /** Cursor of the newest change seen. */
  readonly cursor: string;
  /** Everything committed before this call has been applied by all subscribers once it resolves. */
  settled(): Promise<void>;
  stop(): Promise<void>;
};

/** The types of any of these, or undefined when one of them wants all. */
function typesOfAll(subscribers: readonly Subscriber[]): string[] | undefined {
  if (subscribers.some(({ types }) => !types)) return undefined;
  return [...new Set([...NEWS_TYPES, ...subscribers.flatMap(({ types }) => types!)])];
}

/**
 * Follows the feed for this process: reads what is new once for all, lets each subscriber go on from its own durable
 * cursor, then tells `onNews`. A subscriber that fails stays where it is and is tried again; the others go on.
 */
export async function runFeed(options: FeedRunnerOptions): Promise<FeedRunner> {
  const { repository, subscribers, onNews, onError } = options;
  let cursor = await repository.feedHead();
  let sweptAt = Number.NEGATIVE_INFINITY;
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let turn: Promise<void> = Promise.resolve();

  const types = typesOfAll(subscribers);
  const followers = subscribers.map((subscriber) => followerOf(repository, subscriber, onError));
  const advanceAll = async (page?: FeedPage) => {
    sweptAt = performance.now();
    for (const follower of followers) await follower.advance(() => stopped, page);
  };
  const takeTurn = async () => {
    try {
      const isDue = performance.now() - sweptAt > SWEEP_MS || followers.some((follower) => follower.isDue());
      if (isDue) await advanceAll();
      let entries: FeedEntry[];
      do {
        entries = await repository.feed(cursor, PAGE, types);
        if (entries.length === 0 || stopped) return;
        await advanceAll({ after: cursor, entries });
        cursor = entries.at(-1)!.cursor;
        await onNews(ofTypes(entries, NEWS_TYPES));
      } while (entries.length === PAGE); // what comes meanwhile waits for the next turn, which costs the same for one as for many
    } catch (error) {
      if (!stopped) onError(error, 'following the feed');
    }
  };
  const schedule = () => {
    if (stopped) return;
    timer = setTimeout(() => {
      turn = turn.then(takeTurn).then(schedule);
    }, POLL_MS);
  };
  schedule();

  return {
    get cursor() {
      return cursor;
    },
    async settled() {
      turn = turn.then(() => advanceAll());
      await turn;
    },
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await turn;
    },
  };
}
