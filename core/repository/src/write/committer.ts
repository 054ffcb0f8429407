import { setImmediate as othersTurn } from 'node:timers/promises';
import { OutcomeError } from '@yba/fhir';
import { LARGE_BYTES } from '@yba/http';
import { isConflict, isUnavailable, toOutcome } from '@yba/postgres';
import type { Frame } from '../rows/frame.ts';
import { Lanes } from '../rows/lanes.ts';
import { asWriter, facilityOf } from '../rows/session.ts';
import type { Db } from '../rows/session.ts';
import { restore } from './change.ts';
import { Lookups } from './lookups.ts';
import { prepare } from './prepare.ts';
import type { Prepared } from './prepare.ts';
import { store } from './store.ts';
import { keepSubmissions, submitterOf } from './submission.ts';
import type { Env, Job, Transacted } from './transact.ts';

/** Bounds of a shared commit; a larger delivery has a transaction to itself. */
const TOGETHER = { lanes: 2, jobs: 64, size: 1000, waiting: 4000 };
/** Deliveries that are large, or bring rows of a capability with them. */
const ALONE = { lanes: 4, jobs: 1, size: 1, waiting: 1000 };

const ATTEMPTS = 6;

/** How long a commit waits for a row that another writer holds, in ms: a shared one would keep the others waiting. */
const IMPATIENCE_MS = 200;
const PATIENCE_MS = 10_000;

/** Carries requests to the database, several in one commit (docs/decisions/0030-group-commit.md). */
export class Committer {
  readonly #env: Omit<Env, 'committer'>;
  readonly #facilities: Lanes<Job>;
  readonly #platform: Lanes<Job>;
  readonly #alone: Lanes<Job>;

  constructor(env: Omit<Env, 'committer'>) {
    this.#env = env;
    this.#facilities = new Lanes(TOGETHER, (jobs) => this.#commitTogether(jobs));
    this.#platform = new Lanes(TOGETHER, (jobs) => this.#commitTogether(jobs));
    this.#alone = new Lanes(ALONE, ([job]) => this.#commitAlone(job!));
  }

  /** Settles the job when the commit that holds it is durable, or when it cannot be. Throws `transient` when too many wait. */
  add(job: Job): void {
    const alone = job.options.within !== undefined || job.size > TOGETHER.size / 2;
    const lanes = alone ? this.#alone : job.reach.everything ? this.#platform : this.#facilities;
    lanes.add(job);
  }

