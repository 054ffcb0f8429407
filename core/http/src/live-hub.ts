import type { ServerResponse } from 'node:http';
import { outcomeError } from '@yba/fhir';

/** What a listener is told when a topic moves. */
export type LiveMessage = {
  event: 'chart' | 'access' | 'figures' | 'reviews' | 'referrals' | 'alerts' | 'requests';
  data: object;
  /** Set for what was asked for by name: whether it is still open is asked anew before each telling. */
  asked?: true;
};

/** What one listener follows: topic → what it is told. Topics are opaque keys the composition chooses. */
export type LiveTopics = ReadonlyMap<string, LiveMessage>;

/** Counts within which the hub stays. */
export type LiveLimits = { listeners: number; perSubject: number; heartbeatMs: number; longestMs: number };

const usual: LiveLimits = { listeners: 500, perSubject: 20, heartbeatMs: 15_000, longestMs: 3_600_000 };

/** A listener that has this many unread bytes waiting is let go; it will come again. */
const WAITING_BYTES = 8 * 1024;

/** Who listens, and in which sign-in session. */
type Who = { subject: string; session?: string };

/** What is asked again while a stream is open; it ends when one throws. */
export type LiveChecks = {
  /** With each heartbeat: whether the token still opens anything. */
  stands(): Promise<unknown>;
  /** Before a message about what was asked for by name: whether that is still open to the caller. */
  follows(): Promise<unknown>;
};

type Listener = Who & {
  topics: LiveTopics;
  response: ServerResponse;
  checks: LiveChecks | undefined;
  end: () => void;
};

/**
 * Open event streams of this process and what each follows. It knows topics, not records: a message only says
 * that something moved; the screen then asks through the same door as everybody.
 * Source: https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
export class LiveHub {
  readonly #limits: LiveLimits;
  readonly #listeners = new Set<Listener>();
  readonly #byTopic = new Map<string, Set<Listener>>();

  constructor(limits: Partial<LiveLimits> = {}) {
    this.#limits = { ...usual, ...limits };
  }

  /** How many streams are open. */
  get size(): number {
    return this.#listeners.size;
  }

  /** Throws OutcomeError `throttled` when this subject has no stream to spare, `transient` when the process has none. */
  assertRoom(subject: string): void {
    let own = 0;
    for (const listener of this.#listeners) if (listener.subject === subject) own++;
    if (own >= this.#limits.perSubject)
      throw outcomeError('throttled', 'Too many live streams are open; close one and try again.');
    if (this.size >= this.#limits.listeners)
      throw outcomeError(
        'transient',
        'The server has as many live streams as it can carry; try again shortly.',
      );
  }

  /** Writes the stream's head and keeps it open until the client goes, the hub closes or an hour is over. */
  open({ subject, session }: Who, topics: LiveTopics, response: ServerResponse, checks?: LiveChecks): void {
    response.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
    response.write('retry: 2000\n: open\n\n');
    const beat = setInterval(
      () => this.#sendIf(listener, checks?.stands, ': still here\n\n'),
      this.#limits.heartbeatMs,
    );
    const longest = setTimeout(() => listener.end(), this.#limits.longestMs);
    const listener: Listener = {
      subject,
      ...(session ? { session } : {}),
      topics,
      response,
      checks,
      end: () => {
        clearInterval(beat);
        clearTimeout(longest);
        this.#forget(listener);
        response.end();
      },
    };
    response.on('close', listener.end);
    this.#listeners.add(listener);
    for (const topic of topics.keys()) {
      this.#byTopic.set(topic, (this.#byTopic.get(topic) ?? new Set()).add(listener));
    }
  }

  /** Tells every listener of these topics, each message once however many of its topics moved. */
  publish(topics: Iterable<string>): void {
    const told = new Map<Listener, Set<LiveMessage>>();
    for (const topic of topics) {
      for (const listener of this.#byTopic.get(topic) ?? []) {
        const message = listener.topics.get(topic)!;
        const messages = told.get(listener) ?? new Set();
        if (messages.has(message)) continue;
        told.set(listener, messages.add(message));
        this.#sendIf(
          listener,
          message.asked && listener.checks?.follows,
          `event: ${message.event}\ndata: ${JSON.stringify(message.data)}\n\n`,
        );
      }
    }
  }

  /** Ends the streams of a sign-in session that was locked or is over. */
  end(session: string): void {
    for (const listener of this.#listeners) if (listener.session === session) listener.end();
  }

  /** Ends every stream. */
  close(): void {
    for (const listener of this.#listeners) listener.end();
  }

  /** Sends once the check holds; ends the stream when it does not. */
  #sendIf(listener: Listener, check: (() => Promise<unknown>) | undefined, text: string): void {
    if (!check) return this.#send(listener, text);
    check().then(
      () => this.#listeners.has(listener) && this.#send(listener, text),
      () => listener.end(),
    );
  }

  #send(listener: Listener, text: string): void {
    if (listener.response.writableLength > WAITING_BYTES) return void listener.response.destroy();
    listener.response.write(text);
  }

  #forget(listener: Listener): void {
    this.#listeners.delete(listener);
    for (const topic of listener.topics.keys()) {
      const listeners = this.#byTopic.get(topic);
      listeners?.delete(listener);
      if (listeners?.size === 0) this.#byTopic.delete(topic);
    }
  }
}
