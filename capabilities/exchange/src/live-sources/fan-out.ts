import { setTimeout as sleep } from 'node:timers/promises';
import type { GuardedFetch } from '@yba/http';
import type { Sql } from '@yba/postgres';
import type { Repository } from '@yba/repository';
import { FRESH_MS, keepAnswer, keptAnswers, keyOf, type Kept, type Question } from './answers.ts';
import { askSource, findAtSource, type Told } from './ask-source.ts';
import { Breaker } from './breaker.ts';
import { identifiersOf, noteRemote, type Located } from './locate.ts';
import { sourceClient, type SourceClient } from './source-client.ts';
import { SourceFault, type Missing } from './source-fault.ts';
import type { LiveSource, SourceBook } from './sources.ts';

/** What one source contributes to an answer; `missing` says what is not there, `kept` how old what is there is. */
export type Contribution = {
  located: Located;
  source: LiveSource;
  told?: Told;
  /** When it was told. */
  at?: Date;
  missing?: Missing;
};

export type FanOutOptions = {
  sql: Sql;
  book: SourceBook;
  repository: Pick<Repository, 'current'>;
  fetch: GuardedFetch;
  /** Told of the person whose late answer has come, or is known not to come. */
  onLate(person: string): void;
  onError(error: unknown): void;
};

/** One asking of all sources that know a person. */
export type Asking = {
  located: readonly Located[];
  question: Question;
  /** Until when the answer may wait, in ms since 1970. */
  until: number;
  /** Asked again by a person: neither what is kept nor a pause counts. */
  anew: boolean;
  /** The token that tells this source who asks. */
  asker(source: LiveSource): Promise<string>;
};

/** How long a source that was asked may take before it counts as silent, in ms. The answer does not wait for it. */
const LONGEST_MS = 30_000;

/** A question that failed is not put again for this long, in ms, so that a screen that asks again does no harm. */
const AGAIN_MS = 10_000;

/** Questions put to one source at the same time; further ones wait. */
const AT_ONCE = 4;

/** Asks live sources side by side and takes what comes in time; what comes later is kept, and told. */
export class FanOut {
  readonly #options: FanOutOptions;
  readonly #peers = new Map<string, Peer>();
  readonly #asked = new Map<string, Promise<Contribution>>();
  /** Questions that somebody no longer waits for. */
  readonly #late = new Set<string>();

  constructor(options: FanOutOptions) {
    this.#options = options;
  }

  /** What each source contributes by `until`. Never throws for a source's sake. */
  async ask(asking: Asking): Promise<Contribution[]> {
    const { located, question, anew } = asking;
    const kept = await keptAnswers(
      this.#options.sql,
      located.map(({ patient }) => patient),
      question,
    );
    return Promise.all(
      located.flatMap((one): Promise<Contribution>[] => {
        const source = this.#options.book.of(one.facility);
        if (!source) return [];
        const known = kept.get(one.patient);
        const isFresh = known && Date.now() - known.at.getTime() < FRESH_MS;
        if (isFresh && !anew && !this.#failedSince(one, question, known.at))
          return [Promise.resolve({ located: one, source, ...known })];
        return [this.#askOne(asking, one, source, known)];
      }),
    );
  }

  /** Whether the source was asked this after a moment, and did not answer: then what is kept is not how it stands. */
  #failedSince({ patient, facility }: Located, question: Question, at: Date): boolean {
    const failed = this.#peers.get(facility)?.failed.get(keyOfAsked(patient, question));
    return failed !== undefined && failed.at > at.getTime();
  }

  async #askOne(
    asking: Asking,
    located: Located,
    source: LiveSource,
    kept: Kept | undefined,
  ): Promise<Contribution> {
    const key = keyOfAsked(located.patient, asking.question);
    const without = (missing: Missing): Contribution => ({ located, source, ...kept, missing });
    let pending = this.#asked.get(key);
    if (!pending) {
      const peer = this.#peerOf(source);
      const failed = peer.failed.get(key);
      if (failed && !asking.anew && failed.until > performance.now()) return without(failed.missing);
      if (asking.anew && peer.trial) pending = this.#afterTrial(peer.trial, key, peer, asking, located);
      else if (peer.breaker.mayAsk(asking.anew)) pending = this.#begin(key, peer, asking, located);
      else return without('down');
    }
    const inTime = await within(pending, asking.until);
    if (!inTime) {
      this.#late.add(key);
      return without('asked');
    }
    return inTime.told ? inTime : without(inTime.missing!);
  }