  /** One commit for all; answers the jobs that met another of them and go into the next. */
  async #commitTogether(jobs: readonly Job[]): Promise<readonly Job[]> {
    try {
      const { answers, later } = await this.#attempt(jobs);
      for (const [job, answer] of answers) {
        if (isConflict(answer)) this.#retryAlone(job);
        else settle(job, answer);
      }
      return later;
    } catch (error) {
      // what one of them made the database refuse, the others must not pay for
      if (jobs.length === 1 ? !isConflict(error) : isUnavailable(error)) {
        for (const job of jobs) job.fail(toOutcome(error));
        return [];
      }
    }
    for (const job of jobs) this.#retryAlone(job);
    return [];
  }

  /** Not awaited: one that waits for a row must not hold up the lane it came from. */
  #retryAlone(job: Job): void {
    try {
      this.#alone.add(job);
    } catch (error) {
      job.fail(error);
    }
  }

  /** A transaction of its own, repeated when others get in its way. */
  async #commitAlone(job: Job): Promise<readonly Job[]> {
    for (let attempt = 1; ; attempt++) {
      try {
        restore(job.drafts);
        const { answers } = await this.#attempt([job]);
        const answer = answers.get(job)!;
        if (!(answer instanceof OutcomeError) || answer.code !== 'transient' || attempt === ATTEMPTS) {
          settle(job, answer);
          return [];
        }
      } catch (error) {
        if (attempt === ATTEMPTS || !isConflict(error)) {
          job.fail(toOutcome(error));
          return [];
        }
      }
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 10 * 2 ** attempt));
    }
  }

  /** One transaction. What it answers is of what was committed: nobody is told before. Throws when it is not committed. */
  async #attempt(jobs: readonly Job[]): Promise<{ answers: Map<Job, Answer>; later: Job[] }> {
    const { pools, ports } = this.#env;
    const everything = jobs[0]!.reach.everything ?? false;
    const facilities = [...new Set(jobs.map(({ reach }) => facilityOf(reach)))];
    const reach = { facilities, everything, lockTimeoutMs: jobs.length === 1 ? PATIENCE_MS : IMPATIENCE_MS };
    const { frames, ...attempted } = await asWriter(pools, reach, async (db) => {
      const lookups = new Lookups(db, ports);
      const answers = new Map<Job, Answer>();
      const prepared = await Promise.all(
        jobs.map(async (job) => {
          try {
            return await prepare(this.#env, lookups, job);
          } catch (error) {
            if (!(error instanceof OutcomeError)) throw error; // the database's: the transaction has failed with it
            this.#env.patchRoom.leave(job.patched);
            answers.set(job, error);
            return undefined;
          }
        }),
      );
      const { together, later } = apart(prepared.filter((each) => each !== undefined));
      const writes = together.filter(({ repeat }) => repeat === undefined);
      for (const each of writes) each.written = await each.answer();
      const frames = await this.#write(db, writes, !everything);
      for (const { job, written, issues, repeat } of together)
        answers.set(job, { written, issues, ...(repeat === undefined ? {} : { repeat }) });
      return { answers, later, frames };
    });
    for (const { id, body } of frames) this.#env.latest.keep(id, body);
    return attempted;
  }

  async #write(db: Db, writes: readonly Prepared[], asLoader: boolean): Promise<readonly Frame[]> {
    if (writes.length === 0) return [];
    const { ports } = this.#env;
    for (const { job, written } of writes) await job.options.within?.after?.(db, written);
    if (writes.some(({ lines }) => lines.some(({ text }) => text.length >= LARGE_BYTES))) await othersTurn();
    const byPeople = writes.filter(({ job }) => job.context.caller.session !== undefined);
    const beside = [
      // persons before charts, as whoever joins two persons locks them
      ports.persons.linked(
        db,
        writes.flatMap(({ links }) => links),
      ),
      ports.audit.write(
        db,
        writes.map(({ access }) => access),
      ),
      keepSubmissions(db, writes.flatMap(submissionOf)),
      byPeople.length === 0 ? undefined : ports.authored?.(db, byPeople.map(authoredOf)),
    ];
    const [frames] = await Promise.all([store(db, writes, asLoader), ...beside]);
    return frames;
  }
}

function submissionOf({ job: { context, options }, written, issues }: Prepared) {
  const { submission } = options;
  if (!submission) return [];
  return [{ ...submission, client: submitterOf(context.caller), answer: submission.answer(written, issues) }];
}

function authoredOf({ job, written }: Prepared) {
  return { caller: job.context.caller, references: written.map(({ type, id }) => `${type}/${id}`) };
}

type Answer = Transacted | Error;

function settle(job: Job, answer: Answer): void {
  if (answer instanceof Error) job.fail(answer);
  else job.done(answer);
}

/** Those that meet nothing another one claims, in the order they came; the others wait for the next commit. */
function apart(prepared: readonly Prepared[]): { together: Prepared[]; later: Job[] } {
  const claimed = new Set<string>();
  const together: Prepared[] = [];
  const later: Job[] = [];
  for (const each of prepared) {
    if (each.claims.some((claim) => claimed.has(claim))) {
      restore(each.job.drafts);
      later.push(each.job);
      continue;
    }
    for (const claim of each.claims) claimed.add(claim);
    together.push(each);
  }
  return { together, later };
}
