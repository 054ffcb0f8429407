import { outcomeError } from '@yba/fhir';

/** Something to be done in a lane, with its size in the unit of the lanes' limit. */
export type LaneJob = { size: number };

export type LaneLimits = {
  /** How many run at once. */
  lanes: number;
  /** Most jobs one run takes, and most of their summed sizes; a single larger job runs alone. */
  jobs: number;
  size: number;
  /** Jobs waiting beyond this many are refused as `transient`. */
  waiting: number;
};

/**
 * Runs jobs together: what arrives while all lanes are busy is taken by the next free one, up to the limits. Beside
 * others a run begins once as many wait as the fullest of them took: two halves cost less than one and many remnants,
 * and one that is alone waits for nobody. A run answers the jobs that must wait for the next one; they go first then.
 */
export class Lanes<Job extends LaneJob> {
  readonly #limits: LaneLimits;
  readonly #run: (jobs: readonly Job[]) => Promise<readonly Job[]>;
  #waiting: Job[] = [];
  readonly #running: { jobs: number }[] = [];
  #scheduled = false;

  /** `run` settles its jobs itself and never rejects. */
  constructor(limits: LaneLimits, run: (jobs: readonly Job[]) => Promise<readonly Job[]>) {
    this.#limits = limits;
    this.#run = run;
  }

  /** Throws `transient` when too many are waiting already. */
  add(job: Job): void {
    if (this.#waiting.length >= this.#limits.waiting)
      throw outcomeError('transient', 'More is asked of the server than it can take now; try again shortly');
    this.#waiting.push(job);
    this.#schedule();
  }

  /** What arrives in the same turn of the event loop goes along. */
  #schedule(): void {
    if (this.#scheduled || !this.#mayStart()) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      while (this.#mayStart()) void this.#start();
    });
  }

  #mayStart(): boolean {
    const fullest = Math.max(1, ...this.#running.map(({ jobs }) => jobs));
    return this.#running.length < this.#limits.lanes && this.#waiting.length >= fullest;
  }

  async #start(): Promise<void> {
    const taken = this.#take();
    const run = { jobs: taken.length };
    this.#running.push(run);
    const back = await this.#run(taken);
    this.#running.splice(this.#running.indexOf(run), 1);
    if (back.length > 0) this.#waiting.unshift(...back);
    if (this.#waiting.length > 0) this.#schedule();
  }

  #take(): Job[] {
    let size = 0;
    let count = 0;
    while (count < this.#waiting.length && count < this.#limits.jobs) {
      size += this.#waiting[count]!.size;
      if (count > 0 && size > this.#limits.size) break;
      count++;
    }
    return this.#waiting.splice(0, count);
  }
}