  #begin(key: string, peer: Peer, asking: Asking, located: Located): Promise<Contribution> {
    const work = this.#put(peer, asking, located)
      .then((told): Contribution => {
        peer.breaker.succeeded();
        peer.failed.delete(key);
        return { located, source: peer.source, told, at: new Date() };
      })
      .catch((error: unknown): Contribution => {
        const isSilent = !(error instanceof SourceFault) || error.missing === 'silent';
        if (isSilent) peer.breaker.failed();
        else peer.breaker.succeeded(); // it is there, whatever it says
        if (!(error instanceof SourceFault)) this.#options.onError(error);
        const missing = error instanceof SourceFault ? error.missing : 'silent';
        peer.noteFailure(key, missing);
        return { located, source: peer.source, missing };
      })
      .finally(() => {
        this.#asked.delete(key);
        if (this.#late.delete(key)) this.#options.onLate(located.person);
      });
    this.#asked.set(key, work);
    if (peer.breaker.isTrying) peer.try(work);
    return work;
  }

  /** A chart that is asked again has several questions: the first tries a source that was down, the others go if it is up. */
  #afterTrial(
    trial: Promise<unknown>,
    key: string,
    peer: Peer,
    asking: Asking,
    located: Located,
  ): Promise<Contribution> {
    const work = trial.then((): Contribution | Promise<Contribution> => {
      if (peer.breaker.mayAsk()) return this.#begin(key, peer, asking, located);
      this.#asked.delete(key);
      if (this.#late.delete(key)) this.#options.onLate(located.person);
      return { located, source: peer.source, missing: 'down' };
    });
    this.#asked.set(key, work);
    return work;
  }

  async #put(peer: Peer, { question, asker }: Asking, located: Located): Promise<Told> {
    const { sql } = this.#options;
    const signal = AbortSignal.timeout(LONGEST_MS);
    return peer.turn(async () => {
      const token = await asker(peer.source);
      const remote = located.remote ?? (await this.#find(peer, located, token, signal));
      const told =
        remote === undefined
          ? { resources: [], isCut: false, leftOut: 0 }
          : await askSource(
              peer.client,
              peer.source,
              { ...question, remote, patient: located.reference },
              token,
              signal,
            );
      await keepAnswer(sql, located.patient, question, told);
      return told;
    });
  }

  /** Questions of the same moment find the patient together. */
  #find(peer: Peer, located: Located, token: string, signal: AbortSignal): Promise<string | undefined> {
    const { sql, repository } = this.#options;
    const known = peer.finding.get(located.patient);
    if (known) return known;
    const finding = identifiersOf(repository, located)
      .then((identifiers) => findAtSource(peer.client, identifiers, token, signal))
      .then(async (remote) => {
        if (remote !== undefined) await noteRemote(sql, located.patient, remote);
        return remote;
      })
      .finally(() => peer.finding.delete(located.patient));
    peer.finding.set(located.patient, finding);
    return finding;
  }

  #peerOf(source: LiveSource): Peer {
    const known = this.#peers.get(source.facility);
    if (known?.source === source) return known; // another object: it was registered anew
    const peer = new Peer(source, sourceClient(this.#options.fetch, source));
    this.#peers.set(source.facility, peer);
    return peer;
  }
}

/** One question of one person about one Patient. */
const keyOfAsked = (patient: string, question: Question): string =>
  `${patient} ${question.subject} ${keyOf(question)}`;

/** What this process knows of a source while it runs. */
class Peer {
  readonly source: LiveSource;
  readonly client: SourceClient;
  readonly breaker = new Breaker();
  readonly finding = new Map<string, Promise<string | undefined>>();
  /** Questions that failed, when they did, and until when they are not put again. */
  readonly failed = new Map<string, { at: number; until: number; missing: Missing }>();
  #busy = 0;
  readonly #waiting: (() => void)[] = [];
  /** The one question by which a source that was down is tried. */
  trial: Promise<unknown> | undefined;

  constructor(source: LiveSource, client: SourceClient) {
    this.source = source;
    this.client = client;
  }

  try(work: Promise<unknown>): void {
    this.trial = work.finally(() => (this.trial = undefined));
  }

  noteFailure(key: string, missing: Missing): void {
    const now = Date.now();
    for (const [other, { at }] of this.failed) if (at < now - FRESH_MS) this.failed.delete(other);
    this.failed.set(key, { at: now, until: performance.now() + AGAIN_MS, missing });
  }

  /** Runs work when fewer than AT_ONCE others of this source are under way. */
  async turn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#busy >= AT_ONCE) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#busy += 1;
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#busy -= 1;
    }
  }
}

/** What the work gives by a moment; undefined when it takes longer. */
async function within<T>(work: Promise<T>, until: number): Promise<T | undefined> {
  const stop = new AbortController();
  const late = sleep(Math.max(0, until - performance.now()), undefined, { signal: stop.signal }).catch(
    () => undefined,
  );
  try {
    return await Promise.race([work, late]);
  } finally {
    stop.abort();
  }
}
